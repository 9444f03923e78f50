package io.telltale.bench;

import io.telltale.sensors.SensorId;

/**
 * A sensor with a reading a second, none missing, so that it is known how many any range holds.
 *
 * @param readings how many there are
 * @param endMillis the end of the last one's second, exclusive
 */
record StoredSensor(SensorId id, int readings, long endMillis) {

    static final long STEP_MILLIS = 1_000;

    long startMillis() {
        return endMillis - readings * STEP_MILLIS;
    }
}
