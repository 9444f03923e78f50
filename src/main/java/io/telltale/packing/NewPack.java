package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.telltale.store.PackableReading;
import io.telltale.store.PackedSegment;
import io.telltale.store.Span;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * A pack of a span that is being written: cuts readings into segments, writes them, and compares what it reads back.
 * Only its mark, which the caller writes after that, makes it valid. Holds one segment and one request.
 */
final class NewPack {

    /** The most segments per request, and the bytes at which a request is sent. */
    static final int REQUEST_SEGMENTS = 32;

    static final int REQUEST_BYTES = 48 << 10;

    private static final Logger log = Logger.getLogger(NewPack.class);

    private final PackStore store;
    private final Span span;
    private final Lease lease;
    private final SegmentCutter cutter;
    private final UUID id = UUID.randomUUID();
    private final List<PackedSegment> request = new ArrayList<>();
    private final PackedContent content = new PackedContent();
    private int requestBytes;
    private boolean isStarted;
    private long readings;

    NewPack(PackStore store, Span span, Lease lease, Clock clock) {
        this.store = store;
        this.span = span;
        this.lease = lease;
        this.cutter = new SegmentCutter(Math.floorDiv(clock.millis(), 1_000L));
    }

    /** A new random one. */
    UUID id() {
        return id;
    }

    long readings() {
        return readings;
    }

    /** Adds a reading. Those of one sensor follow each other, unless {@link #cut} was called between them. */
    void add(PackableReading reading) {
        readings++;
        cutter.add(reading).ifPresent(this::add);
    }

    /** Ends the segment of the last reading. */
    void cut() {
        cutter.finish().ifPresent(this::add);
    }

    private void add(PackedSegment segment) {
        content.add(segment);
        request.add(segment);
        requestBytes += segment.segment().length + segment.summary().length;
        store.metrics().written(segment);
        if (request.size() == REQUEST_SEGMENTS || requestBytes >= REQUEST_BYTES) {
            send();
        }
    }

    private void send() {
        List<PackedSegment> segments = List.copyOf(request);
        lease.keep();
        isStarted = true;
        store.waits().get(store.write().segments(span, id, segments));
        request.clear();
        requestBytes = 0;
    }

    /**
     * Writes the last segments, and reads all back.
     *
     * @throws PackingException if they are not those that were written
     */
    void finish() {
        cut();
        if (!request.isEmpty()) {
            send();
        }
        PackedContent read = new PackedContent();
        store.waits().forEach(store.readBack().apply(span, id), read::add);
        if (!read.isSameAs(content)) {
            throw new PackingException(
                    ("segments that were read back differ from those written, the span stays unpacked: %s written=%s "
                                    + "read=%s")
                            .formatted(span, content, read));
        }
    }

    /**
     * Makes the pack valid. After a failure the outcome is unknown, so its segments stay.
     *
     * @param request repeated, if it fails
     * @throws PackingException after a failure: each further attempt would leave as many segments
     */
    void mark(Supplier<Uni<Void>> request) {
        try {
            store.waits().withRetries(() -> store.waits().get(request.get()));
        } catch (RuntimeException e) {
            throw new PackingException(
                    "the mark of a pack may be missing, its segments stay: %s pack=%s: %s".formatted(span, id, e));
        }
    }

    /** Removes what was written of a pack that nothing will make valid. */
    void removeQuietly() {
        if (!isStarted) {
            return;
        }
        try {
            store.waits().getAlways(store.remove().apply(span, id));
        } catch (RuntimeException e) {
            log.debugf("Segments of a failed attempt were not removed, they only take space: %s pack=%s", span, id);
        }
    }
}
