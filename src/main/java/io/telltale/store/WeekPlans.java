package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.ReadingsSummary;
import io.telltale.sensors.Sensor;
import io.telltale.store.WeekPlan.Gap;
import io.telltale.store.WeekPlan.Rules;
import io.telltale.store.WeekPlan.Step;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** Reads the marks and summaries of a sensor's week, marks first, and plans how to read its readings. */
@Singleton
class WeekPlans {

    /** The weeks whose marks a request holds, about 3 KB each. */
    private static final int MAX_MARKS = 1_000;

    private final Layouts layouts;
    private final PackedReadings packed;
    private final HistoryMarks marks;
    private final HistorySummaries summaries;
    private final Clock clock;

    /**
     * The part of a range within a week.
     *
     * @param week the start of the week
     * @param hiding the deletions that may cover readings of the part
     * @param isUsable whether a summary can replace its readings
     */
    record Week(
            Sensor sensor,
            long week,
            long fromMillis,
            long toMillis,
            List<Deletion> hiding,
            Predicate<ReadingsSummary> isUsable) {

        List<Step> unplanned() {
            return List.of(new Gap(fromMillis, toMillis));
        }
    }

    @Inject
    WeekPlans(Layouts layouts, PackedReadings packed, HistoryMarks marks, HistorySummaries summaries, Clock clock) {
        this.layouts = layouts;
        this.packed = packed;
        this.marks = marks;
        this.summaries = summaries;
        this.clock = clock;
    }

    /** The marks of a request, which it has not read yet. */
    RequestMarks marks(Consistency consistency) {
        return new RequestMarks(consistency);
    }

    /** Plans a part. The plan is one gap where nothing is packed. */
    Uni<List<Step>> steps(Week part, RequestMarks shared) {
        return layouts.toRead(part.sensor.type(), part.toMillis, shared.consistency)
                .chain(layout -> hasSpans(layout, part)
                        ? steps(
                                part,
                                new ShardWeek(
                                        part.sensor.type(),
                                        layout.versionAt(part.week).shardOf(part.sensor.id()),
                                        part.week),
                                shared)
                        : Uni.createFrom().item(part.unplanned()));
    }

    /** Whether the readings of each span lie within its six hours, all of them in one shard. */
    private static boolean hasSpans(Layout layout, Week part) {
        Layout.Version version = layout.versionAt(part.week);
        return version.equals(layout.versionAt(part.week + Layout.WEEK_MILLIS - 1))
                && Span.MILLIS % version.bucketMillis() == 0;
    }

    private Uni<List<Step>> steps(Week part, ShardWeek week, RequestMarks shared) {
        return shared.of(week).chain(marked -> {
            Map<Long, UUID> packs = marked.packs(part);
            return packs.isEmpty()
                    ? Uni.createFrom().item(part.unplanned())
                    : summaries
                            .of(week, part.sensor.id(), Span.startOf(part.fromMillis), part.toMillis, shared.level())
                            .map(found -> {
                                Rules rules =
                                        new Rules(part.hiding, Math.floorDiv(clock.millis(), 1_000L), part.isUsable);
                                // A pack that was removed meanwhile looks like one without readings of the sensor.
                                return PackedSpan.isFresh(marked.since, clock)
                                        ? WeekPlan.of(part.fromMillis, part.toMillis, packs, found, rules)
                                        : part.unplanned();
                            });
        });
    }

    /** The valid packs of a week, by the starts of their spans. */
    private record Marked(NavigableMap<Long, UUID> packs, Moment since) {
        Map<Long, UUID> packs(Week part) {
            return packs.subMap(Span.startOf(part.fromMillis), part.toMillis);
        }
    }

    /** The marks of one request: sensors of a shard share them while they are fresh. */
    final class RequestMarks {
        private final Map<ShardWeek, Uni<Marked>> byWeek = new ConcurrentHashMap<>();
        private final Consistency consistency;

        private RequestMarks(Consistency consistency) {
            this.consistency = consistency;
        }

        private DefaultConsistencyLevel level() {
            return Database.level(consistency);
        }

        private Uni<Marked> of(ShardWeek week) {
            if (byWeek.size() >= MAX_MARKS) {
                byWeek.clear();
            }
            Uni<Marked> found = byWeek.computeIfAbsent(week, this::read);
            return found.chain(marked -> {
                if (PackedSpan.isFresh(marked.since, clock)) {
                    return Uni.createFrom().item(marked);
                }
                byWeek.remove(week, found);
                return byWeek.computeIfAbsent(week, this::read);
            });
        }

        private Uni<Marked> read(ShardWeek week) {
            return Uni.createFrom()
                    .deferred(() -> {
                        Moment since = Moment.now(clock);
                        return marks.of(week, week.startMillis(), week.endMillis(), level())
                                .map(bySpan -> new Marked(packs(week, bySpan), since));
                    })
                    .memoize()
                    .indefinitely();
        }

        private NavigableMap<Long, UUID> packs(ShardWeek week, Map<Long, SpanMarks> bySpan) {
            long closedBefore = packed.closedBeforeMillis();
            NavigableMap<Long, UUID> packs = new TreeMap<>();
            for (Span span : week.spans()) {
                if (span.endMillis() <= closedBefore) {
                    bySpan.getOrDefault(span.startMillis(), SpanMarks.NONE)
                            .pack()
                            .ifPresent(pack -> packs.put(span.startMillis(), pack));
                }
            }
            return packs;
        }
    }
}
