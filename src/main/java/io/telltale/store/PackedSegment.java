package io.telltale.store;

import io.telltale.sensors.SensorId;
import java.util.Arrays;

/**
 * A row of history: a segment of one sensor.
 *
 * @param sensorId the sensor; the key inside the segment is 0
 * @param startMillis the event time of its first reading
 * @param segment the bytes of the segment
 * @param summary the bytes of its summaries
 * @param ttlSeconds after which all its readings have expired; 0 for never
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by equals below.
public record PackedSegment(SensorId sensorId, long startMillis, byte[] segment, byte[] summary, int ttlSeconds) {

    /** The key of the sensor in a segment of one sensor. */
    public static final long SENSOR_KEY = 0;

    PackedSegment withSummary(byte[] other) {
        return new PackedSegment(sensorId, startMillis, segment, other, ttlSeconds);
    }

    /** Whether another one has the same content. The time to live may differ. */
    @Override
    public boolean equals(Object other) {
        return other instanceof PackedSegment that
                && sensorId.equals(that.sensorId)
                && startMillis == that.startMillis
                && Arrays.equals(segment, that.segment)
                && Arrays.equals(summary, that.summary);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(startMillis) + 31 * sensorId.hashCode();
    }
}
