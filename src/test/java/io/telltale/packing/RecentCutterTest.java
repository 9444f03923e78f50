package io.telltale.packing;

import static io.telltale.packing.MemoryMergingTables.TYPE;
import static io.telltale.packing.MergedRecords.SENSORS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.segment.SegmentReading;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Value;
import io.telltale.store.FreshMinute;
import io.telltale.store.FreshRow;
import io.telltale.store.FreshUnion;
import io.telltale.store.Layout;
import io.telltale.store.MergingAccess;
import io.telltale.store.RecentSegment;
import io.telltale.store.RecordOrigin;
import io.telltale.store.RecordedReading;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class RecentCutterTest {

    private static final long START = Instant.parse("2026-01-31T06:00:00Z").toEpochMilli();
    private static final long BUCKET = 900_000;

    private final Layout layout = new MemoryMergingTables().layout();
    private final FreshMinute minute = MergingAccess.minute(TYPE, START);
    private final MergedRecords expected = new MergedRecords();

    private static long never(long timestampMillis) {
        return SegmentReading.NEVER;
    }

    private List<FreshRow> rows(List<RecordedReading> records, LongUnaryOperator expirySecond) {
        records.forEach(expected::add);
        return MergingAccess.rows(minute, records, UUID.randomUUID(), 0, 1, expirySecond);
    }

    private static RecordedReading record(int sensor, long millis, Value value) {
        return new RecordedReading(
                new Reading(SENSORS.get(sensor), TYPE, millis, value), new RecordOrigin(1, 0, millis % 1_000), START);
    }

    private List<RecentSegment> cut(List<FreshRow> rows, long nowSecond) {
        List<RecentSegment> segments = new ArrayList<>();
        new RecentCutter(layout, 7, nowSecond, some -> {
                    assertThat(some).hasSizeLessThanOrEqualTo(RecentCutter.MAX_SEGMENTS);
                    segments.addAll(some);
                })
                .cut(new FreshUnion(rows));
        return segments;
    }

    @Test
    void cutsReadingsOfMoreBucketsThanAreOpenAtATime() {
        List<RecordedReading> records = new ArrayList<>();
        for (int bucket = 1; bucket <= 2 * RecentCutter.MAX_SEGMENTS; bucket++) {
            for (int sensor = 0; sensor < SENSORS.size(); sensor++) {
                records.add(record(sensor, START - bucket * BUCKET, new Value.Numeric(bucket)));
            }
        }
        List<RecentSegment> segments = cut(rows(records, RecentCutterTest::never), START / 1_000);
        assertThat(segments).allSatisfy(segment -> {
            assertThat(segment.key().group()).isEqualTo(7);
            assertThat(segment.ttlSeconds()).isZero();
        });
        assertThat(segments).extracting(RecentSegment::key).doesNotHaveDuplicates();
        MergedRecords found = new MergedRecords();
        found.addRecent(segments);
        found.assertSameAs(expected);
    }

    @Test
    void cutsLargeSegments() {
        List<RecordedReading> records = new ArrayList<>();
        for (int i = 0; i < 6_000; i++) {
            records.add(record(
                    i % 3, START + i, new Value.Text("text %d of some length that differs".formatted(i * 7_919))));
        }
        List<RecentSegment> segments = cut(rows(records, RecentCutterTest::never), START / 1_000);
        assertThat(segments).hasSizeGreaterThan(2);
        assertThat(segments).allSatisfy(segment -> assertThat(segment.bytes()).isLessThan(RecentCutter.MAX_BYTES));
        MergedRecords found = new MergedRecords();
        found.addRecent(segments);
        found.assertSameAs(expected);
    }

    @Test
    void aSegmentLivesAsLongAsItsLastReading() {
        List<RecordedReading> records =
                List.of(record(0, START, new Value.Numeric(1)), record(0, START + 20_000, new Value.Numeric(2)));
        List<FreshRow> rows = rows(records, timestampMillis -> timestampMillis / 1_000 + 100);
        long second = START / 1_000;
        assertThat(ttls(rows, second)).containsExactly((int) SegmentCutter.MARGIN_SECONDS + 120);
        // It is read back, though all of it has expired.
        assertThat(ttls(rows, second + 1_000_000)).containsExactly((int) SegmentCutter.MARGIN_SECONDS);
    }

    private List<Integer> ttls(List<FreshRow> rows, long nowSecond) {
        return cut(rows, nowSecond).stream().map(RecentSegment::ttlSeconds).toList();
    }

    @Test
    void rejectsASegmentWhoseSensorsAreOutOfOrder() {
        FreshRow row = rows(
                        List.of(record(0, START, new Value.Numeric(1)), record(1, START, new Value.Numeric(2))),
                        RecentCutterTest::never)
                .get(0);
        byte[] swapped = new byte[row.sensors().length];
        System.arraycopy(row.sensors(), 0, swapped, swapped.length / 2, swapped.length / 2);
        System.arraycopy(row.sensors(), swapped.length / 2, swapped, 0, swapped.length / 2);
        assertThatThrownBy(() -> new FreshUnion(List.of(new FreshRow(row.key(), swapped, row.segment()))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("out of order");
    }
}
