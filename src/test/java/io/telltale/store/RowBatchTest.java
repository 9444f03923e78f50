package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowBatchTest {

    private static final SensorType TYPE = new SensorType("temperature");

    static RowBatch rows(RecordedReading... readings) {
        return rows(List.of(readings));
    }

    static RowBatch rows(List<RecordedReading> readings) {
        RowBatch rows = new RowBatch();
        readings.forEach(rows::add);
        return rows;
    }

    /** Enough rows to grow the arrays several times, with the shortest and the longest values. */
    @Test
    void rowsEqualTheAddedReadings() {
        Random random = new Random(11);
        List<RecordedReading> readings = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            readings.add(new RecordedReading(
                    new Reading(
                            new SensorId("s".repeat(random.nextInt(1, SensorId.MAX_LENGTH + 1))),
                            TYPE,
                            random.nextLong(Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS),
                            value(random)),
                    new RecordOrigin(random.nextInt(256), random.nextInt(65_536), random.nextLong(1L << 48)),
                    random.nextLong(-5_000, 5_000)));
        }
        RowBatch rows = rows(readings);
        assertThat(rows.size()).isEqualTo(readings.size());
        for (int row = 0; row < rows.size(); row++) {
            Reading reading = readings.get(row).reading();
            ByteBuffer cell = rows.cellBytes(row);
            assertThat(rows.sensorId(row)).isEqualTo(reading.sensorId());
            assertThat(rows.sensorIdBytes(row))
                    .isEqualTo(CqlBytes.ofText(reading.sensorId().value()));
            assertThat(rows.timestampMillis(row)).isEqualTo(reading.timestampMillis());
            assertThat(rows.timestampBytes(row)).isEqualTo(CqlBytes.ofLong(reading.timestampMillis()));
            assertThat(ReadingCell.value(cell)).isEqualTo(reading.value());
            assertThat(ReadingCell.origin(cell)).isEqualTo(readings.get(row).origin());
            assertThat(rows.recordTimeMillis(row)).isEqualTo(readings.get(row).recordTimeMillis());
            assertThat(rows.writeTimestampBytes(row))
                    .isEqualTo(CqlBytes.ofLong(readings.get(row).recordTimeMillis() * 1_000));
        }
    }

    @Test
    void findsSensorsWithoutAnIndexEntryForTheBucket() {
        BucketIndexCache cache = new BucketIndexCache(1_000);
        RowBatch rows = rows(reading("a", 1), reading("b", 2), reading("a", 3), reading("c", 4));
        assertThat(cache.missing(rows, 0)).containsExactly(new SensorId("a"), new SensorId("b"), new SensorId("c"));
        cache.add(new SensorId("a"), 0, false);
        cache.add(new SensorId("b"), 0, true);
        cache.add(new SensorId("c"), 900_000, false);
        assertThat(cache.missing(rows, 0)).containsExactly(new SensorId("b"), new SensorId("c"));
        cache.add(new SensorId("b"), 0, false);
        cache.add(new SensorId("c"), 0, false);
        assertThat(cache.missing(rows, 0)).isEmpty();
    }

    private static RecordedReading reading(String id, long timestamp) {
        return new RecordedReading(
                new Reading(new SensorId(id), TYPE, timestamp, Value.Flag.TRUE), new RecordOrigin(1, 0, timestamp), 0);
    }

    private static Value value(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Value.Flag.of(random.nextBoolean());
            case 1 -> new Value.Text("\ud83d\ude00".repeat(random.nextInt(Value.MAX_TEXT_CODE_POINTS + 1)));
            case 2 -> new Value.Text("");
            default -> new Value.Numeric(random.nextGaussian());
        };
    }
}
