package io.telltale.store;

import io.telltale.sensors.Reading;
import io.telltale.sensors.Value;

/**
 * A reading on its way into the store, with the Kafka record it came in.
 *
 * @param reading the reading
 * @param origin the record's place in Kafka
 * @param recordTimeMillis the record time, in milliseconds since the epoch: of several records for one sensor and
 *     millisecond the one with the later record time wins
 */
public record RecordedReading(Reading reading, RecordOrigin origin, long recordTimeMillis) {

    /** What a row costs besides id and value: the statement's fixed parts, and its share of what holds it until it is written. */
    private static final int FIXED_BYTES = 160;

    /** About how much memory it takes, and at most how much of a batch, in bytes. */
    public int sizeBytes() {
        int valueBytes =
                reading.value() instanceof Value.Text text ? 3 * text.text().length() : Double.BYTES;
        return FIXED_BYTES + reading.sensorId().value().length() + valueBytes;
    }
}
