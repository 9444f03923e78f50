package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.ReadingsSummary;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.store.WeekPlan.Gap;
import io.telltale.store.WeekPlan.Step;
import io.telltale.store.WeekPlan.Summaries;
import io.telltale.store.WeekPlans.RequestMarks;
import io.telltale.store.WeekPlans.Week;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Reads ranges for aggregates: summaries of packed history where they suffice, else readings. Needs two requests per
 * week, of the marks and of the summaries, instead of one per six hours, and no index of buckets. See decision 0089.
 */
@Singleton
public class SummarizedRanges {

    /** How many weeks are requested ahead, of all sensors together. */
    private static final int WEEKS_AHEAD = 16;

    /** Of how many sensors the weeks of a long range are looked up ahead. */
    private static final int SENSORS_AHEAD = 4;

    /** Up to this many weeks are read without a lookup in the index of weeks. */
    private static final int FEW_WEEKS = 6;

    /** Shorter ranges, and those of which a quarter cannot be packed yet, are read as readings. */
    private static final long MIN_MILLIS = Duration.ofHours(6).toMillis();

    private final ReadingStore readings;
    private final ManySensorRanges many;
    private final Layouts layouts;
    private final PackedReadings packed;
    private final WeekPlans plans;
    private final BucketIndex buckets;
    private final DeletionLog deletions;

    /** A part of the readings of a sensor. */
    public record SensorPart(SensorId sensorId, RangePart part) {}

    @Inject
    SummarizedRanges(
            ReadingStore readings,
            ManySensorRanges many,
            Layouts layouts,
            PackedReadings packed,
            WeekPlans plans,
            BucketIndex buckets,
            DeletionLog deletions) {
        this.readings = readings;
        this.many = many;
        this.layouts = layouts;
        this.packed = packed;
        this.plans = plans;
        this.buckets = buckets;
        this.deletions = deletions;
    }

    /**
     * Reads the readings of a sensor in {@code [fromMillis, toMillis)}, in order of time and on demand. Memory is
     * bounded regardless of the range.
     *
     * @param isUsable whether a summary can replace its readings; empty if none can. Called for summaries within the
     *     range, on any thread
     */
    public Multi<RangePart> read(
            Sensor sensor,
            long fromMillis,
            long toMillis,
            Consistency consistency,
            Optional<? extends Predicate<ReadingsSummary>> isUsable) {
        Range range = new Range(fromMillis, toMillis, consistency, isUsable);
        List<Sensor> one = List.of(sensor);
        return isSummarizable(one, range)
                ? unlessSegments(
                        one, range, () -> parts(one, range).map(SensorPart::part), () -> readings(sensor, range))
                : readings(sensor, range);
    }

    private Multi<RangePart> readings(Sensor sensor, Range range) {
        return readings.range(sensor, range.fromMillis, range.toMillis, Order.ASC, Long.MAX_VALUE, range.consistency)
                .map(RangePart.Readings::new);
    }

    /**
     * Reads the readings of sensors in {@code [fromMillis, toMillis)}, in the order of the sensors and then by event
     * time, on demand.
     *
     * @param sensors without duplicates
     * @param isUsable as of one sensor
     */
    public Multi<List<SensorPart>> read(
            List<Sensor> sensors,
            long fromMillis,
            long toMillis,
            Consistency consistency,
            Optional<? extends Predicate<ReadingsSummary>> isUsable) {
        Range range = new Range(fromMillis, toMillis, consistency, isUsable);
        return isSummarizable(sensors, range)
                ? unlessSegments(
                        sensors, range, () -> parts(sensors, range).map(List::of), () -> readings(sensors, range))
                : readings(sensors, range);
    }

    private Multi<List<SensorPart>> readings(List<Sensor> sensors, Range range) {
        return many.read(sensors, range.fromMillis, range.toMillis, range.consistency)
                .map(sensorReadings -> sensorReadings.stream()
                        .map(one -> new SensorPart(one.sensorId(), new RangePart.Readings(one.readings())))
                        .toList());
    }

    private record Range(
            long fromMillis,
            long toMillis,
            Consistency consistency,
            Optional<? extends Predicate<ReadingsSummary>> isUsable) {
        long firstWeek() {
            return Layout.weekStart(fromMillis);
        }

        int weeks() {
            return (int) ((Layout.weekStart(toMillis - 1) - firstWeek()) / Layout.WEEK_MILLIS) + 1;
        }
    }

    private boolean isSummarizable(List<Sensor> sensors, Range range) {
        long length = range.toMillis - range.fromMillis;
        long open = Math.max(0, range.toMillis - packed.closedBeforeMillis());
        return range.isUsable.isPresent()
                && length >= MIN_MILLIS
                && open <= length / 4
                && sensors.stream()
                        .map(Sensor::type)
                        .distinct()
                        .allMatch(type -> packed.isUsable(type, range.consistency));
    }

    /** Summaries are of rows only: where a type may have segments, they lack readings. */
    private <T> Multi<T> unlessSegments(
            List<Sensor> sensors, Range range, Supplier<Multi<T>> summarized, Supplier<Multi<T>> unsummarized) {
        return Multi.createFrom()
                .iterable(sensors.stream().map(Sensor::type).distinct().toList())
                .plug(Concatenation.unis(type -> layouts.toRead(type, range.toMillis, range.consistency)))
                .filter(Layout::hasSegments)
                .toUni()
                .map(found -> found != null)
                .onItem()
                .transformToMulti(hasSegments -> hasSegments ? unsummarized.get() : summarized.get());
    }

    /** The weeks of a short range are read ahead across sensors, those of a long one only if they may hold readings. */
    private Multi<SensorPart> parts(List<Sensor> sensors, Range range) {
        RequestMarks shared = plans.marks(range.consistency);
        return deletions
                .known(range.consistency)
                .onItem()
                .transformToMulti(known -> range.weeks() <= FEW_WEEKS
                        ? ReadAhead.inOrder(
                                SensorWeeks.of(sensors, range),
                                WEEKS_AHEAD,
                                each -> start(each.sensor, each.week, range, known, shared))
                        : ReadAhead.inOrder(sensors, SENSORS_AHEAD, sensor -> startLong(sensor, range, known, shared)))
                .plug(Concatenation.streams(parts -> parts));
    }

    private Uni<Multi<SensorPart>> startLong(Sensor sensor, Range range, Deletions known, RequestMarks shared) {
        return buckets.weeks(sensor, range.fromMillis, range.toMillis, Order.ASC, range.consistency)
                .collect()
                .asList()
                .map(weeks -> ReadAhead.inOrder(weeks, WEEKS_AHEAD, week -> start(sensor, week, range, known, shared))
                        .plug(Concatenation.streams(parts -> parts)));
    }

    private record SensorWeek(Sensor sensor, long week) {}

    /** Computed, because a group of many sensors has too many. */
    private static final class SensorWeeks extends AbstractList<SensorWeek> {
        private final List<Sensor> sensors;
        private final long firstWeek;
        private final int weeks;

        private SensorWeeks(List<Sensor> sensors, long firstWeek, int weeks) {
            this.sensors = sensors;
            this.firstWeek = firstWeek;
            this.weeks = weeks;
        }

        static SensorWeeks of(List<Sensor> sensors, Range range) {
            return new SensorWeeks(sensors, range.firstWeek(), range.weeks());
        }

        @Override
        public SensorWeek get(int index) {
            return new SensorWeek(sensors.get(index / weeks), firstWeek + index % weeks * Layout.WEEK_MILLIS);
        }

        @Override
        public int size() {
            return Math.multiplyExact(sensors.size(), weeks);
        }
    }

    /** Requests what a week needs first: marks and summaries, and the first readings. */
    private Uni<Multi<SensorPart>> start(Sensor sensor, long week, Range range, Deletions known, RequestMarks shared) {
        long from = Math.max(week, range.fromMillis);
        long to = Math.min(week + Layout.WEEK_MILLIS, range.toMillis);
        Week part = new Week(sensor, week, from, to, known.of(sensor.id(), from, to), range.isUsable.orElseThrow());
        return plans.steps(part, shared)
                .chain(steps -> steps(sensor, steps, range))
                .map(parts -> parts.map(one -> new SensorPart(sensor.id(), one)));
    }

    /** Reads steps in order. The readings of the first gap are requested now. */
    private Uni<Multi<RangePart>> steps(Sensor sensor, List<Step> steps, Range range) {
        int first = 0;
        while (first < steps.size() && !(steps.get(first) instanceof Gap)) {
            first++;
        }
        if (first == steps.size()) {
            return Uni.createFrom().item(Multi.createFrom().iterable(steps).map(step -> summarized((Summaries) step)));
        }
        int gap = first;
        return started(sensor, (Gap) steps.get(gap), range).map(started -> Multi.createFrom()
                .range(0, steps.size())
                .plug(Concatenation.streams(at -> at == gap ? started : step(sensor, steps.get(at), range))));
    }

    private Multi<RangePart> step(Sensor sensor, Step step, Range range) {
        return step instanceof Summaries found
                ? Multi.createFrom().item(summarized(found))
                : started(sensor, (Gap) step, range).onItem().transformToMulti(parts -> parts);
    }

    private static RangePart summarized(Summaries found) {
        return new RangePart.Summarized(found.summaries());
    }

    private Uni<Multi<RangePart>> started(Sensor sensor, Gap gap, Range range) {
        return many.start(sensor, gap.fromMillis(), gap.toMillis(), range.consistency)
                .map(parts -> parts.map(part -> new RangePart.Readings(part.readings())));
    }
}
