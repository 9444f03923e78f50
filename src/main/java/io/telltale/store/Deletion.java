package io.telltale.store;

import io.telltale.sensors.SensorId;

/**
 * The deletion of a range of a sensor's readings. It covers readings in {@code [fromMillis, toMillis)} with a record
 * time up to the time of the deletion. They stay deleted, also if they are consumed from Kafka again.
 *
 * @param deletedAtMillis the time of the deletion, in milliseconds since the epoch, by the clock of the replica that
 *     accepted it
 * @param fromMillis the first event time, inclusive
 * @param toMillis the end of the event times, exclusive
 */
public record Deletion(SensorId sensorId, long deletedAtMillis, long fromMillis, long toMillis) {

    public Deletion {
        if (fromMillis >= toMillis) {
            throw new IllegalArgumentException(
                    "deletion from %d ms to %d ms is empty; expected from before to".formatted(fromMillis, toMillis));
        }
    }

    /** Whether it deletes a reading of this sensor. */
    boolean covers(long timestampMillis, long recordTimeMillis) {
        return recordTimeMillis <= deletedAtMillis && timestampMillis >= fromMillis && timestampMillis < toMillis;
    }

    boolean overlaps(long from, long to) {
        return fromMillis < to && from < toMillis;
    }

    /** Whether it covers everything that another deletion of the same sensor covers. */
    boolean includes(Deletion other) {
        return deletedAtMillis >= other.deletedAtMillis && fromMillis <= other.fromMillis && toMillis >= other.toMillis;
    }
}
