package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.store.RecentPacks.OfSpan;
import io.telltale.store.Statements.Cql;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * Reads recent segments, and the packs of them. The caller has read the marks of minutes before: what they say is merged
 * is then here.
 */
final class RecentReadings {

    /** The buckets of one slice. */
    static final int SLICE_BUCKETS = 32;

    /** The spans with packs of one slice. */
    static final int SLICE_SPANS = 32;

    /** Of 64 KB, more with long texts or ids: about a megabyte. */
    private static final int PAGE_ROWS = 16;

    private final Database database;
    private final RecentPacks packs;
    private final History history;

    /**
     * The first part of a range, in its order.
     *
     * @param range the part
     * @param buckets the partitions that may hold readings of it, in order
     * @param spans the packs that may hold readings of it, in order
     * @param isLast whether nothing of the range is behind it
     */
    record Slice(RangeRead range, List<ReadingPartition> buckets, List<OfSpan> spans, boolean isLast) {}

    RecentReadings(Database database, History history) {
        this.database = database;
        this.packs = new RecentPacks(database);
        this.history = history;
    }

    /** The first part of a range: so much of it that few buckets and packs hold it. */
    Uni<Slice> slice(Layout layout, RangeRead read) {
        List<Integer> shards = layout.versions().stream()
                .filter(version -> version.validFromMillis() < read.toMillis())
                .map(version -> version.shardOf(read.sensor().id()))
                .distinct()
                .toList();
        return Uni.combine()
                .all()
                .unis(ofAll(shards, shard -> buckets(layout, shard, read)), ofAll(shards, shard -> spans(layout, shard, read)))
                .with((buckets, spans) -> slice(layout, read, buckets, spans));
    }

    private static <T> Uni<List<T>> ofAll(List<Integer> shards, Function<Integer, Uni<List<T>>> read) {
        return Uni.join()
                .all(shards.stream().map(read).toList())
                .andFailFast()
                .map(found -> found.stream().flatMap(List::stream).toList());
    }

    private static Slice slice(Layout layout, RangeRead read, List<Long> buckets, List<OfSpan> packed) {
        boolean isAscending = read.order() == Order.ASC;
        Comparator<Long> inOrder = isAscending ? Comparator.naturalOrder() : Comparator.reverseOrder();
        List<Long> starts = buckets.stream().distinct().sorted(inOrder).toList();
        List<Long> spanStarts = packed.stream()
                .map(ofSpan -> ofSpan.span().startMillis())
                .distinct()
                .sorted(inOrder)
                .toList();
        boolean isLast = starts.size() <= SLICE_BUCKETS && spanStarts.size() <= SLICE_SPANS;
        RangeRead range = isLast ? read : isAscending ? before(read, starts, spanStarts) : from(layout, read, starts, spanStarts);
        return new Slice(
                range,
                starts.stream()
                        .filter(start -> start < range.toMillis() && (isAscending || start >= range.fromMillis() || isLast))
                        .map(start -> layout.partitionOf(read.sensor().id(), start))
                        .toList(),
                packed.stream()
                        .filter(ofSpan -> ofSpan.span().startMillis() < range.toMillis()
                                && ofSpan.span().lastEndMillis(layout) > range.fromMillis())
                        .sorted(Comparator.comparing(ofSpan -> ofSpan.span().startMillis(), inOrder))
                        .toList(),
                isLast);
    }

    /** The part before the first bucket and span that are too many. */
    private static RangeRead before(RangeRead read, List<Long> starts, List<Long> spanStarts) {
        return read.within(
                read.fromMillis(),
                Math.min(
                        starts.size() > SLICE_BUCKETS ? starts.get(SLICE_BUCKETS) : Long.MAX_VALUE,
                        spanStarts.size() > SLICE_SPANS ? spanStarts.get(SLICE_SPANS) : Long.MAX_VALUE));
    }

    /**
     * The part from the last bucket and span on that are not too many. A pack has the buckets that start in its span, and
     * the last one may end behind it.
     */
    private static RangeRead from(Layout layout, RangeRead read, List<Long> starts, List<Long> spanStarts) {
        return read.within(
                Math.max(
                        starts.size() > SLICE_BUCKETS ? starts.get(SLICE_BUCKETS - 1) : Long.MIN_VALUE,
                        spanStarts.size() > SLICE_SPANS
                                ? layout.bucketStartFrom(spanStarts.get(SLICE_SPANS - 1))
                                : Long.MIN_VALUE),
                read.toMillis());
    }

    /** The packs of the first spans of a shard, one span more than a slice has. */
    private Uni<List<OfSpan>> spans(Layout layout, int shard, RangeRead read) {
        long from = read.fromMillis();
        return packs.first(
                read.sensor().type(),
                shard,
                Span.startOf(layout.versionAt(from).bucketStart(from)),
                read.toMillis(),
                read.order(),
                SLICE_SPANS + 1,
                Database.level(read.consistency()));
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

    /**
     * Adds the readings of the packs of a span.
     *
     * @param isCertain whether a mark that a pack is replaced shows that another one has its readings
     */
    Uni<Void> select(OfSpan ofSpan, boolean isCertain, RangeRead read, SelectedReadings selected) {
        return Uni.join()
                .all((isCertain ? ofSpan.current() : ofSpan.all())
                        .stream()
                                .map(pack -> new SelectedPack(history, ofSpan.span(), pack, read, selected).select())
                                .toList())
                .andFailFast()
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
