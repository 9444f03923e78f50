package io.telltale.packing;

import static io.telltale.packing.MemoryMergingTables.TYPE;
import static io.telltale.packing.MergedRecords.SENSORS;
import static io.telltale.packing.MergedRecords.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telltale.sensors.SensorId;
import io.telltale.settings.SuppliedClock;
import io.telltale.store.FreshMinute;
import io.telltale.store.FreshRow;
import io.telltale.store.MergingAccess;
import io.telltale.store.MinuteState;
import io.telltale.store.RecentSegment;
import io.telltale.store.RecordedReading;
import io.telltale.store.UnavailableStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class MergerTest {

    private static final long START = Instant.parse("2026-01-31T06:00:00Z").toEpochMilli();
    private static final long MINUTE = 60_000;

    private MemoryMergingTables tables = new MemoryMergingTables();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MergingMetrics metrics = new MergingMetrics(registry, new SuppliedClock(() -> tables.nowMillis));
    private MergedRecords expected = new MergedRecords();
    private long nanos;
    private long seq;
    private long offset;

    private final PackerWaits waits = new PackerWaits() {
        @Override
        void pause(Duration duration) {}
    };

    /** The end of a process: nothing that it does has an effect any more. */
    private static final class KilledException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private Merger merger() {
        return new Merger(
                tables,
                metrics,
                true,
                MergedRecords.CONFIG,
                new SuppliedClock(() -> tables.nowMillis),
                () -> nanos,
                waits);
    }

    private FreshMinute arrive(long millis, RecordedReading... records) {
        FreshMinute minute = MergingAccess.minute(TYPE, millis);
        tables.put(minute, millis * 1_000);
        put(minute, millis * 1_000, records);
        return minute;
    }

    private void put(FreshMinute minute, long micros, RecordedReading... records) {
        List<FreshRow> rows = MergingAccess.rows(minute, List.of(records), UUID.randomUUID(), seq, micros);
        seq += rows.size();
        rows.forEach(row -> tables.put(minute, row));
        List.of(records).forEach(expected::add);
    }

    /** Readings of three sensors in two minutes: on time, late and corrected. */
    private void arriveSome() {
        tables = new MemoryMergingTables();
        tables.nowMillis = START + 5 * MINUTE;
        expected = new MergedRecords();
        for (int i = 0; i < 6; i++) {
            long arrival = START + i * MINUTE / 3;
            arrive(
                    arrival,
                    record(SENSORS.get(i % 3), arrival - 10, START + i, offset++),
                    record(SENSORS.get(0), START - 20 * MINUTE, START - i, offset++),
                    record(SENSORS.get(1), START - 3, START + i, offset++));
        }
    }

    private void assertAllThere() {
        MergedRecords.of(tables).assertSameAs(expected);
    }

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
        assertThat(tables.partitions().await().indefinitely().items()).isEmpty();
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
    }

    /** Whether the merger has taken so many steps. Steps end before and after each request. */
    private boolean killedAt(int step) {
        int[] steps = {0};
        tables.hook = (operation, isBefore) -> {
            assertAllThere();
            if (++steps[0] >= step) {
                throw new KilledException();
            }
        };
        Merger killed = merger();
        for (int pass = 0; pass < 5; pass++) {
            nanos += RemovalDelays.DELAY.toNanos() + 1;
            killed.pass();
        }
        tables.hook = (operation, isBefore) -> {};
        return steps[0] >= step;
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
    }

    private boolean metAt(int step, Duration frozen) {
        int[] steps = {0};
        UUID first = tables.replica;
        Merger other = merger();
        tables.hook = (operation, isBefore) -> {
            assertAllThere();
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

    @Test
    void findsMinutesThatWereForgotten() {
        FreshMinute minute = MergingAccess.minute(TYPE, START);
        put(minute, START * 1_000, record(SENSORS.get(0), START, START, 1));
        tables.nowMillis = START + 5 * MINUTE;
        Merger merger = merger();
        merger.pass();
        assertAllThere();
        put(MergingAccess.minute(TYPE, START + MINUTE), START * 1_000, record(SENSORS.get(1), START, START, 2));
        merger.pass();
        assertThat(tables.states()).extracting(MinuteState::minute).containsExactly(minute);
        nanos += Merger.BETWEEN_SEARCHES.toNanos();
        merger.pass();
        assertAllThere();
    }

    @Test
    void aSegmentThatIsReadBackOtherwiseIsNotMarked() {
        arriveSome();
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("readBack") && isBefore) {
                tables.recent.replaceAll((key, segment) ->
                        new RecentSegment(key, segment.sensors(), new byte[segment.segment().length], 0));
            }
        };
        Merger merger = merger();
        merger.pass();
        assertThat(tables.states()).allSatisfy(state -> assertThat(state.mark()).isEmpty());
        assertThat(tables.recent).as("the rest of the attempt").isEmpty();
        assertThat(registry.get("telltale.merging.failures").counter().count()).isEqualTo(2);
        assertThat(registry.get("telltale.merging.unmerged").gauge().value()).isEqualTo(2);
        assertThat(registry.get("telltale.merging.oldest.seconds").gauge().value())
                .isEqualTo(180);
        tables.hook = (operation, isBefore) -> {};
        merger.pass();
        assertThat(tables.recent).as("not tried at once").isEmpty();
        nanos += Merger.AFTER_FAULT.toNanos();
        merger.pass();
        assertThat(tables.recent).isNotEmpty();
        assertAllThere();
    }

    @Test
    void damageOfOneMinuteDoesNotStopTheOthers() {
        FreshMinute damaged = arrive(START, record(SENSORS.get(0), START, START, 1));
        FreshRow row = tables.freshRows(damaged).get(0);
        row.segment()[row.segment().length - 1] ^= 1;
        FreshMinute other = arrive(START + MINUTE, record(SENSORS.get(1), START, START, 2));
        tables.nowMillis = START + 5 * MINUTE;
        merger().pass();
        assertThat(tables.states()).allSatisfy(state -> assertThat(state.mark().isPresent())
                .isEqualTo(state.minute().equals(other)));
    }

    @Test
    void stopsAPassWhenCassandraIsUnavailable() {
        for (int minute = 0; minute < 10; minute++) {
            arrive(START + minute * MINUTE, record(SENSORS.get(0), START, START, minute));
        }
        tables.nowMillis = START + 60 * MINUTE;
        int[] failures = {0};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("rows")) {
                failures[0]++;
                throw UnavailableStore.failure();
            }
        };
        Merger merger = merger();
        merger.pass();
        assertThat(failures[0]).isEqualTo(Merger.MAX_FAILURES_IN_A_ROW);
        assertThat(registry.get("telltale.merging.unmerged").gauge().value()).isEqualTo(10);
        tables.nowMillis += MINUTE;
        assertThat(registry.get("telltale.merging.oldest.seconds").gauge().value())
                .as("grows until a pass ends")
                .isEqualTo(59 * 60);
        tables.hook = (operation, isBefore) -> {};
        merger.pass();
        assertThat(tables.states()).allSatisfy(state -> assertThat(state.mark()).isPresent());
    }

    @Test
    void aTypeWhoseLevelsDoNotMeetIsNotMerged() {
        arriveSome();
        tables.isMergeable = false;
        merger().pass();
        assertThat(tables.recent).isEmpty();
        assertThat(registry.get("telltale.merging.unmerged").gauge().value()).isEqualTo(2);
        assertAllThere();
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
