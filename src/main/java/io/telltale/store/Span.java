package io.telltale.store;

import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of the timeline of one shard that is packed as a whole: the buckets that start within six hours. It is short
 * enough that a partition of its segments stays small, and long enough that a sensor with a reading per minute fills a
 * segment.
 *
 * @param type the sensors' type
 * @param shard the shard of that type, from 0
 * @param startMillis the start, a multiple of six hours since the epoch
 */
public record Span(SensorType type, int shard, long startMillis) {

    static final long MILLIS = Duration.ofHours(6).toMillis();

    /** The span of a partition. */
    public static Span of(ReadingPartition partition) {
        return new Span(partition.type(), partition.shard(), startOf(partition.bucketStartMillis()));
    }

    /** The start of the span of an instant. */
    static long startOf(long millis) {
        return millis - Math.floorMod(millis, MILLIS);
    }

    /** Where the next span starts. A bucket longer than a span ends later. */
    long endMillis() {
        return startMillis + MILLIS;
    }

    /** The week of its marks. */
    ShardWeek week() {
        return new ShardWeek(type, shard, Layout.weekStart(startMillis));
    }

    /** The partitions that start within it, in order of time. */
    public List<ReadingPartition> partitions(Layout layout) {
        List<ReadingPartition> partitions = new ArrayList<>();
        for (long at = startMillis; at < endMillis(); ) {
            Layout.Version version = layout.versionAt(at);
            long bucket = version.bucketStart(at);
            if (bucket >= startMillis && shard < version.shards()) {
                partitions.add(new ReadingPartition(type, shard, bucket));
            }
            // A version starts on a bucket boundary of its own and of the previous version.
            at = bucket + version.bucketMillis();
        }
        return partitions;
    }

    /** The end of all its buckets. */
    public long lastEndMillis(Layout layout) {
        Layout.Version last = layout.versionAt(endMillis() - 1);
        return last.bucketStart(endMillis() - 1) + last.bucketMillis();
    }

    @Override
    public String toString() {
        return "type=%s shard=%d span=%d".formatted(type, shard, startMillis);
    }
}
