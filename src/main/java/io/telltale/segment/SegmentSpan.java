package io.telltale.segment;

import io.telltale.sensors.Rfc3339;

/**
 * The readings of one sensor within one block of a segment.
 *
 * @param sensor the key of the sensor
 * @param firstMillis the event time of the block's first reading, in milliseconds since the epoch
 * @param lastMillis the event time of the block's last reading, inclusive
 * @param count the number of readings of the sensor in the block, at least 1
 */
public record SegmentSpan(long sensor, long firstMillis, long lastMillis, int count) {

    @Override
    public String toString() {
        return "sensor=%016x from=%s to=%s readings=%d"
                .formatted(sensor, Rfc3339.format(firstMillis), Rfc3339.format(lastMillis), count);
    }
}
