package io.telltale.sensors;

/**
 * The value of one sensor at one instant. A sensor has at most one reading per millisecond.
 *
 * @param type the type of the sensor
 * @param timestampMillis when it was read, in milliseconds since the epoch; negative before 1970
 */
public record Reading(SensorId sensorId, SensorType type, long timestampMillis, Value value) {

    /** 0000-01-01T00:00:00Z, the first instant of RFC 3339. */
    public static final long MIN_TIMESTAMP_MILLIS = -62_167_219_200_000L;

    /** 9999-12-31T23:59:59.999Z, the last instant of RFC 3339. */
    public static final long MAX_TIMESTAMP_MILLIS = 253_402_300_799_999L;

    public Reading {
        if (timestampMillis < MIN_TIMESTAMP_MILLIS || timestampMillis > MAX_TIMESTAMP_MILLIS) {
            throw new IllegalArgumentException(
                    "timestamp %d ms is not within the years 0000 to 9999".formatted(timestampMillis));
        }
    }
}
