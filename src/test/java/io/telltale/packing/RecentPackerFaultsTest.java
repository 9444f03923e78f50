package io.telltale.packing;

import static io.telltale.packing.MergedRecords.SENSORS;
import static io.telltale.packing.MergedRecords.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.settings.RateLimitedLog;
import io.telltale.store.UnavailableStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What fails, ends or happens beside the packer of recent segments, at each of its steps. */
class RecentPackerFaultsTest extends RecentPackerFixture {

    /** Enough passes to pack, to merge packs, and to remove all that is replaced. */
    private static final int PASSES = 6;

    /** Reads begin from so many steps before the replicas meet, and for three times as many after it. */
    private static final int READ_STEPS = 20;

    private final Random random = new Random(7);

    /** How often a hook has checked the readings. */
    private int checks;

    /** Recent segments that are due, and packs that are many with those that they become. */
    private void arriveAndWait() {
        arriveSome();
        mergeAndWait();
        for (int i = 1; i < PackCompactor.MIN_PACKS; i++) {
            putPack(
                    record(SENSORS.get(0), START - 10, START + i, offset++),
                    record(SENSORS.get(0), START + i, 1, offset++));
        }
        advance(25 * HOUR);
    }

    /** The span of it is packed when others have waited. */
    private void arriveLate() {
        arrive(tables.nowMillis, record(SENSORS.get(0), START + 500, START, offset++));
        advance(3 * MINUTE);
    }

    private void pass(Merger merger, RecentPacker packer) {
        merger.pass();
        packer.pass();
        advance(11 * MINUTE);
    }

    private void passAll(Merger merger, RecentPacker packer) {
        for (int pass = 0; pass < PASSES; pass++) {
            pass(merger, packer);
        }
    }

    /** Until all is packed, whatever happened before. */
    private void finish() {
        tables.hook = (operation, isBefore) -> {};
        tables.assertHooksPassed();
        Merger merger = merger();
        RecentPacker packer = packer();
        for (int pass = 0; pass < 3; pass++) {
            advance(25 * HOUR);
            passAll(merger, packer);
            assertAllThere();
        }
        assertThat(tables.nonEmptyPartitions()).isEmpty();
        assertThat(tables.recentTables.listed()).isEmpty();
        assertThat(tables.recentTables.entries()).isEmpty();
        assertThat(spans.packsOf(span)).isNotEmpty();
        assertThat(spans.packs()).hasSameSizeAs(MemorySpanTables.current(spans.packs()));
    }

    /** Searches for minutes are too many, and change nothing. */
    private static boolean isStep(String operation) {
        return !operation.equals("partitions");
    }

    @Test
    void aFailureAtAnyStepLosesNothing() {
        boolean hasFailed = true;
        for (int step = 1; hasFailed; step++) {
            arriveAndWait();
            int[] steps = {0};
            int failing = step;
            tables.hook = (operation, isBefore) -> {
                if (isStep(operation) && ++steps[0] == failing) {
                    throw UnavailableStore.failure();
                }
            };
            passAll(merger(), packer());
            assertAllThere();
            hasFailed = steps[0] >= step;
            finish();
        }
    }

    @Test
    void aKillAtAnyStepLeavesEachReading() {
        boolean isKilled = true;
        for (int step = 1; isKilled; step++) {
            arriveAndWait();
            int[] steps = {0};
            int last = step;
            tables.hook = (operation, isBefore) -> {
                if (isStep(operation)) {
                    assertAllThere();
                    checks++;
                    if (++steps[0] >= last) {
                        throw new HookFailures.KilledException();
                    }
                }
            };
            passAll(merger(), packer());
            isKilled = steps[0] >= step;
            finish();
        }
        assertThat(checks).isGreaterThan(1_000);
    }

    /** Within a moment, an hour, or a day, at each step of a replica, another one does all of its work. */
    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    void twoReplicasAtATimeAreHarmless(boolean isLate, boolean otherMerges) {
        for (long frozen : new long[] {0, HOUR, 24 * HOUR}) {
            boolean hasMet = true;
            for (int step = 1; hasMet; step++) {
                arriveAndWait();
                if (isLate) {
                    arriveLate();
                }
                tables.hasLeases = false;
                hasMet = metAt(step, frozen, otherMerges ? merger() : merger(false));
                finish();
            }
        }
        assertThat(checks).isGreaterThan(3_000);
    }

    /** While readers are between their steps, too. */
    private boolean metAt(int step, long frozen, Merger otherMerger) {
        int[] steps = {0};
        UUID first = tables.replica;
        RecentPacker otherPacker = packer();
        List<UnionReader> readers = new ArrayList<>();
        tables.hook = (operation, isBefore) -> {
            boolean isOther = !tables.replica.equals(first);
            if (!isStep(operation) || (isOther && random.nextInt(8) > 0)) {
                return;
            }
            if (steps[0] >= step - READ_STEPS && steps[0] <= step + 3 * READ_STEPS) {
                read(readers);
            }
            if (!isOther && ++steps[0] == step) {
                tables.replica = UUID.randomUUID();
                // It has late readings, too: the bucket is the same.
                arrive(tables.nowMillis, record(SENSORS.get(0), START + step, START, offset++));
                for (int pass = 0; pass < PASSES; pass++) {
                    otherMerger.pass();
                    otherPacker.pass();
                    advance(frozen / PASSES);
                }
                tables.replica = first;
            }
        };
        passAll(merger(), packer());
        return steps[0] >= step;
    }

    private void read(List<UnionReader> readers) {
        readers.add(new UnionReader(tables, spans, expected, random));
        List<UnionReader> done = readers.stream()
                .filter(reader -> random.nextInt(3) == 0 && reader.step())
                .toList();
        readers.removeAll(done);
        done.forEach(reader -> checks += reader.check() ? 1 : 0);
    }

    @Test
    void aPackThatIsReadBackOtherwiseIsNotMarked() {
        arriveSome();
        mergeAndWait();
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("readBackPack") && isBefore) {
                spans.damage();
            }
        };
        RecentPacker packer = packer();
        packer.pass();
        assertThat(spans.packs()).isEmpty();
        assertThat(spans.written()).as("the rest of the attempt").isEmpty();
        double failures = failures();
        assertThat(failures).isPositive();
        tables.hook = (operation, isBefore) -> {};
        advance(11 * MINUTE);
        packer.pass();
        assertThat(spans.packs()).as("not tried at once").isEmpty();
        assertThat(failures()).isEqualTo(failures);
        advance(RecentPacker.AFTER_FAULT.toMillis());
        packer.pass();
        assertThat(spans.packs()).isNotEmpty();
        assertAllThere();
    }

    private double failures() {
        return registry.get("telltale.packing.failures").counter().count();
    }

    @Test
    void withoutItsMarkAPackReplacesNothing() {
        arriveSome();
        mergeAndWait();
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("markPack") && isBefore) {
                throw UnavailableStore.failure();
            }
        };
        RecentPacker packer = packer();
        packer.pass();
        Set<UUID> written = spans.written();
        assertThat(written).as("the outcome of the mark is unknown").isNotEmpty();
        advance(11 * MINUTE);
        packer.pass();
        assertAllThere();
        assertThat(spans.written()).as("a further copy would stay, too").isEqualTo(written);
        tables.hook = (operation, isBefore) -> {};
        advance(RecentPacker.AFTER_FAULT.toMillis());
        packer.pass();
        assertThat(spans.packs()).isNotEmpty();
        advance(11 * MINUTE);
        packer.pass();
        assertThat(tables.recent).isEmpty();
        assertAllThere();
    }

    /** Of 50,000 removals one may fail in each attempt. */
    @Test
    void aRemovalThatFailedContinuesWhereItEnded() {
        arriveSome();
        mergeAndWait();
        RecentPacker packer = packer();
        packer.pass();
        int segments = tables.recent.size();
        assertThat(segments).isGreaterThan(3);
        int[] removals = {0};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("removeSegment") && isBefore && ++removals[0] == 2) {
                throw UnavailableStore.failure();
            }
        };
        advance(11 * MINUTE);
        packer.pass();
        packer.pass();
        assertThat(tables.recent).isEmpty();
        assertThat(removals[0]).isEqualTo(segments + 1);
    }

    @Test
    void theDelayOfARemovalBeginsWithADurableMark() {
        arrive(START, record(SENSORS.get(0), START, START, 1));
        mergeAndWait();
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("markPack") && isBefore) {
                advance(11 * MINUTE);
            }
        };
        RecentPacker packer = packer();
        packer.pass();
        packer.pass();
        assertThat(tables.recent).isNotEmpty();
        tables.hook = (operation, isBefore) -> {};
        advance(11 * MINUTE);
        packer.pass();
        assertThat(tables.recent).isEmpty();
    }

    @Test
    void aMergedPackThatIsReadBackOtherwiseIsNotMarked() {
        advance(START + 9 * HOUR);
        for (int i = 0; i < PackCompactor.MIN_PACKS; i++) {
            putPack(record(SENSORS.get(0), START + i, START, offset++));
        }
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("writePack") && !isBefore) {
                spans.damage();
            }
        };
        packer().pass();
        assertThat(spans.packs()).hasSize(PackCompactor.MIN_PACKS).allMatch(pack -> pack.replaces()
                .isEmpty());
        assertThat(spans.written()).hasSize(PackCompactor.MIN_PACKS);
    }

    @Test
    void aRemovalThatFailsIsTriedAgain() {
        arriveSome();
        mergeAndWait();
        RecentPacker packer = packer();
        packer.pass();
        int[] removed = {0};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("removeSegment") && isBefore && ++removed[0] == 3) {
                throw UnavailableStore.failure();
            }
        };
        advance(11 * MINUTE);
        packer.pass();
        assertThat(tables.recentTables.entries()).isNotEmpty();
        assertAllThere();
        packer.pass();
        assertThat(tables.recent).isEmpty();
        assertThat(tables.recentTables.entries()).isEmpty();
        assertAllThere();
    }

    @Test
    void stopsAPassWhenCassandraIsUnavailable() {
        for (int day = 0; day < 10; day++) {
            arrive(START, record(SENSORS.get(0), START - day * 24L * HOUR, START, day));
        }
        mergeAndWait();
        advance(25 * HOUR);
        int[] failed = {0};
        tables.hook = (operation, isBefore) -> {
            if (operation.equals("segments") && isBefore) {
                failed[0]++;
                throw UnavailableStore.failure();
            }
        };
        RecentPacker packer = packer();
        packer.pass();
        assertThat(failed[0]).isEqualTo(Attempts.MAX_FAILURES_IN_A_ROW);
        tables.hook = (operation, isBefore) -> {};
        packer.pass();
        assertThat(spans.packs()).hasSize(10);
        assertAllThere();
    }

    @Test
    void removalsTakeBoundedMemory() {
        PendingRemovals removals = new PendingRemovals(
                new Attempts.Reports(
                        packingMetrics::failed,
                        new RateLimitedLog(Logger.getLogger(RecentPacker.class), Logger.Level.WARN)),
                waits,
                () -> nanos);
        List<UUID> removed = new ArrayList<>();
        int added = 0;
        while (!removals.isFull()) {
            UUID id = UUID.randomUUID();
            removals.add(new PendingRemovals.Removal(span, Optional.of(id)), 1_000, () -> removed.add(id));
            added++;
        }
        assertThat(added).isEqualTo(PendingRemovals.MAX_SEGMENTS / 1_000);
        removals.add(new PendingRemovals.Removal(span, Optional.empty()), 1, () -> {});
        assertThat(removals.contains(new PendingRemovals.Removal(span, Optional.empty())))
                .isFalse();
        removals.run();
        assertThat(removed).isEmpty();
        nanos += RemovalDelays.DELAY.toNanos() + 1;
        removals.run();
        assertThat(removed).hasSize(added);
        assertThat(removals.isFull()).isFalse();
    }
}
