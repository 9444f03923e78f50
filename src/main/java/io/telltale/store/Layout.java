package io.telltale.store;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the readings of one type live: pure arithmetic over the versions of its layout, each in force for event times
 * from its {@code validFrom} up to that of the next. Everything in here is a function of type, sensor and instant, so
 * every replica that holds the same versions places a reading in the same partition.
 *
 * @param type whose layout it is
 * @param versions by ascending {@code validFrom}; the first is in force since ever
 */
public record Layout(SensorType type, List<Version> versions) {

    /**
     * One version of a layout.
     *
     * @param number counted from 1
     * @param validFromMillis the first event time it is in force for; a boundary of its buckets and of those before
     * @param shards into how many partitions the sensors of one bucket are spread
     * @param bucketMillis how long a bucket is; buckets are aligned to the epoch
     */
    public record Version(int number, long validFromMillis, int shards, long bucketMillis) {

        /** In force since ever: the {@code validFrom} of a first version. */
        public static final long SINCE_EVER_MILLIS = Long.MIN_VALUE;

        public static final int MAX_SHARDS = 4_096;

        public Version {
            if (shards < 1 || shards > MAX_SHARDS) {
                throw new IllegalArgumentException(
                        "shards %d of layout version %d are not within 1 to %d".formatted(shards, number, MAX_SHARDS));
            }
            if (!isBucket(Duration.ofMillis(bucketMillis))) {
                throw new IllegalArgumentException(
                        "bucket of %d ms of layout version %d is not a whole fraction of a week, a minute or longer"
                                .formatted(bucketMillis, number));
            }
            if (validFromMillis != SINCE_EVER_MILLIS && Math.floorMod(validFromMillis, bucketMillis) != 0) {
                throw new IllegalArgumentException(
                        "validFrom %d ms of layout version %d is not a boundary of its buckets"
                                .formatted(validFromMillis, number));
            }
        }

        /** Whether a bucket may be so long: a minute or longer, and a whole fraction of a week. */
        public static boolean isBucket(Duration length) {
            return length.compareTo(Duration.ofMinutes(1)) >= 0
                    && length.compareTo(Duration.ofMillis(WEEK_MILLIS)) <= 0
                    && length.equals(Duration.ofMillis(length.toMillis()))
                    && WEEK_MILLIS % length.toMillis() == 0;
        }

        long bucketStart(long timestampMillis) {
            return timestampMillis - Math.floorMod(timestampMillis, bucketMillis);
        }

        public int shardOf(SensorId sensorId) {
            return Math.floorMod(hash(sensorId.value()), shards);
        }
    }

    /** The weeks of the bucket index begin on Thursdays, as the epoch did: only arithmetic ever sees them. */
    public static final long WEEK_MILLIS = Duration.ofDays(7).toMillis();

    public Layout {
        versions = List.copyOf(versions);
        if (versions.isEmpty() || versions.get(0).validFromMillis() != Version.SINCE_EVER_MILLIS) {
            throw new IllegalArgumentException("layout of type %s has no version since ever".formatted(type));
        }
        for (int i = 1; i < versions.size(); i++) {
            Version before = versions.get(i - 1);
            Version version = versions.get(i);
            if (version.validFromMillis() <= before.validFromMillis()
                    || Math.floorMod(version.validFromMillis(), before.bucketMillis()) != 0) {
                throw new IllegalArgumentException(
                        "layout version %d of type %s does not begin on a bucket boundary after version %d"
                                .formatted(version.number(), type, before.number()));
            }
        }
    }

    /** The partition of a sensor's reading at an instant. */
    public ReadingPartition partitionOf(SensorId sensorId, long timestampMillis) {
        Version version = versionAt(timestampMillis);
        return new ReadingPartition(type, version.shardOf(sensorId), version.bucketStart(timestampMillis));
    }

    /**
     * The partitions that a sensor's readings in {@code [fromMillis, toMillis)} can lie in, in order of time; nothing where
     * they are more than {@code max}.
     */
    Optional<List<ReadingPartition>> partitionsIfFew(SensorId sensorId, long fromMillis, long toMillis, int max) {
        List<ReadingPartition> partitions = new ArrayList<>();
        for (long at = fromMillis; at < toMillis; ) {
            if (partitions.size() == max) {
                return Optional.empty();
            }
            ReadingPartition partition = partitionOf(sensorId, at);
            partitions.add(partition);
            // A version begins on a boundary of its own buckets and of those before it.
            at = partition.bucketStartMillis() + versionAt(at).bucketMillis();
        }
        return Optional.of(partitions);
    }

    /** The version in force for an event time. */
    public Version versionAt(long timestampMillis) {
        for (int i = versions.size() - 1; i > 0; i--) {
            Version version = versions.get(i);
            if (version.validFromMillis() <= timestampMillis) {
                return version;
            }
        }
        return versions.get(0);
    }

    /** The first instant of the week of the bucket index that an instant lies in. */
    public static long weekStart(long timestampMillis) {
        return timestampMillis - Math.floorMod(timestampMillis, WEEK_MILLIS);
    }

    /**
     * FNV-1a over the characters of an id (all ASCII), then MurmurHash3's finaliser, because FNV alone spreads ids
     * that differ in the last digit badly over a power of two. Never to be changed: it says where readings lie.
     */
    static int hash(String id) {
        int h = 0x811c9dc5;
        for (int i = 0; i < id.length(); i++) {
            h = (h ^ id.charAt(i)) * 0x01000193;
        }
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }
}
