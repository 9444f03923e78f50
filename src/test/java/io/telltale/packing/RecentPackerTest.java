package io.telltale.packing;

import static io.telltale.packing.MergedRecords.SENSORS;
import static io.telltale.packing.MergedRecords.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.telltale.packing.SpanUnionPacker.Limits;
import io.telltale.segment.Segment;
import io.telltale.sensors.Reading;
import io.telltale.store.Deletion;
import io.telltale.store.PackedSegment;
import io.telltale.store.RecentBucket;
import io.telltale.store.RecordedReading;
import io.telltale.store.Span;
import io.telltale.store.SpanPack;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What the packer of recent segments does, and when. */
class RecentPackerTest extends RecentPackerFixture {

    @Test
    void packsASpanOnlyWhenItHasEndedForSomeTime() {
        arrive(START, record(SENSORS.get(0), START, START, 1));
        advance(START + 5 * MINUTE);
        merger().pass();
        advance(START + 8 * HOUR - 1 - tables.nowMillis);
        packer().pass();
        assertThat(spans.packs()).isEmpty();
        assertThat(unpacked()).as("spans that have not ended for long enough").isZero();
        advance(1);
        packer().pass();
        assertThat(spans.packsOf(span)).hasSize(1);
        assertAllThere();
        assertThat(unpacked()).isZero();
        assertThat(registry.get("telltale.packing.readings").counter().count()).isEqualTo(1);
        assertThat(registry.get("telltale.packing.spans").counter().count()).isEqualTo(1);
        assertThat(registry.get("telltale.packing.bytes").counter().count()).isPositive();
    }

    private double unpacked() {
        return registry.get("telltale.packing.recent.unpacked").gauge().value();
    }

    /** A clock that was wrong for a moment must not stop the packing for as long. */
    @Test
    void anEntryOfTheFutureSaysNothing() {
        arrive(START, record(SENSORS.get(0), START, START, 1));
        long year = 365 * 24 * HOUR;
        advance(START + 9 * HOUR);
        tables.nowMillis += year;
        merger().pass();
        tables.nowMillis -= year;
        packer().pass();
        assertThat(spans.packs()).hasSize(1);
        assertAllThere();
    }

    @Test
    void waitsUntilNoEntryIsNew() {
        arrive(START, record(SENSORS.get(0), START, START, 1));
        advance(START + 9 * HOUR);
        merger().pass();
        // A tenth of the three hours since the end of the span.
        advance(18 * MINUTE);
        packer().pass();
        assertThat(spans.packs()).isEmpty();
        assertThat(unpacked()).isEqualTo(1);
        advance(3 * MINUTE);
        packer().pass();
        assertThat(spans.packs()).hasSize(1);
        assertThat(unpacked()).isZero();
    }

    @Test
    void removesWhatItHasReadAfterSomeTime() {
        arriveSome();
        mergeAndWait();
        RecentPacker packer = packer();
        packer.pass();
        int recent = tables.recent.size();
        for (long minutes : new long[] {0, 10}) {
            advance(minutes * MINUTE);
            packer.pass();
            assertThat(tables.recent).hasSize(recent).isNotEmpty();
            assertThat(tables.recentTables.entries()).isNotEmpty();
        }
        nanos++;
        packer.pass();
        assertThat(tables.recent).isEmpty();
        assertThat(tables.recentTables.entries()).isEmpty();
        assertAllThere();
        assertThat(unpacked()).isZero();
    }

    /** Its packer may have crashed, or waits until it may remove the segments. */
    @Test
    void aSpanThatWasJustPackedIsNotPackedAgain() {
        arriveSome();
        mergeAndWait();
        packer().pass();
        List<SpanPack> packs = spans.packs();
        advance(11 * MINUTE);
        packer().pass();
        assertThat(spans.packs()).isEqualTo(packs);
        assertThat(unpacked()).isPositive();
        advance(2 * HOUR);
        RecentPacker second = packer();
        second.pass();
        assertThat(spans.packs()).hasSize(2 * packs.size());
        advance(11 * MINUTE);
        second.pass();
        assertThat(tables.recent).isEmpty();
        assertAllThere();
    }

    @Test
    void anEntryThatIsWrittenAgainSurvivesTheRemoval() {
        arrive(START, record(SENSORS.get(0), START, START, 1));
        mergeAndWait();
        RecentPacker packer = packer();
        packer.pass();
        RecentBucket packed = tables.recentTables.entries().get(0);
        arrive(tables.nowMillis, record(SENSORS.get(0), START + 1, START, 2));
        advance(11 * MINUTE);
        merger().pass();
        assertThat(tables.recent).hasSize(2);
        packer.pass();
        assertThat(tables.recent).hasSize(1);
        assertThat(tables.recentTables.entries()).singleElement().satisfies(entry -> assertThat(entry.writtenMicros())
                .isGreaterThan(packed.writtenMicros()));
        assertAllThere();
    }

    @Test
    void packsOfLateReadingsAreMerged() {
        RecentPacker packer = packer();
        packLate(packer, PackCompactor.MIN_PACKS - 1);
        List<UUID> packs = MemorySpanTables.current(spans.packs());
        assertThat(packs).hasSize(PackCompactor.MIN_PACKS - 1);
        packLate(packer, 1);
        assertThat(MemorySpanTables.current(spans.packs())).hasSize(1).doesNotContainAnyElementsOf(packs);
        assertThat(spans.written()).hasSize(PackCompactor.MIN_PACKS + 1);
        assertAllThere();
        packer.pass();
        advance(10 * MINUTE);
        packer.pass();
        assertThat(spans.written()).hasSize(PackCompactor.MIN_PACKS + 1);
        nanos++;
        packer.pass();
        assertThat(spans.written()).hasSize(1);
        assertThat(spans.packs()).hasSize(1);
        assertAllThere();
    }

    /** Packs readings that arrive one after another, each late. */
    private void packLate(RecentPacker packer, int times) {
        for (int i = 0; i < times; i++) {
            advance(Math.max(0, START - tables.nowMillis));
            arrive(tables.nowMillis, record(SENSORS.get(0), START + offset, START, offset++));
            mergeAndWait();
            advance(24 * HOUR);
            packer.pass();
        }
    }

    @Test
    void replacedPacksOfACrashedPackerAreFound() {
        packLate(packer(), PackCompactor.MIN_PACKS);
        RecentPacker other = packer();
        other.pass();
        advance(11 * MINUTE);
        other.pass();
        assertThat(spans.packs()).hasSize(1);
        assertThat(spans.written()).hasSize(1);
        assertAllThere();
    }

    @Test
    void manyPacksOfACrashedPackerAreMerged() {
        putPacks();
        packer().pass();
        assertThat(MemorySpanTables.current(spans.packs())).hasSize(1);
        assertAllThere();
    }

    /** Enough packs to be merged, with corrections. */
    private void putPacks() {
        advance(START + 9 * HOUR);
        for (int i = 0; i < PackCompactor.MIN_PACKS; i++) {
            putPack(
                    record(SENSORS.get(0), START + 1, START + i, offset++),
                    record(SENSORS.get(0), START + 2 + i, START, offset++),
                    record(SENSORS.get(i % 3), START + 9, START, offset++));
        }
    }

    /** Without its mark they would be read again. */
    @Test
    void aReplacedPackOutlivesThoseThatItReplaces() {
        advance(START + 9 * HOUR);
        RecordedReading one = record(SENSORS.get(0), START, START, 1);
        UUID first = putPack(one);
        UUID second = putPack(one);
        UUID third = putPack(one);
        waits.get(spans.mark(span, second, Set.of(first)));
        waits.get(spans.mark(span, third, Set.of(second)));
        RecentPacker packer = packer();
        packer.pass();
        advance(11 * MINUTE);
        packer.pass();
        assertThat(spans.packs()).extracting(SpanPack::id).containsExactlyInAnyOrder(second, third);
        advance(25 * HOUR);
        packer.pass();
        advance(11 * MINUTE);
        packer.pass();
        assertThat(spans.packs()).extracting(SpanPack::id).containsExactly(third);
        assertThat(spans.written()).containsExactly(third);
        assertAllThere();
    }

    @Test
    void deletedReadingsAreLeftOut() {
        arriveSome();
        delete(0, START - 20 * MINUTE, START);
        mergeAndWait();
        packer().pass();
        assertAllThere();
        MergedRecords packed = new MergedRecords();
        MemorySpanTables.current(spans.packs()).forEach(pack -> packed.addHistory(spans.segments(pack)));
        packed.assertSameAs(expected.without(spans.deleted));
    }

    private void delete(int sensor, long from, long to) {
        spans.deleted.add(new Deletion(SENSORS.get(sensor), START + HOUR, from, to));
    }

    @Test
    void whereAllIsDeletedSegmentsAreRemovedWithoutAPack() {
        arriveSome();
        for (int sensor = 0; sensor < SENSORS.size(); sensor++) {
            delete(sensor, Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS);
        }
        mergeAndWait();
        RecentPacker packer = packer();
        packer.pass();
        assertThat(spans.packs()).isEmpty();
        assertThat(spans.written()).isEmpty();
        assertThat(tables.recent).isNotEmpty();
        advance(11 * MINUTE);
        packer.pass();
        assertThat(tables.recent).isEmpty();
        assertThat(tables.recentTables.entries()).isEmpty();
    }

    @Test
    void packsWhoseReadingsAreAllDeletedAreRemoved() {
        putPacks();
        for (int sensor = 0; sensor < SENSORS.size(); sensor++) {
            delete(sensor, Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS);
        }
        RecentPacker packer = packer();
        packer.pass();
        assertThat(spans.packs()).hasSize(PackCompactor.MIN_PACKS);
        advance(11 * MINUTE);
        packer.pass();
        assertThat(spans.packs()).isEmpty();
        assertThat(spans.written()).isEmpty();
    }

    @Test
    void removesTheEntryOfABucketWithoutSegments() {
        arrive(START, record(SENSORS.get(0), START, START, 1));
        mergeAndWait();
        tables.recent.clear();
        RecentPacker packer = packer();
        packer.pass();
        assertThat(spans.packs()).isEmpty();
        advance(11 * MINUTE);
        packer.pass();
        assertThat(tables.recentTables.entries()).isEmpty();
    }

    /** They would have the same key in history. */
    @Test
    void aBucketThatDoesNotFitBecomesSeveralPacks() {
        limits = new Limits(1, 1_000);
        for (int i = 0; i < 3; i++) {
            // Corrections: in each minute the same instant comes first.
            arrive(START + i * MINUTE, record(SENSORS.get(0), START, START + i, offset++));
            arrive(START + i * MINUTE, record(SENSORS.get(0), START + 20 * MINUTE, START + i, offset++));
        }
        mergeAndWait();
        RecentPacker packer = packer();
        packer.pass();
        assertThat(spans.written()).as("with the one that they are merged into").hasSize(6);
        assertThat(MemorySpanTables.current(spans.packs())).hasSize(1);
        assertAllThere();
        advance(11 * MINUTE);
        packer.pass();
        assertThat(tables.recent).isEmpty();
        assertAllThere();
    }

    @Test
    void oneChunkTakesSeveralBuckets() {
        for (int i = 0; i < 12; i++) {
            arrive(START + i * 15L * MINUTE, record(SENSORS.get(0), START + i * 15L * MINUTE, START, offset++));
        }
        mergeAndWait();
        packer().pass();
        assertThat(packedOf(span)).singleElement().satisfies(segment -> assertThat(
                        Segment.open(segment.segment()).count())
                .isEqualTo(12));
    }

    @Test
    void aChunkEndsWithABucket() {
        // Four segments, one for each bucket.
        limits = new Limits(4 * SpanUnionPacker.SEGMENT_OVERHEAD + 1_000, 1_000);
        for (int i = 0; i < 12; i++) {
            arrive(START + i * 15L * MINUTE, record(SENSORS.get(0), START + i * 15L * MINUTE, START, offset++));
        }
        mergeAndWait();
        packer().pass();
        assertThat(spans.packsOf(span)).hasSize(1);
        assertThat(packedOf(span)).hasSize(3).allSatisfy(segment -> assertThat(
                        Segment.open(segment.segment()).count())
                .isEqualTo(4));
        assertAllThere();
    }

    private List<PackedSegment> packedOf(Span one) {
        List<PackedSegment> packed = new ArrayList<>();
        spans.packsOf(one).forEach(pack -> packed.addAll(spans.segments(pack.id())));
        return packed;
    }

    @Test
    void aSpanWithManySegmentsIsPackedInParts() {
        limits = new Limits(1 << 20, 3);
        for (int i = 0; i < 10; i++) {
            arrive(START + i * MINUTE, record(SENSORS.get(0), START + i % 4 * 15L * MINUTE, START + i, offset++));
        }
        mergeAndWait();
        RecentPacker packer = packer();
        packer.pass();
        assertThat(unpacked()).isEqualTo(1);
        assertThat(spans.packsOf(span)).hasSize(1);
        for (int part = 1; part < 4; part++) {
            advance(11 * MINUTE);
            packer.pass();
            assertAllThere();
            assertThat(tables.recent).hasSize(10 - 3 * part);
            advance(24 * HOUR);
            packer.pass();
            assertAllThere();
        }
        advance(11 * MINUTE);
        packer.pass();
        assertThat(tables.recent).isEmpty();
        assertThat(tables.recentTables.entries()).isEmpty();
    }

    @Test
    void aTypeWhoseLevelsDoNotMeetIsNotPacked() {
        arriveSome();
        mergeAndWait();
        spans.isPackable = false;
        packer().pass();
        assertThat(spans.packs()).isEmpty();
        assertThat(tables.recent).isNotEmpty();
    }

    @Test
    void startsWithTheFirstTypeThatHasSegments() throws Exception {
        arriveSome();
        mergeAndWait();
        RecentPacker off = packer(false);
        off.start(new StartupEvent());
        RecentPacker packer = packer();
        packer.start(new StartupEvent());
        assertThat(threads()).isZero();
        tables.needed.complete(null);
        Awaitility.await().until(() -> threads() == 1);
        packer.stop(new ShutdownEvent());
        off.stop(new ShutdownEvent());
        assertThat(threads()).isZero();
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("recent-packer"))
                .count();
    }
}
