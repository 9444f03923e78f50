package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.streams.Concatenation;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The slices of some partitions one after another, in their order, while the beginnings of the next ones are on their way
 * already. How many are depends on what was found: after sparse slices more of them, never so many that they would hold more
 * rows than a page, nor more than are still wanted, and only one at first where a few readings are asked for. To be
 * subscribed to once; of those that are on their way when it is cancelled, the answers are dropped.
 */
final class ReadAheadSlices {

    private static final int MOST_AHEAD = 16;
    private static final int FEW = 1_000;

    private final Iterator<ReadingPartition> rest;
    private final int partitions;
    private final Function<ReadingPartition, Uni<AsyncResultSet>> firstPage;
    private final Function<AsyncResultSet, Uni<AsyncResultSet>> nextPage;
    private final Wanted wanted;
    private final PageSize pageSize;
    private final Deque<Uni<AsyncResultSet>> begun = new ArrayDeque<>();
    private int ahead;
    private boolean isAnyGiven;
    private long wantedBefore;

    /** How many rows are still wanted. */
    interface Wanted {
        long rows();
    }

    ReadAheadSlices(
            List<ReadingPartition> partitions,
            Function<ReadingPartition, Uni<AsyncResultSet>> firstPage,
            Function<AsyncResultSet, Uni<AsyncResultSet>> nextPage,
            Wanted wanted,
            PageSize pageSize) {
        this.rest = partitions.iterator();
        this.partitions = partitions.size();
        this.firstPage = firstPage;
        this.nextPage = nextPage;
        this.wanted = wanted;
        this.pageSize = pageSize;
        this.wantedBefore = wanted.rows();
        this.ahead = wantedBefore > FEW ? 2 : 1;
    }

    /** All pages, each fetched when it is asked for or ahead of that; no more than are wanted. */
    Multi<AsyncResultSet> pages() {
        if (partitions == 0) {
            return Multi.createFrom().empty();
        }
        return Multi.createFrom()
                .range(0, partitions)
                .plug(Concatenation.unis(slice -> next()))
                .select()
                .first(Optional::isPresent)
                // A slice to its end, or to where no more is wanted: what was deleted of it may be more than is given.
                .plug(Concatenation.streams(first ->
                        Pages.of(Uni.createFrom().item(first.orElseThrow()), nextPage, () -> wanted.rows() > 0)));
    }

    /** The first page of the next slice, or nothing where no more is wanted. */
    private Uni<Optional<AsyncResultSet>> next() {
        long left = wanted.rows();
        if (left <= 0) {
            return Uni.createFrom().item(Optional.empty());
        }
        if (isAnyGiven) {
            adapt(left);
        }
        isAnyGiven = true;
        while (begun.size() < ahead && rest.hasNext()) {
            begun.add(begin(firstPage.apply(rest.next())));
        }
        return begun.remove().map(Optional::of);
    }

    /** After a slice, of which it is known how many of the wanted rows it gave. */
    private void adapt(long left) {
        long found = Math.max(1, wantedBefore - left);
        wantedBefore = left;
        long useful = Math.min(pageSize.rows() / found, (left - 1) / found + 1);
        ahead = (int) Math.max(1, Math.min(Math.min(2L * ahead, useful), MOST_AHEAD));
    }

    private static Uni<AsyncResultSet> begin(Uni<AsyncResultSet> page) {
        Uni<AsyncResultSet> memoized = page.memoize().indefinitely();
        // Whoever takes it hears of its failure.
        memoized.subscribe().with(done -> {}, failure -> {});
        return memoized;
    }
}
