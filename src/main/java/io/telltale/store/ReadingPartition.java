package io.telltale.store;

import io.telltale.sensors.SensorType;

/**
 * A Cassandra partition of {@code readings}: the sensors of one shard of a type, in one time bucket.
 *
 * @param type the sensors' type
 * @param shard the shard of that type, from 0
 * @param bucketStartMillis the start of the bucket, in milliseconds since the epoch
 */
public record ReadingPartition(SensorType type, int shard, long bucketStartMillis) implements Placement {

    @Override
    public String toString() {
        return "%s, shard %d, bucket from %d ms".formatted(type, shard, bucketStartMillis);
    }
}
