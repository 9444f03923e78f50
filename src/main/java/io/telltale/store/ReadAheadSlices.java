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
 * Reads the slices of several partitions in order, and requests the first pages of the next slices ahead. The number
 * ahead adapts to the rows found: it grows after sparse slices, but stays below what would hold more rows than a
 * page, or more than are still wanted. It starts at 1 if few readings are wanted. Subscribe once. Cancellation drops
 * the responses of requests in flight.
 */
final class ReadAheadSlices {

    private static final int MAX_AHEAD = 16;
    private static final int FEW_ROWS = 1_000;

    private final Iterator<ReadingPartition> rest;
    private final int partitions;
    private final Function<ReadingPartition, Uni<AsyncResultSet>> firstPage;
    private final Function<AsyncResultSet, Uni<AsyncResultSet>> nextPage;
    private final Wanted wanted;
    private final PageSize pageSize;
    private final Deque<Uni<AsyncResultSet>> inFlight = new ArrayDeque<>();
    private int ahead;
    private boolean hasEmitted;
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
        this.ahead = wantedBefore > FEW_ROWS ? 2 : 1;
    }

    /** All pages, each read on demand or ahead; ends when no more rows are wanted. */
    Multi<AsyncResultSet> pages() {
        if (partitions == 0) {
            return Multi.createFrom().empty();
        }
        return Multi.createFrom()
                .range(0, partitions)
                .plug(Concatenation.unis(slice -> next()))
                .select()
                .first(Optional::isPresent)
                // Stops within a slice only when no more rows are wanted: deleted rows of a page do not count.
                .plug(Concatenation.streams(first ->
                        Pages.of(Uni.createFrom().item(first.orElseThrow()), nextPage, () -> wanted.rows() > 0)));
    }

    /** The first page of the next slice; empty if no more rows are wanted. */
    private Uni<Optional<AsyncResultSet>> next() {
        long left = wanted.rows();
        if (left <= 0) {
            return Uni.createFrom().item(Optional.empty());
        }
        if (hasEmitted) {
            adapt(left);
        }
        hasEmitted = true;
        while (inFlight.size() < ahead && rest.hasNext()) {
            inFlight.add(request(firstPage.apply(rest.next())));
        }
        return inFlight.remove().map(Optional::of);
    }

    /** Adapts the number ahead to the rows that the last slice had. */
    private void adapt(long left) {
        long found = Math.max(1, wantedBefore - left);
        wantedBefore = left;
        long useful = Math.min(pageSize.rows() / found, (left - 1) / found + 1);
        ahead = (int) Math.max(1, Math.min(Math.min(2L * ahead, useful), MAX_AHEAD));
    }

    private static Uni<AsyncResultSet> request(Uni<AsyncResultSet> page) {
        Uni<AsyncResultSet> memoized = page.memoize().indefinitely();
        // The subscriber that takes the page receives its failure.
        memoized.subscribe().with(done -> {}, failure -> {});
        return memoized;
    }
}
