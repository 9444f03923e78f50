package io.telltale.store;

import io.telltale.sensors.SensorType;

/**
 * One Cassandra partition of {@code readings}: the sensors of one shard of a type, for one bucket of time.
 *
 * @param type the type of its sensors
 * @param shard which share of that type's sensors, from 0
 * @param bucketStartMillis the first instant of the bucket, in milliseconds since the epoch
 */
public record ReadingPartition(SensorType type, int shard, long bucketStartMillis) {

    @Override
    public String toString() {
        return "%s, shard %d, bucket from %d ms".formatted(type, shard, bucketStartMillis);
    }
}
