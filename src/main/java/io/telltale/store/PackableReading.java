package io.telltale.store;

import io.telltale.segment.SegmentReading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;

/** A reading as a segment stores it. */
public record PackableReading(
        SensorId sensorId,
        long timestampMillis,
        Value value,
        long recordTimeMillis,
        long originPosition,
        int originEpoch,
        long expirySecond)
        implements SegmentReading {

    static PackableReading of(SensorId sensorId, SegmentReading reading) {
        return new PackableReading(
                sensorId,
                reading.timestampMillis(),
                reading.value(),
                reading.recordTimeMillis(),
                reading.originPosition(),
                reading.originEpoch(),
                reading.expirySecond());
    }

    StoredReading stored() {
        return new StoredReading(timestampMillis, value, RecordOrigin.of(originEpoch, originPosition));
    }

    @Override
    public long sensor() {
        return PackedSegment.SENSOR_KEY;
    }
}
