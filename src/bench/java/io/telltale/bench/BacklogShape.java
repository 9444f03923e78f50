package io.telltale.bench;

import io.telltale.sensors.SensorType;

/**
 * What a backlog looks like.
 *
 * @param sensors how many there are
 * @param b how many readings of one sensor follow each other in its Kafka partition
 * @param readingsPerSensor a multiple of {@code b}
 */
record BacklogShape(int sensors, int b, int readingsPerSensor) {

    BacklogShape {
        if (sensors < 1 || b < 1 || readingsPerSensor < b || readingsPerSensor % b != 0) {
            throw new IllegalArgumentException("%d sensors with %d readings each, %d at a time, make no backlog"
                    .formatted(sensors, readingsPerSensor, b));
        }
    }

    /** The smallest backlog of at least so many records. */
    static BacklogShape atLeast(int records, int sensors, int b) {
        int perRound = Math.multiplyExact(sensors, b);
        int rounds = Math.max(1, (records + perRound - 1) / perRound);
        return new BacklogShape(sensors, b, Math.multiplyExact(rounds, b));
    }

    int records() {
        return Math.multiplyExact(sensors, readingsPerSensor);
    }

    /** A type of its own, so that it has a topic of its own. */
    SensorType type() {
        return new SensorType("drain-b%d-s%d".formatted(b, sensors));
    }
}
