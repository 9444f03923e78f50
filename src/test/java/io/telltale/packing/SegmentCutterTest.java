package io.telltale.packing;

import static io.telltale.packing.MemoryTables.sensor;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.segment.Segment;
import io.telltale.segment.SegmentReading;
import io.telltale.segment.SegmentSummary;
import io.telltale.sensors.Value;
import io.telltale.store.PackableReading;
import io.telltale.store.PackedSegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SegmentCutterTest {

    private static final long NOW = 1_770_000_000;

    @Test
    void cutsBySensorAndByNumber() {
        List<PackableReading> readings = new ArrayList<>();
        for (int i = 0; i < SegmentCutter.MAX_READINGS + 5; i++) {
            readings.add(reading(2, i, new Value.Numeric(i), SegmentReading.NEVER));
        }
        readings.add(reading(1, 0, Value.Flag.TRUE, SegmentReading.NEVER));
        List<PackedSegment> segments = cut(readings);
        assertThat(segments).extracting(PackedSegment::sensorId).containsExactly(sensor(2), sensor(2), sensor(1));
        assertThat(segments).extracting(PackedSegment::startMillis).containsExactly(0L, 3_600L, 0L);
        assertThat(segments)
                .extracting(segment -> Segment.open(segment.segment()).count())
                .containsExactly(3_600L, 5L, 1L);
        assertThat(segments)
                .extracting(segment -> SegmentSummary.decode(segment.summary()).stream()
                        .mapToLong(SegmentSummary::count)
                        .sum())
                .containsExactly(3_600L, 5L, 1L);
    }

    @Test
    void cutsLongTexts() {
        List<PackableReading> readings = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            readings.add(reading(1, i, new Value.Text("x".repeat(1_023) + i % 10), SegmentReading.NEVER));
        }
        List<PackedSegment> segments = cut(readings);
        assertThat(segments).hasSize(3);
        assertThat(segments.stream()
                        .mapToLong(segment -> Segment.open(segment.segment()).count())
                        .sum())
                .isEqualTo(300);
    }

    @Test
    void aSegmentLivesAsLongAsItsLastReading() {
        assertThat(cut(List.of(reading(1, 0, Value.Flag.TRUE, NOW + 10), reading(1, 1, Value.Flag.TRUE, NOW + 20))))
                .extracting(PackedSegment::ttlSeconds)
                .containsExactly(20 + (int) SegmentCutter.MARGIN_SECONDS);
        assertThat(cut(List.of(
                        reading(1, 0, Value.Flag.TRUE, NOW + 10),
                        reading(1, 1, Value.Flag.TRUE, SegmentReading.NEVER))))
                .extracting(PackedSegment::ttlSeconds)
                .containsExactly(0);
        assertThat(cut(List.of(reading(1, 0, Value.Flag.TRUE, NOW - 9_000))))
                .as("it is read back")
                .extracting(PackedSegment::ttlSeconds)
                .containsExactly((int) SegmentCutter.MARGIN_SECONDS);
    }

    private static List<PackedSegment> cut(List<PackableReading> readings) {
        SegmentCutter cutter = new SegmentCutter(NOW);
        List<PackedSegment> segments = new ArrayList<>();
        readings.forEach(reading -> cutter.add(reading).ifPresent(segments::add));
        cutter.finish().ifPresent(segments::add);
        assertThat(cutter.finish()).isEmpty();
        return segments;
    }

    private static PackableReading reading(int sensor, long millis, Value value, long expirySecond) {
        return new PackableReading(sensor(sensor), millis, value, 5, 6, 1, expirySecond);
    }
}
