package io.telltale.evaluate.queries;

import io.telltale.evaluate.partitioning.Fleet;
import io.telltale.evaluate.partitioning.Scheme;
import io.telltale.sensors.SensorId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What is stored: one sensor that is read, and those sensors of its fleet that share its partitions. Sensors of other
 * shards are not written, since a read never meets their rows.
 *
 * @param shards of a bucket
 * @param bucketMillis the time span of a partition
 * @param fleet how many sensors exist
 * @param stepMillis between two readings of the sensor that is read
 * @param historyMillis how far its readings reach back
 * @param activeBucketOf the sensor has readings in one of so many buckets
 * @param neighborStepMillis between two readings of a neighbor
 * @param neighborMillis how far the readings of neighbors reach back
 */
record Dataset(
        int shards,
        long bucketMillis,
        int fleet,
        long stepMillis,
        long historyMillis,
        int activeBucketOf,
        long neighborStepMillis,
        long neighborMillis) {

    /** Exclusive end of all readings: a boundary of buckets of every length up to a day. */
    static final long END_MILLIS = Instant.parse("2026-02-01T00:00:00Z").toEpochMilli();

    private static final long DAY = Duration.ofDays(1).toMillis();

    /** The layout of the service; a day of a sensor that sends every 4 s, in a fleet of 1,000 that sends every 40 s. */
    static Dataset usual() {
        return new Dataset(64, Duration.ofMinutes(15).toMillis(), 1_000, 4_000, DAY, 1, 40_000, DAY);
    }

    /** Two weeks of a sensor that sends every 90 s, but in one of so many buckets only. */
    static Dataset idle(int activeBucketOf) {
        return new Dataset(
                64, Duration.ofMinutes(15).toMillis(), 200, 90_000, 14 * DAY, activeBucketOf, 300_000, 14 * DAY);
    }

    Dataset withShards(int count) {
        return new Dataset(
                count,
                bucketMillis,
                fleet,
                stepMillis,
                historyMillis,
                activeBucketOf,
                neighborStepMillis,
                neighborMillis);
    }

    Dataset withBucket(Duration bucket) {
        return new Dataset(
                shards,
                bucket.toMillis(),
                fleet,
                stepMillis,
                historyMillis,
                activeBucketOf,
                neighborStepMillis,
                neighborMillis);
    }

    Dataset withFleet(int sensors) {
        return new Dataset(
                shards,
                bucketMillis,
                sensors,
                stepMillis,
                historyMillis,
                activeBucketOf,
                neighborStepMillis,
                neighborMillis);
    }

    /** The same with a longer history of the sensor that is read. */
    Dataset withHistory(int times) {
        return new Dataset(
                shards,
                bucketMillis,
                fleet,
                stepMillis,
                times * historyMillis,
                activeBucketOf,
                neighborStepMillis,
                neighborMillis);
    }

    Scheme scheme() {
        return Scheme.shared(shards, Duration.ofMillis(bucketMillis));
    }

    /** The sensor that is read. */
    SensorId sensor() {
        return ids().sensor(0);
    }

    /** The readings of the sensor that is read, oldest first. */
    List<Series> ofSensor() {
        long start = END_MILLIS - historyMillis;
        if (activeBucketOf == 1) {
            return List.of(new Series(sensor(), start, (int) (historyMillis / stepMillis), stepMillis));
        }
        List<Series> active = new ArrayList<>();
        for (long bucket = start; bucket < END_MILLIS; bucket += activeBucketOf * bucketMillis) {
            active.add(new Series(sensor(), bucket, (int) (bucketMillis / stepMillis), stepMillis));
        }
        return active;
    }

    /** The readings of the sensors that share its partitions. */
    Stream<Series> ofNeighbors() {
        Scheme scheme = scheme();
        int shard = scheme.placeOf(sensor(), END_MILLIS).shard();
        return IntStream.range(1, fleet)
                .mapToObj(ids()::sensor)
                .filter(id -> scheme.placeOf(id, END_MILLIS).shard() == shard)
                .map(id -> new Series(
                        id,
                        END_MILLIS - neighborMillis,
                        (int) (neighborMillis / neighborStepMillis),
                        neighborStepMillis));
    }

    /**
     * The start of a random range of the sensor that is read: within the span in which its partitions have neighbors,
     * so that a longer history changes nothing but what lies before.
     */
    long randomStart(SplittableRandom random, long rangeMillis) {
        long span = Math.min(historyMillis, neighborMillis);
        return END_MILLIS - span + random.nextLong((span - rangeMillis) / stepMillis + 1) * stepMillis;
    }

    private Fleet ids() {
        return new Fleet(fleet, stepMillis, END_MILLIS);
    }
}
