package io.telltale.store;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;

/**
 * What readings report of their sensor. Observations of one id may have two types, of which one is wrong.
 *
 * @param id the sensor that the readings name
 * @param type the type of their topic
 * @param reported the unit and the site that they report
 */
public record SensorObservation(SensorId id, SensorType type, TimestampedDescription reported) {

    /** Combines two observations of the same sensor and type; their order does not matter. */
    public SensorObservation and(SensorObservation other) {
        return new SensorObservation(id, type, reported.and(other.reported));
    }
}
