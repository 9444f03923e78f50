package io.telltale.store;

import io.telltale.sensors.Reading;
import io.telltale.sensors.Value;

/**
 * A reading to be stored, with its Kafka record.
 *
 * @param reading the reading
 * @param origin the record's position in Kafka
 * @param recordTimeMillis the record time, in milliseconds since the epoch: of several records for one sensor and
 *     millisecond, the one with the latest record time wins
 */
public record RecordedReading(Reading reading, RecordOrigin origin, long recordTimeMillis) {

    /**
     * The bytes of a row besides id and value: fixed parts of the statement, and the row's share of the accumulator.
     */
    private static final int FIXED_BYTES = 160;

    /** About how much memory it takes, and the maximum of its size in a request, in bytes. */
    public int sizeBytes() {
        int valueBytes =
                reading.value() instanceof Value.Text text ? 3 * text.text().length() : Double.BYTES;
        return FIXED_BYTES + reading.sensorId().value().length() + valueBytes;
    }
}
