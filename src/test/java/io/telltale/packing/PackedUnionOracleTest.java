package io.telltale.packing;

import static io.telltale.packing.MemoryMergingTables.TYPE;
import static io.telltale.packing.MergedRecords.SENSORS;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.packing.SpanUnionPacker.Limits;
import io.telltale.store.Deletion;
import io.telltale.store.FreshMinute;
import io.telltale.store.FreshRow;
import io.telltale.store.MergingAccess;
import io.telltale.store.PackableReading;
import io.telltale.store.RecordedReading;
import io.telltale.store.SpanPack;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Random readings, on time and late, with corrections, deletions and expiries. After each step of merging, packing and
 * compaction, a read must give what a map gives that was told the same.
 */
class PackedUnionOracleTest extends RecentPackerFixture {

    private Random random = new Random();

    @RepeatedTest(16)
    void packedReadingsAreThoseThatArrived(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        limits = new Limits(1 + random.nextInt(5 * SpanUnionPacker.SEGMENT_OVERHEAD), 5 + random.nextInt(30));
        advance(START);
        Merger merger = merger();
        RecentPacker packer = packer();
        boolean wasMerged = false;
        for (int day = 0; day < 12; day++) {
            for (int i = random.nextInt(8); i > 0; i--) {
                arriveRandomly();
            }
            advance(3 * MINUTE);
            merger.pass();
            assertAllThere();
            if (random.nextInt(3) == 0) {
                deleteRandomly();
            }
            advance(9 * HOUR + random.nextLong(12 * HOUR));
            packer.pass();
            assertAllThere();
            advance(11 * MINUTE);
            merger.pass();
            packer.pass();
            assertAllThere();
            wasMerged |= spans.packs().stream().map(SpanPack::replaces).anyMatch(replaced -> !replaced.isEmpty());
        }
        for (int pass = 0; pass < 100; pass++) {
            advance(pass % 2 == 0 ? 25 * HOUR : 11 * MINUTE);
            merger.pass();
            packer.pass();
            assertAllThere();
        }
        assertThat(tables.recent).isEmpty();
        assertThat(tables.recentTables.entries()).isEmpty();
        assertThat(spans.written()).containsExactlyInAnyOrderElementsOf(MemorySpanTables.current(spans.packs()));
        assertThat(wasMerged).isTrue();
    }

    private void arriveRandomly() {
        List<RecordedReading> records = new ArrayList<>();
        for (int i = 1 + random.nextInt(20); i > 0; i--) {
            long late = random.nextBoolean() ? random.nextLong(10 * MINUTE) : random.nextLong(100 * HOUR);
            long millis = tables.nowMillis - late;
            records.add(MergedRecords.record(
                    SENSORS.get(random.nextInt(SENSORS.size())),
                    // Few instants, so that many are corrected.
                    millis - Math.floorMod(millis, 5 * MINUTE),
                    tables.nowMillis - random.nextInt(1_000),
                    offset++));
        }
        boolean expires = random.nextBoolean();
        long expiry = expires ? tables.nowMillis / 1_000 + 1 + random.nextInt(200_000) : Long.MAX_VALUE;
        FreshMinute minute = MergingAccess.minute(TYPE, tables.nowMillis);
        List<FreshRow> rows = MergingAccess.rows(
                minute, records, UUID.randomUUID(), seq, tables.nowMillis * 1_000, timestampMillis -> expiry);
        tables.put(minute, tables.nowMillis * 1_000);
        rows.forEach(row -> tables.put(minute, row));
        seq += rows.size();
        records.forEach(record -> expected.add(record, expiry));
    }

    private void deleteRandomly() {
        List<PackableReading> all = new ArrayList<>(expected.readings());
        if (!all.isEmpty()) {
            all.sort(Comparator.comparingLong(PackableReading::timestampMillis));
            PackableReading first = all.get(random.nextInt(all.size()));
            spans.deleted.add(new Deletion(
                    first.sensorId(),
                    tables.nowMillis - random.nextLong(HOUR),
                    first.timestampMillis(),
                    first.timestampMillis() + 1 + random.nextLong(20 * MINUTE)));
        }
    }
}
