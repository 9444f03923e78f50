package io.telltale.store;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import org.jspecify.annotations.Nullable;

/**
 * The deletion of a range of a sensor's readings. It covers readings in {@code [fromMillis, toMillis)} with a record
 * time up to the time of the deletion. They stay deleted, also if they are consumed from Kafka again.
 *
 * @param deletedAtMillis the time of the deletion, in milliseconds since the epoch, by the clock of the replica that
 *     accepted it
 * @param fromMillis the first event time, inclusive
 * @param toMillis the end of the event times, exclusive
 * @param shreddedType the type of a sensor that was shredded: all of its readings are deleted, and its metadata; null
 *     for another deletion
 */
public record Deletion(
        SensorId sensorId,
        long deletedAtMillis,
        long fromMillis,
        long toMillis,
        @Nullable SensorType shreddedType) {

    public Deletion {
        if (fromMillis >= toMillis) {
            throw new IllegalArgumentException(
                    "deletion from %d ms to %d ms is empty; expected from before to".formatted(fromMillis, toMillis));
        }
    }

    /** A deletion of a range of readings. */
    public Deletion(SensorId sensorId, long deletedAtMillis, long fromMillis, long toMillis) {
        this(sensorId, deletedAtMillis, fromMillis, toMillis, null);
    }

    /** The deletion of all readings of a sensor that is shredded. */
    static Deletion shredding(SensorId sensorId, SensorType type, long deletedAtMillis) {
        return new Deletion(
                sensorId, deletedAtMillis, Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS + 1, type);
    }

    /** Whether the sensor was shredded. A later sensor of its id has the readings that are recorded later. */
    public boolean isShredding() {
        return shreddedType != null;
    }

    /** Whether it deletes a reading of this sensor. */
    boolean covers(long timestampMillis, long recordTimeMillis) {
        return recordTimeMillis <= deletedAtMillis && timestampMillis >= fromMillis && timestampMillis < toMillis;
    }

    boolean overlaps(long from, long to) {
        return fromMillis < to && from < toMillis;
    }

    /** Whether it covers everything that another deletion of the same sensor covers, and may replace it. */
    boolean includes(Deletion other) {
        return (isShredding() || !other.isShredding())
                && deletedAtMillis >= other.deletedAtMillis
                && fromMillis <= other.fromMillis
                && toMillis >= other.toMillis;
    }
}
