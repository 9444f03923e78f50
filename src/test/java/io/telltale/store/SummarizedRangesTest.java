package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.segment.SegmentReading;
import io.telltale.segment.Summarizer;
import io.telltale.sensors.Description;
import io.telltale.sensors.ReadingsSummary;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.Layout.Storage;
import io.telltale.store.Layout.Version;
import io.telltale.store.ManySensorRanges.SensorReadings;
import io.telltale.store.SummarizedRanges.SensorPart;
import io.telltale.store.WeekPlan.Gap;
import io.telltale.store.WeekPlan.Step;
import io.telltale.store.WeekPlan.Summaries;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Reads random plans of many weeks, with one reading per hour of each sensor. */
class SummarizedRangesTest {

    private static final SensorType TYPE = new SensorType("summarized");
    private static final long HOUR = 3_600_000;
    private static final long BEGIN =
            Layout.weekStart(Instant.parse("2026-03-01T00:00:00Z").toEpochMilli());
    private static final Optional<Predicate<ReadingsSummary>> ANY = Optional.of(summary -> true);

    private final Clock clock = Clock.fixed(Instant.ofEpochMilli(BEGIN + 20 * Layout.WEEK_MILLIS), ZoneOffset.UTC);
    private final Database database = PackingFixture.disconnected();
    private final StoreSettings settings = StoreSettings.in("none");
    private Storage storage = Storage.ROWS;

    private final Layouts layouts = new Layouts(database, settings, clock) {
        @Override
        public Uni<Layout> toRead(SensorType type, long toMillis, Consistency consistency) {
            return Uni.createFrom()
                    .item(new Layout(type, List.of(new Version(1, Version.SINCE_EVER_MILLIS, 64, HOUR / 4, storage))));
        }
    };

    private final Retention retention = new Retention(settings, clock);
    private final Shreddings shreddings = new Shreddings(clock);
    private final DeletionLog deletions = new DeletionLog(database, new NewDeletions(shreddings), settings) {
        @Override
        Uni<Deletions> known(Consistency consistency) {
            return Uni.createFrom().item(Deletions.NONE);
        }
    };
    private final ReadingStore store = UnsealedStore.on(database, layouts, settings, clock);
    private Random random = new Random(0);
    private int withoutSummaries;
    private int lookups;

    private final ManySensorRanges many = new ManySensorRanges(store, layouts, deletions) {
        @Override
        Uni<Multi<SensorReadings>> start(Sensor sensor, long fromMillis, long toMillis, Consistency consistency) {
            List<StoredReading> readings = readings(fromMillis, toMillis);
            int half = readings.size() / 2;
            return Uni.createFrom()
                    .item(Multi.createFrom()
                            .items(readings.subList(0, half), readings.subList(half, readings.size()))
                            .map(some -> new SensorReadings(sensor.id(), some)));
        }

        @Override
        public Multi<List<SensorReadings>> read(
                List<Sensor> sensors, long fromMillis, long toMillis, Consistency consistency) {
            withoutSummaries++;
            return Multi.createFrom()
                    .iterable(sensors)
                    .map(sensor -> List.of(new SensorReadings(sensor.id(), readings(fromMillis, toMillis))));
        }
    };

    private final WeekPlans plans =
            new WeekPlans(
                    layouts,
                    PackingFixture.readings(database, UnsealedStore.sealing(database, settings, shreddings), clock),
                    new HistoryMarks(database, clock),
                    new HistorySummaries(database),
                    clock) {
                @Override
                Uni<List<Step>> steps(Week part, RequestMarks shared) {
                    assertThat(Layout.weekStart(part.fromMillis())).isEqualTo(part.week());
                    assertThat(part.toMillis()).isLessThanOrEqualTo(part.week() + Layout.WEEK_MILLIS);
                    return Uni.createFrom().item(plan(part.fromMillis(), part.toMillis()));
                }
            };

    private final BucketIndex buckets = new BucketIndex(database, layouts, retention, settings) {
        @Override
        Multi<Long> weeks(Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
            lookups++;
            return Multi.createFrom()
                    .iterable(LongStream.iterate(
                                    Layout.weekStart(fromMillis),
                                    week -> week < toMillis,
                                    week -> week + Layout.WEEK_MILLIS)
                            .boxed()
                            .toList());
        }
    };

    private final PackedReadings packed =
            new PackedReadings(
                    new RowReadings(database, UnsealedStore.sealing(database, settings, shreddings)),
                    new HistoryMarks(database, clock),
                    new History(database),
                    database,
                    PackingFixture.lateWrites(database, clock),
                    PackingFixture.ON,
                    clock) {
                @Override
                boolean isUsable(SensorType type, Consistency consistency) {
                    return consistency.equals(Consistency.DEFAULT);
                }
            };

    private final SummarizedRanges ranges =
            new SummarizedRanges(store, many, layouts, packed, plans, buckets, deletions);

    @Test
    void givesEachReadingOfEachSensorOnceAndInOrder() {
        for (int seed = 0; seed < 100; seed++) {
            random = new Random(seed);
            long from = BEGIN + random.nextInt(500) * HOUR;
            long to = from + 6 * HOUR + random.nextInt(seed % 2 == 0 ? 500 : 2_000) * HOUR;
            List<Sensor> sensors = sensors(1 + random.nextInt(20));
            List<String> expected = new ArrayList<>();
            sensors.forEach(sensor ->
                    readings(from, to).forEach(reading -> expected.add(sensor.id() + " " + reading.timestampMillis())));
            assertThat(given(sensors, from, to, ANY)).as("seed %d", seed).isEqualTo(expected);
        }
        assertThat(withoutSummaries).isZero();
        assertThat(lookups).isPositive();
    }

    @Test
    void readsReadingsWhereSummariesDoNotPay() {
        long now = clock.millis();
        long week = Layout.WEEK_MILLIS;
        given(sensors(3), now - 2 * week, now - week, ANY);
        assertThat(withoutSummaries).isZero();
        given(sensors(3), now - 2 * week, now - week, Optional.empty());
        given(sensors(3), now - week, now - week + 5 * HOUR, ANY);
        given(sensors(3), now - 7 * HOUR, now, ANY);
        assertThat(withoutSummaries).isEqualTo(3);
    }

    /** Summaries and the index of weeks are of rows only. */
    @Test
    void readsReadingsWhereATypeMayHaveSegments() {
        storage = Storage.SEGMENTS;
        long now = clock.millis();
        List<String> expected = new ArrayList<>();
        sensors(3).forEach(sensor -> readings(now - 9 * Layout.WEEK_MILLIS, now - HOUR)
                .forEach(reading -> expected.add(sensor.id() + " " + reading.timestampMillis())));
        assertThat(given(sensors(3), now - 9 * Layout.WEEK_MILLIS, now - HOUR, ANY))
                .isEqualTo(expected);
        assertThat(withoutSummaries).isEqualTo(1);
        assertThat(lookups).isZero();
        Multi<RangePart> ofOne =
                ranges.read(sensors(1).get(0), now - 9 * Layout.WEEK_MILLIS, now - HOUR, Consistency.DEFAULT, ANY);
        assertThatThrownBy(() -> ofOne.collect().asList().await().atMost(Duration.ofSeconds(30)))
                .as("of the store, which is disconnected here")
                .isInstanceOf(StoreUnavailableException.class);
        assertThat(lookups).isZero();
    }

    private List<String> given(
            List<Sensor> sensors, long from, long to, Optional<Predicate<ReadingsSummary>> isUsable) {
        List<String> given = new ArrayList<>();
        ranges.read(sensors, from, to, Consistency.DEFAULT, isUsable)
                .collect()
                .asList()
                .await()
                .atMost(Duration.ofSeconds(30))
                .forEach(parts -> parts.forEach(part -> add(part, given)));
        return given;
    }

    private static void add(SensorPart part, List<String> given) {
        if (part.part() instanceof RangePart.Readings found) {
            found.readings().forEach(reading -> given.add(part.sensorId() + " " + reading.timestampMillis()));
        } else {
            ((RangePart.Summarized) part.part())
                    .summaries()
                    .forEach(summary ->
                            given.add(part.sensorId() + " " + summary.first().timestampMillis()));
        }
    }

    /** Alternating gaps and summaries of one reading each. */
    private List<Step> plan(long from, long to) {
        List<Step> steps = new ArrayList<>();
        boolean isGap = random.nextBoolean();
        for (long at = from; at < to; isGap = !isGap) {
            long end = random.nextInt(4) == 0 ? to : Math.min(to, at + (1 + random.nextInt(80)) * HOUR);
            if (isGap) {
                steps.add(new Gap(at, end));
            } else {
                List<ReadingsSummary> summaries = new ArrayList<>();
                for (StoredReading reading : readings(at, end)) {
                    Summarizer summarizer = new Summarizer();
                    summarizer.add(new PackableReading(
                            new SensorId("any"),
                            reading.timestampMillis(),
                            reading.value(),
                            0,
                            0,
                            1,
                            SegmentReading.NEVER));
                    summaries.addAll(summarizer.finish());
                }
                steps.add(new Summaries(summaries));
            }
            at = end;
        }
        return steps;
    }

    private static List<StoredReading> readings(long from, long to) {
        List<StoredReading> readings = new ArrayList<>();
        for (long at = -Math.floorDiv(-from, HOUR) * HOUR; at < to; at += HOUR) {
            readings.add(new StoredReading(at, new Value.Numeric(1), new RecordOrigin(1, 0, 0)));
        }
        return readings;
    }

    private static List<Sensor> sensors(int count) {
        List<Sensor> sensors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sensors.add(new Sensor(new SensorId("sensor-" + i), TYPE, Description.NONE));
        }
        return sensors;
    }
}
