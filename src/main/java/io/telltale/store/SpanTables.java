package io.telltale.store;

import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** What packing of recent segments reads and writes. All at the write level of the type. */
public interface SpanTables {

    /** Completes when this replica meets a type that may have segments. */
    Uni<Void> whenNeeded();

    /** Whether the tables exist, and Cassandra has been reached once. */
    boolean isReady();

    /**
     * Whether packs of a type may replace segments: whether two operations at its write level always share a Cassandra
     * replica. Otherwise a pack might lack durable readings.
     */
    boolean isPackable(SensorType type);

    /** The types that may have segments. */
    Uni<List<SensorType>> types();

    /** The layout of a type for event times up to now. */
    Uni<Layout> layout(SensorType type);

    /** The entries of the buckets of a shard with recent segments, in order of time. */
    Uni<List<RecentBucket>> buckets(SensorType type, int shard);

    /** The entries of the buckets of a span, in order of time. */
    Uni<List<RecentBucket>> buckets(Span span, Layout layout);

    /** The weeks that have packs, of all types and shards; a week may be on two pages. */
    Uni<Page<ShardWeek>> weeks();

    /** The packs of a week, by the start of their spans; without spans that have none. */
    Uni<Map<Long, List<SpanPack>>> packs(ShardWeek week);

    /** Takes or renews the lease of a span. False if another replica has it. Nothing depends on it. */
    Uni<Boolean> lease(Span span, Duration duration);

    /** The recent segments of a bucket, by group. */
    Uni<Page<StoredSegment>> segments(ReadingPartition bucket);

    /** Writes segments of a pack. Completes when they are durable. */
    Uni<Void> write(Span span, UUID pack, List<PackedSegment> segments);

    /** Reads the segments of a pack, by sensor, then start. */
    Uni<Page<PackedSegment>> readBack(Span span, UUID pack);

    /**
     * Marks a pack as complete. Idempotent.
     *
     * @param replaces the packs whose readings it holds, too
     */
    Uni<Void> mark(Span span, UUID pack, Set<UUID> replaces);

    /** Removes the segments that this replica wrote of a pack, which it has not marked and will not. */
    Uni<Void> remove(Span span, UUID pack);

    /** Removes a segment as it was read. */
    Uni<Void> remove(StoredKey key);

    /** Removes an entry as it was read; one that was written again since stays. */
    Uni<Void> forget(RecentBucket entry);

    /** Removes the segments of a pack that no read uses any more, then its mark. */
    Uni<Void> remove(Span span, SpanPack replaced);

    /** All deletions that are durable now. */
    Uni<Deletions> deletions();
}
