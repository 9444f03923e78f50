package io.telltale.evaluate.queries;

import io.telltale.sensors.SensorId;

/**
 * Readings of one sensor at a fixed interval.
 *
 * @param startMillis the event time of the first reading
 * @param readings how many
 * @param stepMillis between two readings
 */
record Series(SensorId id, long startMillis, int readings, long stepMillis) {

    /** The end of the last reading's interval, exclusive. */
    long endMillis() {
        return startMillis + readings * stepMillis;
    }

    /** How many of the readings are in {@code [fromMillis, toMillis)}. */
    long count(long fromMillis, long toMillis) {
        return Math.max(0, before(toMillis) - before(fromMillis));
    }

    private long before(long millis) {
        return Math.max(0, Math.min(readings, -Math.floorDiv(startMillis - millis, stepMillis)));
    }
}
