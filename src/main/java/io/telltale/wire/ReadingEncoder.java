package io.telltale.wire;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;

/**
 * Encodes readings as JSON: bodies for Kafka, data of live events, lines of NDJSON. {@link ReadingDecoder} decodes the
 * same reading. Stateless and thread-safe.
 */
public final class ReadingEncoder {

    private static final int TYPICAL_BYTES = 160;

    /** The body of a Kafka record as in the contract, without an unknown unit or site. */
    public byte[] body(Reading reading, Description description) {
        EncodedBytes target = new EncodedBytes(TYPICAL_BYTES);
        openObject(reading, target);
        if (description.unit() != null) {
            target.ascii(",\"unit\":").jsonString(description.unit());
        }
        if (description.site() != null) {
            target.ascii(",\"site\":").jsonString(description.site());
        }
        target.ascii('}');
        return target.toByteArray();
    }

    /** The data of a live event, on one line: {@code {"sensorId","type","timestamp","value"}}. */
    public void event(Reading reading, EncodedBytes target) {
        openObject(reading, target);
        target.ascii('}');
    }

    /**
     * A line of NDJSON of one sensor, with its line feed: {@code {"timestamp","value"}}.
     *
     * @param timestampMillis in milliseconds since the epoch
     */
    public void line(long timestampMillis, Value value, EncodedBytes target) {
        object(timestampMillis, value, target);
        target.ascii('\n');
    }

    /**
     * A line of NDJSON of many sensors, with its line feed: {@code {"sensorId","timestamp","value"}}.
     *
     * @param timestampMillis in milliseconds since the epoch
     */
    public void line(SensorId sensorId, long timestampMillis, Value value, EncodedBytes target) {
        object(sensorId, timestampMillis, value, target);
        target.ascii('\n');
    }

    /** The object {@code {"timestamp","value"}}, as in a page. */
    public void object(long timestampMillis, Value value, EncodedBytes target) {
        target.ascii('{');
        members(timestampMillis, value, target);
        target.ascii('}');
    }

    /** The object {@code {"sensorId","timestamp","value"}}, as in a page. */
    public void object(SensorId sensorId, long timestampMillis, Value value, EncodedBytes target) {
        target.ascii("{\"sensorId\":\"").ascii(sensorId.value()).ascii("\",");
        members(timestampMillis, value, target);
        target.ascii('}');
    }

    // Ids, types and instants are ASCII without escapes by construction.
    private static void openObject(Reading reading, EncodedBytes target) {
        target.ascii("{\"sensorId\":\"").ascii(reading.sensorId().value());
        target.ascii("\",\"type\":\"").ascii(reading.type().name()).ascii("\",");
        members(reading.timestampMillis(), reading.value(), target);
    }

    private static void members(long timestampMillis, Value value, EncodedBytes target) {
        target.ascii("\"timestamp\":\"").instant(timestampMillis).ascii("\",\"value\":");
        target.jsonValue(value);
    }
}
