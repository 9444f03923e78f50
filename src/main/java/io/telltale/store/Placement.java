package io.telltale.store;

import io.telltale.sensors.SensorType;

/** Where a reading is written. Readings of one placement share requests. */
public sealed interface Placement permits ReadingPartition, Lane {

    /** The type of its readings. */
    SensorType type();
}
