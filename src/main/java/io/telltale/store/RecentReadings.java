package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.store.RecentPacks.OfSpan;
import io.telltale.store.Statements.Cql;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Reads recent segments, and the packs of them. The caller has read the marks of minutes before: what they say is
 * merged is then here.
 */
final class RecentReadings {

    /** The buckets of one slice. */
    static final int SLICE_BUCKETS = 32;

    /** The spans with packs of one slice. */
    static final int SLICE_SPANS = 32;

    /** Of 64 KB, more with long texts or ids: about a megabyte. */
    private static final int PAGE_ROWS = 16;

    private static final int CONCURRENT_PACKS = 4;

    private final Database database;
    private final RecentPacks packs;
    private final History history;

    /**
     * The first part of a range, in its order.
     *
     * @param range the part
     * @param places where readings of it may be, the nearest first
     * @param isLast whether nothing of the range is behind it
     */
    record Slice(RangeRead range, List<Place> places, boolean isLast) {}

    /**
     * A bucket, or the packs of a span.
     *
     * @param startMillis no reading in it is earlier
     * @param endMillis all readings in it are earlier
     * @param select adds its readings of the range to a selection
     */
    record Place(long startMillis, long endMillis, Function<SelectedReadings, Uni<Void>> select) {}

    RecentReadings(Database database, History history) {
        this.database = database;
        this.packs = new RecentPacks(database);
        this.history = history;
    }

    /**
     * The first part of a range: so much of it that few buckets and packs hold it.
     *
     * @param isCertain whether a mark that a pack is replaced shows that another one has its readings
     */
    Uni<Slice> slice(Layout layout, RangeRead read, boolean isCertain) {
        List<Integer> shards = layout.versions().stream()
                .filter(version -> version.validFromMillis() < read.toMillis())
                .map(version -> version.shardOf(read.sensor().id()))
                .distinct()
                .toList();
        // Buckets before this one end before the range.
        long from = layout.versionAt(read.fromMillis()).bucketStart(read.fromMillis());
        return Uni.combine()
                .all()
                .unis(
                        ofAll(shards, shard -> buckets(shard, from, read)),
                        ofAll(shards, shard -> spans(shard, Span.startOf(from), read)))
                .with((buckets, spans) -> slice(layout, read, isCertain, buckets, spans));
    }

    private static <T> Uni<List<T>> ofAll(List<Integer> shards, Function<Integer, Uni<List<T>>> read) {
        return Uni.join().all(shards.stream().map(read).toList()).andFailFast().map(found -> found.stream()
                .flatMap(List::stream)
                .toList());
    }

    /**
     * The slice of what was read of all shards.
     *
     * @param buckets the first starts of each
     * @param packed the packs of the first spans of each
     */
    Slice slice(Layout layout, RangeRead read, boolean isCertain, List<Long> buckets, List<OfSpan> packed) {
        boolean isAscending = read.order() == Order.ASC;
        Comparator<Long> inOrder = isAscending ? Comparator.naturalOrder() : Comparator.reverseOrder();
        List<Long> starts = buckets.stream().distinct().sorted(inOrder).toList();
        List<Long> spanStarts = packed.stream()
                .map(ofSpan -> ofSpan.span().startMillis())
                .distinct()
                .sorted(inOrder)
                .toList();
        RangeRead range = first(first(read, starts, SLICE_BUCKETS), spanStarts, SLICE_SPANS);
        boolean isLast = starts.size() <= SLICE_BUCKETS && spanStarts.size() <= SLICE_SPANS;
        return new Slice(range, places(layout, range, isCertain, starts, packed), isLast);
    }

    /** The part of a range with its first buckets or spans. */
    private static RangeRead first(RangeRead read, List<Long> starts, int most) {
        if (starts.size() <= most) {
            return read;
        }
        return read.order() == Order.ASC
                ? read.within(read.fromMillis(), starts.get(most))
                : read.within(starts.get(most - 1), read.toMillis());
    }

    /** Of the same end, packs come first: a span that is packed has few other readings. */
    private List<Place> places(
            Layout layout, RangeRead range, boolean isCertain, List<Long> starts, List<OfSpan> packed) {
        Comparator<Place> inOrder = range.order() == Order.ASC
                ? Comparator.comparingLong(Place::startMillis)
                : Comparator.comparingLong(Place::endMillis).reversed();
        return Stream.concat(
                        packed.stream().map(ofSpan -> place(layout, range, isCertain, ofSpan)),
                        starts.stream().map(start -> place(layout, range, start)))
                .filter(place -> place.startMillis() < range.toMillis() && place.endMillis() > range.fromMillis())
                .sorted(inOrder)
                .toList();
    }

    private Place place(Layout layout, RangeRead range, long bucketStart) {
        ReadingPartition bucket = layout.partitionOf(range.sensor().id(), bucketStart);
        return new Place(
                bucketStart,
                bucketStart + layout.versionAt(bucketStart).bucketMillis(),
                selected -> select(bucket, range, selected));
    }

    private Place place(Layout layout, RangeRead range, boolean isCertain, OfSpan ofSpan) {
        Span span = ofSpan.span();
        return new Place(span.startMillis(), span.lastEndMillis(layout), selected -> Multi.createFrom()
                .iterable(isCertain ? ofSpan.current() : ofSpan.all())
                .onItem()
                .transformToUni(pack -> new SelectedPack(history, span, pack, range, selected).select())
                .merge(CONCURRENT_PACKS)
                .collect()
                .last());
    }

    /** The packs of the first spans of a shard, one span more than a slice has. */
    private Uni<List<OfSpan>> spans(int shard, long fromMillis, RangeRead read) {
        return packs.first(
                read.sensor().type(), shard, fromMillis, read.toMillis(), read.order(), SLICE_SPANS + 1, level(read));
    }

    /** The starts of the first buckets of a shard, one more than a slice has. */
    private Uni<List<Long>> buckets(int shard, long fromMillis, RangeRead read) {
        Cql cql = read.order() == Order.ASC ? Cql.RECENT_BUCKETS_ASCENDING : Cql.RECENT_BUCKETS_DESCENDING;
        return database.run(statements -> RecentPacks.inShard(
                                statements.get(cql).boundStatementBuilder(),
                                read.sensor().type(),
                                shard)
                        .setBytesUnsafe(2, CqlBytes.ofLong(fromMillis))
                        .setBytesUnsafe(3, CqlBytes.ofLong(read.toMillis()))
                        .setInt(4, SLICE_BUCKETS + 1)
                        .setConsistencyLevel(level(read))
                        .setExecutionProfileName("read")
                        .build())
                .map(rows -> {
                    List<Long> starts = new ArrayList<>(rows.remaining());
                    rows.currentPage().forEach(row -> starts.add(CqlBytes.toLong(row.getBytesUnsafe(0))));
                    return starts;
                });
    }

    private Uni<Void> select(ReadingPartition bucket, RangeRead read, SelectedReadings selected) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.RECENT)
                        .boundStatementBuilder()
                        .setString(0, bucket.type().name())
                        .setInt(1, bucket.shard())
                        .setBytesUnsafe(2, CqlBytes.ofLong(bucket.bucketStartMillis()))
                        .setList(3, FreshSegment.shardsOf(read.sensor().id()), Integer.class)
                        .setPageSize(PAGE_ROWS)
                        .setConsistencyLevel(level(read))
                        .setExecutionProfileName("read")
                        .build()))
                .invoke(page -> add(page, read, selected))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private static DefaultConsistencyLevel level(RangeRead read) {
        return Database.level(read.consistency());
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
