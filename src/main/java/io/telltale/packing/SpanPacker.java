package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.telltale.store.Layout;
import io.telltale.store.PackableReading;
import io.telltale.store.PackingTables;
import io.telltale.store.Page;
import io.telltale.store.ReadingPartition;
import io.telltale.store.SealedRowException;
import io.telltale.store.Span;
import io.telltale.store.SpanMarks;
import io.telltale.store.SpanMarks.Mark;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Packs one span: reads its marks, then its rows, writes segments, reads them back, and only then makes them valid. A
 * failure or crash at any step leaves the span as it was for readers. The order of the steps is the safety argument of
 * decision 0085. Blocks: runs on the packer's thread.
 */
final class SpanPacker {

    /** The rows held while a span is read, all partitions together. */
    private static final int HELD_ROWS = 6_000;

    private static final int MIN_PAGE_ROWS = 16;
    private static final int MAX_PAGE_ROWS = 500;

    private static final Logger log = Logger.getLogger(SpanPacker.class);

    private final PackingTables tables;
    private final PackerWaits waits;
    private final Pace pace;
    private final PackingMetrics metrics;
    private final Clock clock;
    private final PackStore packs;
    private final UnpackableSpans unpackable;

    SpanPacker(PackingTables tables, PackerWaits waits, Pace pace, PackingMetrics metrics, Clock clock) {
        this.tables = tables;
        this.waits = waits;
        this.pace = pace;
        this.metrics = metrics;
        this.clock = clock;
        this.packs = new PackStore(tables::write, tables::readBack, tables::remove, waits, metrics);
        this.unpackable = new UnpackableSpans(clock);
    }

    /** Whether an attempt to pack a span that has ended makes sense now. */
    boolean isDue(Span span, SpanMarks marks) {
        return marks.isPackable(span, clock.millis()) && !unpackable.contains(span, marks);
    }

    /**
     * Packs a span that has ended.
     *
     * @return whether it is packed now; false if another replica has packed it, or writes to it, or if values are
     *     sealed
     * @throws PackingException if the segments that are read back are not those that were written
     */
    boolean pack(Span span, Layout layout) {
        Lease lease = new Lease(() -> waits.get(tables.lease(span, Lease.DURATION)), clock);
        if (!lease.take()) {
            return false;
        }
        // Before the rows: the mark of a row that is missing below is then not among those that are deleted.
        SpanMarks seen = waits.get(tables.marks(span));
        if (!isDue(span, seen)) {
            return false;
        }
        NewPack pack = new NewPack(packs, span, lease, clock);
        try {
            rows(span, layout, lease).forEach(pack::add);
            pack.finish();
            lease.keep();
        } catch (RuntimeException | Error e) {
            pack.removeQuietly();
            remember(span, seen, e);
            if (e instanceof SealedRowException || e instanceof Lease.LostException) {
                return false;
            }
            throw e;
        }
        Mark completion = tables.completion(pack.id());
        // The outcome of a failed attempt is unknown, so the segments stay.
        waits.withRetries(() -> waits.get(tables.complete(span, completion, seen)));
        unpackable.remove(span);
        metrics.sealed(unpackable.sealed());
        metrics.packed(pack.readings());
        log.debugf("Packed %s: readings=%d", span, pack.readings());
        return true;
    }

    private void remember(Span span, SpanMarks seen, Throwable failure) {
        boolean isSealed = failure instanceof SealedRowException;
        if (isSealed) {
            retire(span, seen.packs());
        }
        if (!Attempts.isTransient(failure)) {
            unpackable.add(span, seen, isSealed);
            metrics.sealed(unpackable.sealed());
        }
    }

    /**
     * Replaces the packs of a span by none if rows were written after them: they may hold readings that were deleted.
     */
    void retireOutdated(Span span) {
        // Again: since the marks of the week were read, another replica may have packed the span.
        SpanMarks now = waits.get(tables.marks(span));
        if (now.isOutdated()) {
            retire(span, now.packs());
        }
    }

    /** Replaces packs by none. They may have values in the clear of sensors that are sealed now. */
    private void retire(Span span, List<Mark> packs) {
        if (!packs.isEmpty()) {
            waits.get(tables.retire(span, packs));
        }
    }

    private SpanRows rows(Span span, Layout layout, Lease lease) {
        List<ReadingPartition> partitions = span.partitions(layout);
        int pageRows = Math.max(MIN_PAGE_ROWS, Math.min(MAX_PAGE_ROWS, HELD_ROWS / Math.max(1, partitions.size())));
        List<Page<PackableReading>> first = new ArrayList<>();
        for (ReadingPartition partition : partitions) {
            first.add(paced(lease, pageRows, tables.rows(partition, pageRows)));
        }
        return new SpanRows(first, page -> page.next().map(next -> paced(lease, pageRows, next.get())));
    }

    private Page<PackableReading> paced(Lease lease, int pageRows, Uni<Page<PackableReading>> request) {
        try {
            lease.keep();
            Page<PackableReading> page = waits.get(request);
            waits.keep(pace, page.items().size());
            return page;
        } catch (SealedRowException e) {
            // The page was read, too.
            waits.keep(pace, pageRows);
            throw e;
        }
    }
}
