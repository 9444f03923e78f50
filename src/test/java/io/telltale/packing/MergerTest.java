package io.telltale.packing;

import static io.telltale.packing.MergedRecords.SENSORS;
import static io.telltale.packing.MergedRecords.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.sensors.SensorId;
import io.telltale.settings.SuppliedClock;
import io.telltale.store.FreshMinute;
import io.telltale.store.MergingAccess;
import io.telltale.store.RecentSegment;
import io.telltale.store.RecordedReading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class MergerTest extends MergerFixture {

    /** How often a hook has checked the readings. */
    private int checks;

    /** All steps of all minutes. */
    private void finish() {
        Merger last = merger();
        for (int pass = 0; pass < 5; pass++) {
            tables.nowMillis += 15 * MINUTE;
            nanos += RemovalDelays.DELAY.toNanos() + 1;
            last.pass();
            assertAllThere();
        }
        assertThat(tables.states()).isEmpty();
        assertThat(tables.nonEmptyPartitions()).isEmpty();
    }

    @Test
    void mergesAMinuteOnceItIsComplete() {
        FreshMinute minute = arrive(START + 7, record(SENSORS.get(0), START, START, 1));
        tables.nowMillis = minute.completeMillis() - 1;
        merger().pass();
        assertThat(tables.recent).isEmpty();
        tables.nowMillis++;
        merger().pass();
        assertThat(tables.states()).singleElement().satisfies(state -> assertThat(state.mark())
                .isPresent());
        assertThat(tables.recent).hasSize(1);
        assertAllThere();
        assertThat(registry.get("telltale.merging.readings").counter().count()).isEqualTo(1);
        assertThat(registry.get("telltale.merging.minutes").counter().count()).isEqualTo(1);
        assertThat(registry.get("telltale.merging.unmerged").gauge().value()).isZero();
    }

    @Test
    void removesAMergedMinuteAfterSomeTime() {
        FreshMinute minute = arrive(START, record(SENSORS.get(0), START, START, 1));
        tables.nowMillis = minute.completeMillis();
        Merger merger = merger();
        merger.pass();
        for (long minutes : new long[] {0, 10}) {
            nanos = Duration.ofMinutes(minutes).toNanos();
            merger.pass();
            assertThat(tables.freshRows(minute)).hasSize(1);
        }
        nanos++;
        merger.pass();
        assertThat(tables.freshRows(minute)).isEmpty();
        assertThat(tables.states()).hasSize(1);
        merger.pass();
        assertThat(tables.states()).isEmpty();
        assertAllThere();
    }

    @Test
    void aKillAtAnyStepLeavesEachReading() {
        boolean isKilled = true;
        for (int step = 1; isKilled; step++) {
            arriveSome();
            isKilled = killedAt(step);
            assertAllThere();
            finish();
        }
        assertThat(checks).isGreaterThan(3_000);
    }

    /** Whether the merger has taken so many steps. Steps end before and after each request. */
    private boolean killedAt(int step) {
        int[] steps = {0};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("partitions")) {
                // Too many, and nothing changes.
                return;
            }
            assertAllThere();
            checks++;
            if (++steps[0] >= step) {
                throw new HookFailures.KilledException();
            }
        };
        Merger killed = merger();
        for (int pass = 0; pass < 5; pass++) {
            nanos += RemovalDelays.DELAY.toNanos() + 1;
            killed.pass();
        }
        tables.hook = (operation, isBefore) -> {};
        tables.assertHooksPassed();
        return steps[0] >= step;
    }

    /** A packer that has read the entry reads the segments after it. Readers ask for them once the minute is marked. */
    @Test
    void entriesComeAfterTheirSegmentsAndBeforeTheMark() {
        arriveSome();
        List<String> steps = new ArrayList<>();
        tables.hook = (operation, isBefore) -> {
            boolean isEnd = !isBefore && Set.of("write", "readBack").contains(operation);
            boolean isBegin = isBefore && Set.of("index", "mark").contains(operation);
            if ((isEnd || isBegin)
                    && (steps.isEmpty() || !steps.get(steps.size() - 1).equals(operation))) {
                steps.add(operation);
            }
        };
        merger().pass();
        assertThat(String.join(" ", steps) + " ").matches("((write readBack )+index mark ){2}");
    }

    @Test
    void entriesOfManyBucketsAreWrittenInParts() {
        RecordedReading[] records = new RecordedReading[2 * MinuteMerger.MAX_BUCKETS + 10];
        for (int i = 0; i < records.length; i++) {
            records[i] = record(SENSORS.get(0), START - (i + 1L) * 15 * MINUTE, START, i);
        }
        arrive(START, records);
        tables.nowMillis = START + 5 * MINUTE;
        int[] written = {0};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("index") && !isBefore) {
                written[0]++;
                assertThat(tables.recentTables.entries())
                        .allSatisfy(entry -> assertThat(tables.recentTables.of(entry.partition()))
                                .isNotEmpty());
            }
        };
        merger().pass();
        assertThat(written[0]).isEqualTo(3);
        assertThat(tables.recentTables.entries()).hasSize(records.length);
        assertAllThere();
    }

    /** At each step of one merger another one does all of its work, within a moment or a day. */
    @Test
    void twoMergersAtATimeAreHarmless() {
        for (Duration frozen : List.of(Duration.ZERO, Duration.ofHours(24))) {
            boolean hasMet = true;
            for (int step = 1; hasMet; step++) {
                arriveSome();
                tables.hasLeases = false;
                hasMet = metAt(step, frozen);
                finish();
            }
        }
        assertThat(checks).isGreaterThan(10_000);
    }

    private boolean metAt(int step, Duration frozen) {
        int[] steps = {0};
        UUID first = tables.replica;
        Merger other = merger();
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("partitions")) {
                // Too many, and nothing changes.
                return;
            }
            assertAllThere();
            checks++;
            if (++steps[0] == step) {
                tables.replica = UUID.randomUUID();
                for (int pass = 0; pass < 5; pass++) {
                    other.pass();
                    tables.nowMillis += frozen.toMillis() / 5;
                    nanos += frozen.toNanos() / 5;
                }
                tables.replica = first;
            }
        };
        Merger merger = merger();
        for (int pass = 0; pass < 5; pass++) {
            nanos += RemovalDelays.DELAY.toNanos() + 1;
            merger.pass();
        }
        tables.hook = (operation, isBefore) -> {};
        tables.assertHooksPassed();
        return steps[0] >= step;
    }

    /** They come with a wrong clock, or from a write that was not acknowledged. */
    @Test
    void stragglersAreMergedAgainBeforeAndAfterTheRemoval() {
        FreshMinute minute = arrive(START, record(SENSORS.get(0), START, START, 1));
        tables.nowMillis = minute.completeMillis();
        Merger merger = merger();
        for (int pass = 0; pass < 2; pass++) {
            merger.pass();
        }
        // Its write timestamp is the smaller one.
        put(minute, START * 1_000 - 5, record(SENSORS.get(1), START, START, 2));
        nanos += RemovalDelays.DELAY.toNanos() + 1;
        tables.nowMillis += 11 * MINUTE;
        merger.pass();
        assertThat(tables.freshRows(minute)).hasSize(2);
        assertAllThere();
        merger.pass();
        nanos += RemovalDelays.DELAY.toNanos() + 1;
        merger.pass();
        assertThat(tables.freshRows(minute)).isEmpty();
        put(minute, START * 1_000 + 1, record(SENSORS.get(2), START, START, 3));
        merger.pass();
        assertAllThere();
        finish();
    }

    @Test
    void aStragglerWithinTheRemovalSurvivesIt() {
        FreshMinute minute = arrive(START, record(SENSORS.get(0), START, START, 1));
        tables.nowMillis = minute.completeMillis();
        Merger merger = merger();
        merger.pass();
        merger.pass();
        nanos += RemovalDelays.DELAY.toNanos() + 1;
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("remove") && isBefore) {
                put(minute, START * 1_000 + 1, record(SENSORS.get(1), START, START, 2));
            }
        };
        merger.pass();
        tables.hook = (operation, isBefore) -> {};
        assertThat(tables.freshRows(minute)).hasSize(1);
        merger.pass();
        finish();
    }

    /** A minute of any size is merged in parts of a bounded size. */
    @Test
    void mergesALargeMinuteInParts() {
        FreshMinute minute = arrive(START, record(SENSORS.get(0), START, START, 0));
        for (int i = 1; i <= MinuteMerger.CHUNK_SEGMENTS; i++) {
            put(minute, START * 1_000 + i, record(SENSORS.get(0), START + i % 50, START, i));
        }
        tables.nowMillis = START + 5 * MINUTE;
        merger().pass();
        assertThat(tables.recent.values()).hasSize(2);
        assertAllThere();
        finish();
    }

    @Test
    void aSegmentHoldsOneGroupOfOneShardAndBucket() {
        arriveSome();
        merger().pass();
        for (RecentSegment segment : tables.recent.values()) {
            for (SensorId sensor : SENSORS) {
                MergingAccess.readings(segment.sensors(), segment.segment(), sensor)
                        .forEach(reading -> assertThat(tables.layout().partitionOf(sensor, reading.timestampMillis()))
                                .isEqualTo(segment.key().partition()));
            }
        }
        assertThat(tables.recent.keySet()).extracting(RecentSegment.Key::id).doesNotHaveDuplicates();
    }

    @Test
    void rejectsSettingsOutOfBounds() {
        Consumer<Duration> create = interval -> new Merger(
                tables,
                metrics,
                true,
                MergedRecords.config(interval),
                new SuppliedClock(() -> START),
                () -> nanos,
                waits);
        assertThatThrownBy(() -> create.accept(Duration.ofMillis(999)))
                .hasMessageContaining("telltale.storage.merging.interval");
    }

    @Test
    void theOrderOfKeysDoesNotChangeAContent() {
        ContentDigest one = new ContentDigest();
        ContentDigest other = new ContentDigest();
        one.add(new byte[] {1});
        one.add(new byte[] {2});
        other.add(new byte[] {2});
        assertThat(one.bytes()).isNotEqualTo(other.bytes());
        other.add(new byte[] {1});
        assertThat(one.bytes()).isEqualTo(other.bytes());
        other.add(new byte[] {1}, new byte[] {2});
        assertThat(one.isSameAs(other)).isFalse();
    }
}
