package io.telltale.store;

import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What merging reads and writes. All at the write level of the type. */
public interface MergingTables {

    /** The parts in which the partitions of fresh segments are listed. */
    int SLICES = 64;

    /** Completes when this replica meets a type that may have segments. */
    Uni<Void> whenNeeded();

    /** Whether the tables exist, and Cassandra has been reached once. */
    boolean isReady();

    /**
     * Whether the minutes of a type may be merged: whether two operations at its write level always share a Cassandra
     * replica. Otherwise a merger might miss durable segments.
     */
    boolean isMergeable(SensorType type);

    /** The types that have fresh segments, or had some a while ago. */
    Uni<List<SensorType>> types();

    /** The minutes of a type that may hold fresh segments. */
    Uni<List<MinuteState>> minutes(SensorType type);

    /** Takes or renews the lease of a minute. False if another replica has it. Nothing depends on it. */
    Uni<Boolean> lease(FreshMinute minute, Duration duration);

    /** The fresh segments of a minute, by lateness, then shard. */
    Uni<Page<FreshRow>> rows(FreshMinute minute);

    /** Their keys. */
    Uni<Page<FreshKey>> keys(FreshMinute minute);

    /** The layout that places readings up to an event time. */
    Uni<Layout> layout(SensorType type, long latestMillis);

    /** Writes a segment. Completes when it is durable. No read finds it before its bucket is in the index. */
    Uni<Void> write(RecentSegment segment);

    /** Reads a segment; empty if it is missing. Its time to live is not read. */
    Uni<Optional<RecentSegment>> readBack(RecentSegment.Key key);

    /** Removes a segment that this replica wrote, whose minute it has not marked and will not. */
    Uni<Void> remove(RecentSegment.Key key);

    /** Adds buckets to the index, after all their segments. Completes when that is durable. */
    Uni<Void> index(Collection<ReadingPartition> buckets);

    /** Marks a minute as merged, in place of earlier marks. */
    Uni<Void> mark(FreshMinute minute, ByteBuffer content);

    /**
     * Removes the fresh segments of a minute that were written up to a time.
     *
     * @param micros the greatest write timestamp of the segments that were merged: later ones stay
     */
    Uni<Void> remove(FreshMinute minute, long micros);

    /** Removes a minute without segments, unless it was changed after this mark. */
    Uni<Void> forget(FreshMinute minute, MinuteState.Mark mark);

    /**
     * The minutes that hold fresh segments, whether they are known or not.
     *
     * @param slice the part of their tokens, from 0 to {@link #SLICES} - 1
     */
    Uni<Page<FreshMinute>> partitions(int slice);

    /** Makes a minute known. */
    Uni<Void> add(FreshMinute minute);
}
