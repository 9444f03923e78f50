package io.telltale.store;

import io.telltale.segment.SegmentReading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;

/** A row as a segment stores it. */
public record PackableReading(
        SensorId sensorId,
        long timestampMillis,
        Value value,
        long recordTimeMillis,
        long originPosition,
        int originEpoch,
        long expirySecond)
        implements SegmentReading {

    @Override
    public long sensor() {
        return PackedSegment.SENSOR_KEY;
    }
}
