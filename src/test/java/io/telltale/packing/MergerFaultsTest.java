package io.telltale.packing;

import static io.telltale.packing.MemoryMergingTables.TYPE;
import static io.telltale.packing.MergedRecords.SENSORS;
import static io.telltale.packing.MergedRecords.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.telltale.sensors.SensorType;
import io.telltale.store.FreshMinute;
import io.telltale.store.FreshRow;
import io.telltale.store.MergingAccess;
import io.telltale.store.MergingTables;
import io.telltale.store.MinuteState;
import io.telltale.store.RecentSegment;
import io.telltale.store.RecordedReading;
import io.telltale.store.UnavailableStore;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What fails, or is off, while minutes are merged. */
class MergerFaultsTest extends MergerFixture {

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
        nanos += DailySearch.BETWEEN_SEARCHES.toNanos();
        merger.pass();
        assertAllThere();
    }

    /** Merging goes on, and the search goes on behind what it has searched. */
    @Test
    void aFailedSearchForForgottenMinutesDelaysNothingElse() {
        arriveSome();
        int[] searched = {0};
        boolean[] isUnavailable = {true};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("partitions") && isBefore && ++searched[0] == 6 && isUnavailable[0]) {
                throw UnavailableStore.failure();
            }
        };
        Merger merger = merger();
        merger.pass();
        assertThat(tables.states()).allSatisfy(state -> assertThat(state.mark()).isPresent());
        assertThat(registry.get("telltale.merging.failures").counter().count()).isEqualTo(1);
        isUnavailable[0] = false;
        nanos += DailySearch.AFTER_FAILURE.toNanos() - 1;
        merger.pass();
        assertThat(searched[0]).as("not tried at once").isEqualTo(6);
        nanos++;
        merger.pass();
        assertThat(searched[0]).as("with the slice that failed").isEqualTo(1 + MergingTables.SLICES);
        nanos += DailySearch.BETWEEN_SEARCHES.toNanos() - 1;
        merger.pass();
        assertThat(searched[0]).isEqualTo(1 + MergingTables.SLICES);
        nanos++;
        merger.pass();
        assertThat(searched[0]).isEqualTo(1 + 2 * MergingTables.SLICES);
    }

    @Test
    void aSlowSearchForForgottenMinutesTakesSeveralPasses() {
        arriveSome();
        int[] searched = {0};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("partitions") && isBefore) {
                searched[0]++;
                nanos += DailySearch.PER_PASS.toNanos() / 2;
            }
        };
        Merger merger = merger();
        merger.pass();
        assertThat(searched[0]).isEqualTo(3);
        assertThat(tables.states()).allSatisfy(state -> assertThat(state.mark()).isPresent());
        for (int pass = 0; pass < MergingTables.SLICES / 3; pass++) {
            merger.pass();
        }
        assertThat(searched[0]).isEqualTo(MergingTables.SLICES);
    }

    @Test
    void aTypeThatFailsDoesNotStopTheOthers() {
        arriveSome();
        tables.failing = Optional.of(new SensorType("a-failing-type"));
        merger().pass();
        assertThat(tables.states()).allSatisfy(state -> assertThat(state.mark()).isPresent());
        assertThat(registry.get("telltale.merging.failures").counter().count()).isEqualTo(1);
    }

    @Test
    void whereMergingIsOffMinutesAreCountedOnly() {
        arriveSome();
        Merger merger = merger(false);
        merger.pass();
        assertThat(tables.states()).allSatisfy(state -> assertThat(state.mark()).isEmpty());
        assertThat(registry.get("telltale.merging.unmerged").gauge().value()).isEqualTo(2);
        assertThat(registry.get("telltale.merging.oldest.seconds").gauge().value())
                .isEqualTo(180);
    }

    /** Where no type has segments, a service without merging asks Cassandra nothing. */
    @Test
    void whereMergingIsOffItWaitsForATypeWithSegments() throws Exception {
        arriveSome();
        long others = threads();
        Merger merger = merger(false);
        merger.start(new StartupEvent());
        assertThat(registry.get("telltale.merging.unmerged").gauge().value()).isZero();
        assertThat(threads()).isEqualTo(others);
        tables.needed.complete(null);
        Awaitility.await()
                .until(() -> registry.get("telltale.merging.unmerged").gauge().value() == 2);
        assertThat(threads()).isEqualTo(others + 1);
        merger.stop(new ShutdownEvent());
        assertThat(threads()).isEqualTo(others);
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("merger"))
                .count();
    }

    /** Otherwise nothing would be removed while one pass in some minutes fails. */
    @Test
    void aPassThatFailsDoesNotRestartTheDelayOfRemovals() {
        FreshMinute minute = arrive(START, record(SENSORS.get(0), START, START, 1));
        tables.nowMillis = minute.completeMillis();
        Merger merger = merger();
        merger.pass();
        merger.pass();
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("types")) {
                throw UnavailableStore.failure();
            }
        };
        merger.pass();
        tables.hook = (operation, isBefore) -> {};
        nanos += RemovalDelays.DELAY.toNanos() + 1;
        merger.pass();
        assertThat(tables.freshRows(minute)).isEmpty();
    }

    /** Another replica may have merged and removed it. */
    @Test
    void forgetsTheFaultOfAMinuteAfterItsDelay() {
        FreshMinute damaged = arrive(START, record(SENSORS.get(0), START, START, 1));
        FreshRow row = tables.freshRows(damaged).get(0);
        row.segment()[row.segment().length - 1] ^= 1;
        tables.nowMillis = START + 5 * MINUTE;
        Merger merger = merger();
        merger.pass();
        assertThat(merger.faults()).isEqualTo(1);
        tables.forgetAll();
        nanos += Merger.AFTER_FAULT.toNanos();
        merger.pass();
        assertThat(merger.faults()).isZero();
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

    /** Readings of any age may arrive in one minute, each in a bucket of its own. */
    @Test
    void aFailedAttemptRemovesABoundedNumberOfSegments() {
        int segments = MinuteMerger.MAX_WRITTEN + 300;
        RecordedReading[] records = new RecordedReading[segments];
        for (int i = 0; i < segments; i++) {
            records[i] = record(SENSORS.get(0), START - (i + 1L) * 15 * MINUTE, START, i);
        }
        arrive(START, records);
        tables.nowMillis = START + 5 * MINUTE;
        int[] readBack = {0};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("readBack") && isBefore && ++readBack[0] == MinuteMerger.MAX_WRITTEN + 100) {
                throw UnavailableStore.failure();
            }
        };
        merger().pass();
        int written = 40 * RecentCutter.MAX_SEGMENTS;
        assertThat(tables.recent).hasSize(written - MinuteMerger.MAX_WRITTEN);
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
        assertThat(failures[0]).isEqualTo(Attempts.MAX_FAILURES_IN_A_ROW);
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
}
