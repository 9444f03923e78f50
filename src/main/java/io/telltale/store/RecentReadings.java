package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.store.Statements.Cql;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Reads recent segments. The caller has read the marks of minutes before: what they say is merged is then here. */
final class RecentReadings {

    /** The buckets of one slice. */
    static final int SLICE_BUCKETS = 32;

    /** Of 64 KB, more with long texts or ids: about a megabyte. */
    private static final int PAGE_ROWS = 16;

    private final Database database;

    /**
     * The first part of a range, in its order.
     *
     * @param range the part
     * @param buckets the partitions that may hold readings of it, in order
     * @param isLast whether nothing of the range is behind it
     */
    record Slice(RangeRead range, List<ReadingPartition> buckets, boolean isLast) {}

    RecentReadings(Database database) {
        this.database = database;
    }

    /** The first part of a range: so much of it that few buckets hold it. */
    Uni<Slice> slice(Layout layout, RangeRead read) {
        List<Uni<List<Long>>> byShard = layout.versions().stream()
                .filter(version -> version.validFromMillis() < read.toMillis())
                .map(version -> version.shardOf(read.sensor().id()))
                .distinct()
                .map(shard -> buckets(layout, shard, read))
                .toList();
        return Uni.join().all(byShard).andFailFast().map(found -> slice(layout, read, found));
    }

    private static Slice slice(Layout layout, RangeRead read, List<List<Long>> byShard) {
        Comparator<Long> inOrder = read.order() == Order.ASC ? Comparator.naturalOrder() : Comparator.reverseOrder();
        List<Long> starts = byShard.stream()
                .flatMap(List::stream)
                .distinct()
                .sorted(inOrder)
                .limit(SLICE_BUCKETS + 1L)
                .toList();
        boolean isLast = starts.size() <= SLICE_BUCKETS;
        Stream<Long> used = starts.stream().limit(SLICE_BUCKETS);
        RangeRead range = read;
        if (!isLast) {
            range = read.order() == Order.ASC
                    ? read.within(read.fromMillis(), starts.get(SLICE_BUCKETS))
                    : read.within(starts.get(SLICE_BUCKETS - 1), read.toMillis());
        }
        return new Slice(
                range,
                used.map(start -> layout.partitionOf(read.sensor().id(), start)).toList(),
                isLast);
    }

    /** The starts of the first buckets of a shard, one more than a slice has. */
    private Uni<List<Long>> buckets(Layout layout, int shard, RangeRead read) {
        long from = read.fromMillis();
        return database.run(statements -> statements
                        .get(read.order() == Order.ASC ? Cql.RECENT_BUCKETS_ASCENDING : Cql.RECENT_BUCKETS_DESCENDING)
                        .boundStatementBuilder()
                        .setString(0, read.sensor().type().name())
                        .setInt(1, shard)
                        .setBytesUnsafe(
                                2, CqlBytes.ofLong(layout.versionAt(from).bucketStart(from)))
                        .setBytesUnsafe(3, CqlBytes.ofLong(read.toMillis()))
                        .setInt(4, SLICE_BUCKETS + 1)
                        .setConsistencyLevel(Database.level(read.consistency()))
                        .setExecutionProfileName("read")
                        .build())
                .map(rows -> {
                    List<Long> starts = new ArrayList<>(rows.remaining());
                    rows.currentPage().forEach(row -> starts.add(CqlBytes.toLong(row.getBytesUnsafe(0))));
                    return starts;
                });
    }

    /** Adds the readings of a bucket to a selection. */
    Uni<Void> select(ReadingPartition bucket, RangeRead read, SelectedReadings selected) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.RECENT)
                        .boundStatementBuilder()
                        .setString(0, bucket.type().name())
                        .setInt(1, bucket.shard())
                        .setBytesUnsafe(2, CqlBytes.ofLong(bucket.bucketStartMillis()))
                        .setList(3, FreshSegment.shardsOf(read.sensor().id()), Integer.class)
                        .setPageSize(PAGE_ROWS)
                        .setConsistencyLevel(Database.level(read.consistency()))
                        .setExecutionProfileName("read")
                        .build()))
                .invoke(page -> add(page, read, selected))
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** Adds the readings of segments, whose ids and bytes are the first two columns. */
    static void add(AsyncResultSet page, RangeRead read, SelectedReadings selected) {
        for (Row row : page.currentPage()) {
            FreshSegment.readings(
                            CqlBytes.present(row.getBytesUnsafe(0)),
                            CqlBytes.present(row.getBytesUnsafe(1)),
                            read.sensor().id(),
                            read.range())
                    .ifPresent(selected::addAll);
        }
    }
}
