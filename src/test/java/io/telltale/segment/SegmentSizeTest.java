package io.telltale.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bounds of the bytes per reading: with time, record time, origin, index and checksums. */
class SegmentSizeTest {

    private static final int READINGS = 900;
    private static final int SENSORS = 20;
    private static final int FRESH = 166;

    @ParameterizedTest
    @CsvSource({
        "TEMPERATURE, 1.6",
        "POWER, 1.9",
        "CONSTANT, 1.4",
        "FULL_DOUBLES, 8.6",
        "BOOLEANS, 1.5",
        "DOOR, 1.5",
    })
    void takesFewBytesPerReading(SegmentSeries series, double maxBytes) {
        SegmentWriter writer = new SegmentWriter(READINGS);
        long bytes = 0;
        for (int sensor = 0; sensor < SENSORS; sensor++) {
            bytes += Row.segment(writer, series.rows(sensor, READINGS)).length;
        }
        double perReading = (double) bytes / (SENSORS * READINGS);

        assertThat(perReading).isBetween(0.5, maxBytes);
    }

    /** One reading of each sensor, as ingest writes them: most of it is the sensor key. */
    @Test
    void takesFewBytesForFreshReadings() {
        SegmentWriter writer = new SegmentWriter(READINGS);
        long[] sensors = new Random(1).longs(FRESH).sorted().toArray();
        for (int i = 0; i < FRESH; i++) {
            Row row = SegmentSeries.TEMPERATURE.rows(i, 1).get(0);
            writer.add(new Row(
                    sensors[i],
                    row.timestampMillis(),
                    row.value(),
                    row.recordTimeMillis(),
                    row.originPosition(),
                    row.originEpoch(),
                    row.expirySecond()));
        }

        assertThat(writer.finish().length / (double) FRESH).isBetween(9.0, 12.5);
    }
}
