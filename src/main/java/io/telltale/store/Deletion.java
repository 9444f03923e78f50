package io.telltale.store;

import io.telltale.sensors.SensorId;

/**
 * The fact that a range of a sensor's readings was deleted: those in {@code [fromMillis, toMillis)} whose record time is
 * not after the moment of the delete are gone for good, also if they are read from Kafka once more.
 *
 * @param deletedAtMillis the moment of the delete, in milliseconds since the epoch, by the clock of the replica that took it
 * @param fromMillis the first event time, inclusive
 * @param toMillis the end of the event times, exclusive
 */
public record Deletion(SensorId sensorId, long deletedAtMillis, long fromMillis, long toMillis) {

    public Deletion {
        if (fromMillis >= toMillis) {
            throw new IllegalArgumentException(
                    "deletion from %d ms to %d ms is of nothing".formatted(fromMillis, toMillis));
        }
    }

    /** Whether a reading of this sensor is gone. */
    boolean covers(long timestampMillis, long recordTimeMillis) {
        return recordTimeMillis <= deletedAtMillis && timestampMillis >= fromMillis && timestampMillis < toMillis;
    }

    boolean overlaps(long from, long to) {
        return fromMillis < to && from < toMillis;
    }

    /** Whether nothing is gone by another deletion, of the same sensor, that is not gone by this one too. */
    boolean includes(Deletion other) {
        return deletedAtMillis >= other.deletedAtMillis && fromMillis <= other.fromMillis && toMillis >= other.toMillis;
    }
}
