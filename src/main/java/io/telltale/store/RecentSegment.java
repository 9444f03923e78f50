package io.telltale.store;

import java.util.Arrays;
import java.util.UUID;

/**
 * A row of {@code recent}: readings of a group of sensors in one shard and bucket.
 *
 * @param sensors the ids of the sensors, each after its length in one byte
 * @param segment the readings; the key of a sensor is the index of its id
 * @param ttlSeconds after which all its readings have expired; 0 for never
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by hasContentOf.
public record RecentSegment(Key key, byte[] sensors, byte[] segment, int ttlSeconds) {

    /**
     * Where a segment is.
     *
     * @param group the shard of the fresh segments, which its sensors share
     * @param id never used twice
     */
    public record Key(ReadingPartition partition, int group, UUID id) {}

    /** Whether another one has the same readings. */
    public boolean hasContentOf(RecentSegment other) {
        return Arrays.equals(sensors, other.sensors) && Arrays.equals(segment, other.segment);
    }

    public int bytes() {
        return sensors.length + segment.length;
    }
}
