package io.telltale.store;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Maps the readings of one type to partitions: pure arithmetic over the versions of its layout. Each version is valid
 * for event times from its {@code validFrom} up to that of the next. The result depends on type, sensor and instant
 * only, so all replicas with the same versions place a reading in the same partition.
 *
 * @param type the type
 * @param versions by ascending {@code validFrom}; the first is valid for all earlier event times
 */
public record Layout(SensorType type, List<Version> versions) {

    /**
     * One version of a layout.
     *
     * @param number from 1
     * @param validFromMillis the first event time; a bucket boundary of this version and of the previous one
     * @param shards how many partitions the sensors of one bucket are spread over
     * @param bucketMillis the length of a bucket; buckets are aligned to the epoch
     * @param storage how its readings are written
     */
    public record Version(int number, long validFromMillis, int shards, long bucketMillis, Storage storage) {

        /** The {@code validFrom} of a first version: no lower bound. */
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

        /** A version that writes rows. */
        public Version(int number, long validFromMillis, int shards, long bucketMillis) {
            this(number, validFromMillis, shards, bucketMillis, Storage.ROWS);
        }

        /** Whether a bucket length is allowed: at least a minute, and a whole fraction of a week. */
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

    /** How readings are written. They are found in either form, whatever the versions say. */
    public enum Storage {
        /** A row per reading, in the partition of its sensor and bucket. */
        ROWS,
        /** Segments of many sensors, in the order of arrival: decision 0092. */
        SEGMENTS
    }

    /** The weeks of the bucket index, aligned to the epoch, so they start on Thursdays. Never visible to users. */
    public static final long WEEK_MILLIS = Duration.ofDays(7).toMillis();

    public Layout {
        versions = List.copyOf(versions);
        if (versions.isEmpty() || versions.get(0).validFromMillis() != Version.SINCE_EVER_MILLIS) {
            throw new IllegalArgumentException(
                    "layout of type %s has no first version without a lower bound".formatted(type));
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

    /** Whether some readings of the type may be in segments. */
    boolean hasSegments() {
        // Asked for each sensor of a read of many: no stream.
        for (Version version : versions) {
            if (version.storage() == Storage.SEGMENTS) {
                return true;
            }
        }
        return false;
    }

    /** Where a reading is written. */
    Placement placementOf(SensorId sensorId, long timestampMillis) {
        return versionAt(timestampMillis).storage() == Storage.SEGMENTS
                ? new Lane(type, Lane.FIRST)
                : partitionOf(sensorId, timestampMillis);
    }

    /** The partition of a sensor's reading at an instant. */
    public ReadingPartition partitionOf(SensorId sensorId, long timestampMillis) {
        Version version = versionAt(timestampMillis);
        return new ReadingPartition(type, version.shardOf(sensorId), version.bucketStart(timestampMillis));
    }

    /**
     * The partitions that can hold a sensor's readings in {@code [fromMillis, toMillis)}, in order of time; empty if
     * there are more than {@code max}.
     */
    Optional<List<ReadingPartition>> partitionsIfFew(SensorId sensorId, long fromMillis, long toMillis, int max) {
        List<ReadingPartition> partitions = new ArrayList<>();
        for (long at = fromMillis; at < toMillis; ) {
            if (partitions.size() == max) {
                return Optional.empty();
            }
            ReadingPartition partition = partitionOf(sensorId, at);
            partitions.add(partition);
            // A version starts on a bucket boundary of its own and of the previous version.
            at = partition.bucketStartMillis() + versionAt(at).bucketMillis();
        }
        return Optional.of(partitions);
    }

    /** The version that is valid for an event time. */
    public Version versionAt(long timestampMillis) {
        for (int i = versions.size() - 1; i > 0; i--) {
            Version version = versions.get(i);
            if (version.validFromMillis() <= timestampMillis) {
                return version;
            }
        }
        return versions.get(0);
    }

    /** The start of the week of the bucket index that contains an instant. */
    public static long weekStart(long timestampMillis) {
        return timestampMillis - Math.floorMod(timestampMillis, WEEK_MILLIS);
    }

    /**
     * FNV-1a over the characters of an id (all ASCII), then MurmurHash3's finalizer: FNV alone distributes ids that
     * differ in the last digit badly over a power of two. Never change it: it determines where readings are stored.
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
