package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.segment.SegmentReading;
import io.telltale.segment.SegmentSummary;
import io.telltale.segment.Summarizer;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.HistorySummaries.Found;
import io.telltale.store.Layout.Version;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import io.telltale.store.WeekPlan.Gap;
import io.telltale.store.WeekPlan.Step;
import io.telltale.store.WeekPlan.Summaries;
import io.telltale.store.WeekPlans.RequestMarks;
import io.telltale.store.WeekPlans.Week;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Plans a week from marks and summaries in memory. */
class WeekPlansTest {

    private static final SensorType TYPE = new SensorType("week-plans");
    private static final Sensor SENSOR = new Sensor(new SensorId("a"), TYPE, Description.NONE);
    private static final long WEEK =
            Layout.weekStart(Instant.parse("2026-03-01T00:00:00Z").toEpochMilli());
    private static final long QUARTER_HOUR = 900_000;
    private static final UUID PACK = new UUID(1, 2);
    private static final UUID REPLICA = new UUID(3, 4);

    private final Map<Long, SpanMarks> marks = new HashMap<>();
    private List<Version> versions = List.of(new Version(1, Version.SINCE_EVER_MILLIS, 64, QUARTER_HOUR));
    private long nowMillis = WEEK + 30 * Span.MILLIS;
    private Duration readsTake = Duration.ZERO;
    private int marksReads;
    private int summariesReads;

    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(nowMillis);
        }
    };

    private final Database database = PackingFixture.disconnected();

    private final WeekPlans plans = new WeekPlans(
            new Layouts(database, StoreSettings.in("none"), clock) {
                @Override
                public Uni<Layout> toRead(SensorType type, long toMillis, Consistency consistency) {
                    return Uni.createFrom().item(new Layout(type, versions));
                }
            },
            PackingFixture.readings(
                    database, UnsealedStore.sealing(database, StoreSettings.in("none"), new Shreddings(clock)), clock),
            new HistoryMarks(database, clock) {
                @Override
                Uni<Map<Long, SpanMarks>> of(
                        ShardWeek week, long fromMillis, long toMillis, DefaultConsistencyLevel level) {
                    marksReads++;
                    assertThat(week.shard()).isEqualTo(versions.get(0).shardOf(SENSOR.id()));
                    return Uni.createFrom().item(marks);
                }
            },
            new HistorySummaries(database) {
                @Override
                Uni<List<Found>> of(
                        ShardWeek week,
                        SensorId sensorId,
                        long fromMillis,
                        long toMillis,
                        DefaultConsistencyLevel level) {
                    summariesReads++;
                    nowMillis += readsTake.toMillis();
                    return Uni.createFrom().item(List.of(summaries(WEEK), summaries(WEEK + 2 * Span.MILLIS)));
                }
            },
            clock);

    private static Found summaries(long span) {
        Summarizer summarizer = new Summarizer();
        summarizer.add(new PackableReading(SENSOR.id(), span + 1, new Value.Numeric(1), 0, 0, 1, SegmentReading.NEVER));
        return new Found(span, PACK, SegmentSummary.encode(summarizer.finish()));
    }

    @Test
    void aSensorWithoutSummariesInAPackHasNoReadings() {
        packed(0, 1, 2);
        assertThat(steps(0, 3)).singleElement().isInstanceOfSatisfying(Summaries.class, summarized -> assertThat(
                        summarized.summaries())
                .hasSize(2));
        assertThat(steps(1, 2)).isEmpty();
    }

    @Test
    void readingsAreReadWhereNoPackIsValid() {
        packed(0, 1, 2);
        for (State state : State.values()) {
            if (state != State.REPLACED) {
                marks.put(
                        WEEK + Span.MILLIS,
                        new SpanMarks(List.of(new Mark(PACK, State.PACKED, 1), new Mark(REPLICA, state, 2))));
                assertThat(steps(0, 3)).as(state.name()).hasSize(3).contains(gap(1, 2));
            }
        }
        marks.clear();
        int before = summariesReads;
        assertThat(steps(0, 3)).containsExactly(gap(0, 3));
        assertThat(summariesReads).as("no summaries without a pack").isEqualTo(before);
    }

    @Test
    void readingsAreReadOfSpansThatHaveJustEnded() {
        packed(0, 1, 2);
        nowMillis = WEEK + 3 * Span.MILLIS + Duration.ofHours(1).toMillis();
        assertThat(steps(0, 3)).hasSize(2).contains(gap(2, 3));
    }

    @Test
    void readingsAreReadIfTheMarksAreOldWhenSummariesCome() {
        packed(0, 1, 2);
        readsTake = Duration.ofSeconds(61);
        assertThat(steps(0, 3)).containsExactly(gap(0, 3));
    }

    @Test
    void readingsAreReadWhereALayoutChangesOrBucketsAreLong() {
        packed(0, 1, 2);
        Version first = versions.get(0);
        versions = List.of(first, new Version(2, WEEK + 27 * Span.MILLIS, 32, QUARTER_HOUR));
        assertThat(steps(0, 3)).containsExactly(gap(0, 3));
        for (int hours : new int[] {4, 8, 24}) {
            versions = List.of(new Version(
                    1, Version.SINCE_EVER_MILLIS, 64, Duration.ofHours(hours).toMillis()));
            assertThat(steps(0, 3)).as("%d h", hours).containsExactly(gap(0, 3));
        }
        assertThat(marksReads).isZero();
    }

    @Test
    void sensorsOfARequestShareFreshMarks() {
        packed(0);
        RequestMarks shared = plans.marks(Consistency.DEFAULT);
        steps(0, 3, shared);
        steps(0, 3, shared);
        assertThat(marksReads).isEqualTo(1);
        nowMillis += 61_000;
        steps(0, 3, shared);
        steps(0, 3, shared);
        assertThat(marksReads).isEqualTo(2);
    }

    private void packed(int... spans) {
        for (int span : spans) {
            marks.put(WEEK + span * Span.MILLIS, new SpanMarks(List.of(new Mark(PACK, State.PACKED, 1))));
        }
    }

    private static Step gap(int fromSpan, int toSpan) {
        return new Gap(WEEK + fromSpan * Span.MILLIS, WEEK + toSpan * Span.MILLIS);
    }

    private List<Step> steps(int fromSpan, int toSpan) {
        return steps(fromSpan, toSpan, plans.marks(Consistency.DEFAULT));
    }

    private List<Step> steps(int fromSpan, int toSpan, RequestMarks shared) {
        Week week = new Week(
                SENSOR, WEEK, WEEK + fromSpan * Span.MILLIS, WEEK + toSpan * Span.MILLIS, List.of(), summary -> true);
        return plans.steps(week, shared).await().atMost(Duration.ofSeconds(10));
    }
}
