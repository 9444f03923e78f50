package io.telltale.store;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;

/**
 * A sensor as readings speak of it. One id may come under two types, of which one is wrong.
 *
 * @param id whose readings they are
 * @param type the type of the topic they came in
 * @param said what they say of it
 */
public record SensorObservation(SensorId id, SensorType type, TimestampedDescription said) {

    /** Both, of one sensor and type, in whatever order they came. */
    public SensorObservation and(SensorObservation other) {
        return new SensorObservation(id, type, said.and(other.said));
    }
}
