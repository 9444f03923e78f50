package io.telltale.store;

import io.telltale.sensors.SensorId;

/** Chooses where the readings of a type are written. */
@FunctionalInterface
public interface Placing {

    Placement placementOf(SensorId sensorId, long timestampMillis);
}
