package io.telltale.packing;

import io.telltale.segment.SegmentReading;
import io.telltale.sensors.Value;

/** A view of another reading with a key of its own for the sensor. */
abstract class ForwardedReading implements SegmentReading {

    /** The other reading. */
    abstract SegmentReading reading();

    @Override
    public long timestampMillis() {
        return reading().timestampMillis();
    }

    @Override
    public Value value() {
        return reading().value();
    }

    @Override
    public long recordTimeMillis() {
        return reading().recordTimeMillis();
    }

    @Override
    public long originPosition() {
        return reading().originPosition();
    }

    @Override
    public int originEpoch() {
        return reading().originEpoch();
    }

    @Override
    public long expirySecond() {
        return reading().expirySecond();
    }
}
