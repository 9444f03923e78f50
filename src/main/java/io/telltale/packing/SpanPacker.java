package io.telltale.packing;

import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.telltale.store.Layout;
import io.telltale.store.PackableReading;
import io.telltale.store.PackedSegment;
import io.telltale.store.PackingTables;
import io.telltale.store.Page;
import io.telltale.store.ReadingPartition;
import io.telltale.store.SealedRowException;
import io.telltale.store.Span;
import io.telltale.store.SpanMarks;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.StoreUnavailableException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.jboss.logging.Logger;

/**
 * Packs one span: reads its marks, then its rows, writes segments, reads them back, and only then makes them valid. A
 * failure or crash at any step leaves the span as it was for readers. The order of the steps is the safety argument of
 * decision 0085. Blocks: runs on the packer's thread.
 */
final class SpanPacker {

    /** The most segments per request, and the bytes at which a request is sent. */
    static final int REQUEST_SEGMENTS = 32;

    static final int REQUEST_BYTES = 48 << 10;

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
    private final UnpackableSpans unpackable;

    SpanPacker(PackingTables tables, PackerWaits waits, Pace pace, PackingMetrics metrics, Clock clock) {
        this.tables = tables;
        this.waits = waits;
        this.pace = pace;
        this.metrics = metrics;
        this.clock = clock;
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
        UUID pack = UUID.randomUUID();
        Writing writing = new Writing(span, pack, lease);
        try {
            rows(span, layout, lease).forEach(writing::add);
            writing.finish();
            verify(span, pack, writing.content);
            lease.keep();
        } catch (RuntimeException | Error e) {
            if (writing.isStarted) {
                // Nothing makes this pack valid any more.
                removeQuietly(span, pack);
            }
            remember(span, seen, e);
            if (e instanceof SealedRowException || e instanceof Lease.LostException) {
                return false;
            }
            throw e;
        }
        Mark completion = tables.completion(pack);
        // The outcome of a failed attempt is unknown, so the segments stay.
        waits.withRetries(() -> waits.get(tables.complete(span, completion, seen)));
        unpackable.remove(span);
        metrics.sealed(unpackable.sealed());
        metrics.packed(writing.readings);
        log.debugf("Packed %s: readings=%d", span, writing.readings);
        return true;
    }

    private void remember(Span span, SpanMarks seen, Throwable failure) {
        boolean isSealed = failure instanceof SealedRowException;
        if (isSealed) {
            retire(span, seen.packs());
        }
        if (!isTransient(failure)) {
            unpackable.add(span, seen, isSealed);
            metrics.sealed(unpackable.sealed());
        }
    }

    /** Whether the same content may be packed soon. */
    static boolean isTransient(Throwable failure) {
        return failure instanceof StoreUnavailableException
                || failure instanceof TimeoutException
                || failure instanceof CancellationException
                || failure instanceof Lease.LostException;
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
            pause(page.items().size());
            return page;
        } catch (SealedRowException e) {
            // The page was read, too.
            pause(pageRows);
            throw e;
        }
    }

    private void pause(int rows) {
        Duration pause = pace.after(rows);
        if (!pause.isZero()) {
            waits.pause(pause);
        }
    }

    /** Writes the segments of a pack. */
    private final class Writing {
        private final Span span;
        private final UUID pack;
        private final Lease lease;
        private final SegmentCutter cutter = new SegmentCutter(Math.floorDiv(clock.millis(), 1_000L));
        private final List<PackedSegment> request = new ArrayList<>();
        private final PackedContent content = new PackedContent();
        private int requestBytes;
        private long readings;

        /** Whether a request may have written a segment. */
        private boolean isStarted;

        Writing(Span span, UUID pack, Lease lease) {
            this.span = span;
            this.pack = pack;
            this.lease = lease;
        }

        void add(PackableReading reading) {
            readings++;
            cutter.add(reading).ifPresent(this::add);
        }

        private void add(PackedSegment segment) {
            content.add(segment);
            request.add(segment);
            requestBytes += segment.segment().length + segment.summary().length;
            metrics.written(segment);
            if (request.size() == REQUEST_SEGMENTS || requestBytes >= REQUEST_BYTES) {
                send();
            }
        }

        void finish() {
            cutter.finish().ifPresent(this::add);
            if (!request.isEmpty()) {
                send();
            }
        }

        private void send() {
            List<PackedSegment> segments = List.copyOf(request);
            lease.keep();
            isStarted = true;
            waits.get(tables.write(span, pack, segments));
            request.clear();
            requestBytes = 0;
        }
    }

    private void verify(Span span, UUID pack, PackedContent written) {
        PackedContent read = new PackedContent();
        for (Optional<Page<PackedSegment>> page = Optional.of(waits.get(tables.readBack(span, pack)));
                page.isPresent();
                page = page.get().next().map(next -> waits.get(next.get()))) {
            page.get().items().forEach(read::add);
        }
        if (!read.isSameAs(written)) {
            throw new PackingException(
                    ("segments that were read back differ from those written, the span stays unpacked: %s written=%s "
                                    + "read=%s")
                            .formatted(span, written, read));
        }
    }

    private void removeQuietly(Span span, UUID pack) {
        try {
            waits.getAlways(tables.remove(span, pack));
        } catch (RuntimeException e) {
            log.debugf("Segments of a failed attempt were not removed, they only take space: %s pack=%s", span, pack);
        }
    }
}
