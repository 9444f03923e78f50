package io.telltale.evaluate.partitioning;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.Layout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How readings are divided into Cassandra partitions.
 *
 * @param kind what a partition is shared by
 * @param shards of a bucket; 1 unless partitions are shared
 * @param bucketMillis the time span of a partition; 0 if a partition holds all times
 */
public record Scheme(Kind kind, int shards, long bucketMillis) {

    /** The type of all readings. */
    public static final SensorType TYPE = new SensorType("evaluated");

    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

    /** What the readings of a partition have in common. */
    public enum Kind {
        SENSOR("partition per sensor"),
        SENSOR_AND_DAY("partition per sensor and day"),
        SHARED("shared by shard and bucket");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /**
     * A partition, as a key of a map.
     *
     * @param sensorId empty if sensors share it
     * @param shard 0 if sensors do not share it
     * @param startMillis 0 if it holds all times
     */
    public record Place(String sensorId, int shard, long startMillis) {}

    /** All readings of a sensor in one partition, however long it exists. */
    public static Scheme perSensor() {
        return new Scheme(Kind.SENSOR, 1, 0);
    }

    /** The usual remedy against partitions that grow without a bound. */
    public static Scheme perSensorAndDay() {
        return new Scheme(Kind.SENSOR_AND_DAY, 1, DAY_MILLIS);
    }

    /** The layout of the service. */
    public static Scheme shared(int shards, Duration bucket) {
        return new Scheme(Kind.SHARED, shards, bucket.toMillis());
    }

    /** The partition of a reading. */
    public Place placeOf(SensorId sensorId, long timestampMillis) {
        return switch (kind) {
            case SENSOR -> new Place(sensorId.value(), 0, 0);
            case SENSOR_AND_DAY -> new Place(sensorId.value(), 0, startOf(timestampMillis));
            case SHARED -> new Place("", version().shardOf(sensorId), startOf(timestampMillis));
        };
    }

    /** The partitions that may hold readings of a sensor in {@code [fromMillis, toMillis)}, oldest first. */
    public List<Place> places(SensorId sensorId, long fromMillis, long toMillis) {
        if (kind == Kind.SENSOR) {
            return List.of(placeOf(sensorId, fromMillis));
        }
        List<Place> places = new ArrayList<>();
        for (long start = startOf(fromMillis); start < toMillis; start += bucketMillis) {
            places.add(placeOf(sensorId, start));
        }
        return places;
    }

    private long startOf(long timestampMillis) {
        return timestampMillis - Math.floorMod(timestampMillis, bucketMillis);
    }

    private Layout.Version version() {
        return new Layout.Version(1, Layout.Version.SINCE_EVER_MILLIS, shards, bucketMillis);
    }
}
