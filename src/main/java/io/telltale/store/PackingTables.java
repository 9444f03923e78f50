package io.telltale.store;

import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import io.telltale.store.SpanMarks.Mark;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What packing reads and writes. All at the write level of the type. */
public interface PackingTables {

    /** Whether the tables exist, and Cassandra has been reached once. */
    boolean isReady();

    /**
     * Whether history of a type may replace rows: whether two operations at its write level always share a Cassandra
     * replica. Otherwise a pack might lack durable readings.
     */
    boolean isPackable(SensorType type);

    /** The weeks of all shards that hold readings. */
    Uni<Page<ShardWeek>> weeks();

    /** The layout of a type for event times up to now. */
    Uni<Layout> layout(SensorType type);

    /** The marks of a week, by the start of their spans. */
    Uni<Map<Long, SpanMarks>> marks(ShardWeek week);

    /** The marks of a span. */
    Uni<SpanMarks> marks(Span span);

    /**
     * Takes or renews the lease of a span. False if another replica has it. It ends by itself; nothing depends on it.
     */
    Uni<Boolean> lease(Span span, Duration duration);

    /** The rows of a partition by descending sensor id, and each sensor's by ascending event time. */
    Uni<Page<PackableReading>> rows(ReadingPartition partition, int pageRows);

    /** Writes segments. Completes when they are durable. */
    Uni<Void> write(Span span, UUID pack, List<PackedSegment> segments);

    /** Reads the segments of a pack. */
    Uni<Page<PackedSegment>> readBack(Span span, UUID pack);

    /** A mark that a pack is complete; each has a later timestamp. */
    Mark completion(UUID pack);

    /**
     * Makes a pack valid in place of the earlier ones. Idempotent.
     *
     * @param completion from {@link #completion}, the same in each attempt
     * @param seen the marks that were read before the rows
     */
    Uni<Void> complete(Span span, Mark completion, SpanMarks seen);

    /** Replaces packs by none: the span is read from rows until it is packed again. */
    Uni<Void> retire(Span span, List<Mark> packs);

    /** Removes the segments that this replica wrote of a pack, which no replica will complete. */
    Uni<Void> remove(Span span, UUID pack);

    /** Removes the segments of a replaced pack that no read uses, whichever replica wrote them. */
    Uni<Void> remove(Span span, Mark replaced);

    /** Removes the mark of a replaced pack, after its segments. */
    Uni<Void> forget(Span span, Mark replaced);
}
