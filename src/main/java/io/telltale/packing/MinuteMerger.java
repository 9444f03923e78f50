package io.telltale.packing;

import io.telltale.store.FreshKey;
import io.telltale.store.FreshMinute;
import io.telltale.store.FreshRow;
import io.telltale.store.FreshUnion;
import io.telltale.store.Layout;
import io.telltale.store.MergingTables;
import io.telltale.store.MinuteState;
import io.telltale.store.MinuteState.Mark;
import io.telltale.store.Page;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecentSegment;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Merges one minute: reads its fresh segments, writes recent ones, reads them back, writes the entries of their
 * buckets, and only then marks the minute. Later it removes what it has merged. A failure or crash at any step leaves
 * duplicates at most. The order of the steps is the safety argument of decisions 0092 and 0093. Blocks: runs on the
 * merger's thread.
 */
final class MinuteMerger {

    /** The segments that are merged at one time. What does not fit becomes further recent segments. */
    static final int CHUNK_BYTES = 2 << 20;

    static final int CHUNK_SEGMENTS = 512;

    /** The keys that are kept to remove what a failed attempt has written. What is left only takes space. */
    static final int MAX_WRITTEN = 10_000;

    /** The buckets that are kept until their entries are written at one time. */
    static final int MAX_BUCKETS = 256;

    private static final Logger log = Logger.getLogger(MinuteMerger.class);

    private final MergingTables tables;
    private final PackerWaits waits;
    private final Pace pace;
    private final MergingMetrics metrics;
    private final Clock clock;

    MinuteMerger(MergingTables tables, PackerWaits waits, Pace pace, MergingMetrics metrics, Clock clock) {
        this.tables = tables;
        this.waits = waits;
        this.pace = pace;
        this.metrics = metrics;
        this.clock = clock;
    }

    /**
     * Merges a minute that is complete.
     *
     * @return whether it is merged now; false if another replica merges it or has changed it
     * @throws PackingException if a segment that is read back is not the one that was written
     */
    boolean merge(MinuteState seen) {
        FreshMinute minute = seen.minute();
        Lease lease = new Lease(() -> waits.get(tables.lease(minute, Lease.DURATION)), clock);
        // Since the minutes were listed, another replica may have merged it, or removed it.
        if (!lease.take() || !waits.get(tables.minutes(minute.lane().type())).contains(seen)) {
            return false;
        }
        Attempt attempt = new Attempt(minute, lease);
        try {
            attempt.merge();
            lease.keep();
        } catch (RuntimeException | Error e) {
            // Nothing says that they replace the minute, and nothing will.
            attempt.removeQuietly();
            if (e instanceof Lease.LostException) {
                return false;
            }
            throw e;
        }
        ByteBuffer content = attempt.content.bytes();
        // The outcome of a failed attempt is unknown, so the segments stay.
        waits.withRetries(() -> waits.get(tables.mark(minute, content)));
        metrics.merged(attempt.readings);
        log.debugf("Merged %s: segments=%d readings=%d", minute, attempt.content.count(), attempt.readings);
        return true;
    }

    /**
     * Removes a merged minute, one step per call: the segments, then the minute. Merges again if it holds segments that
     * were not merged.
     *
     * @param mark that no read relies on any more
     */
    void remove(MinuteState marked, Mark mark) {
        FreshMinute minute = marked.minute();
        ContentDigest found = new ContentDigest();
        long lastMicros = Long.MIN_VALUE;
        for (Optional<Page<FreshKey>> page = Optional.of(waits.get(tables.keys(minute)));
                page.isPresent();
                page = waits.after(page.get())) {
            for (FreshKey key : page.get().items()) {
                found.add(bytes(key));
                lastMicros = Math.max(lastMicros, key.writtenMicros());
            }
        }
        if (found.count() == 0) {
            waits.get(tables.forget(minute, mark));
        } else if (found.bytes().equals(mark.content())) {
            // Segments that were written later than these stay.
            waits.get(tables.remove(minute, lastMicros));
        } else {
            merge(marked);
        }
    }

    private static byte[] bytes(FreshKey key) {
        return ByteBuffer.allocate(1 + Integer.BYTES + 3 * Long.BYTES)
                .put((byte) (key.isLate() ? 1 : 0))
                .putInt(key.shard())
                .putLong(key.writer().getMostSignificantBits())
                .putLong(key.writer().getLeastSignificantBits())
                .putLong(key.seq())
                .array();
    }

    /** One attempt to merge a minute. Holds the segments of one chunk, and the keys of what it has written. */
    private final class Attempt {
        private final FreshMinute minute;
        private final Lease lease;
        private final ContentDigest content = new ContentDigest();
        private final List<FreshRow> chunk = new ArrayList<>();
        private final List<RecentSegment.Key> written = new ArrayList<>();
        private final Set<ReadingPartition> buckets = new LinkedHashSet<>();
        private int chunkBytes;
        private long readings;

        Attempt(FreshMinute minute, Lease lease) {
            this.minute = minute;
            this.lease = lease;
        }

        void merge() {
            waits.forEach(tables.rows(minute), this::add);
            mergeChunk();
            index();
        }

        private void add(FreshRow row) {
            if (!chunk.isEmpty() && !fits(row)) {
                mergeChunk();
            }
            chunk.add(row);
            chunkBytes += row.bytes();
            content.add(bytes(row.key()));
        }

        /** Whether a segment belongs to the chunk: the sensors of another shard are others. */
        private boolean fits(FreshRow row) {
            FreshKey first = chunk.get(0).key();
            return row.key().shard() == first.shard()
                    && row.key().isLate() == first.isLate()
                    && chunk.size() < CHUNK_SEGMENTS
                    && chunkBytes + row.bytes() <= CHUNK_BYTES;
        }

        private void mergeChunk() {
            if (chunk.isEmpty()) {
                return;
            }
            FreshUnion union = new FreshUnion(chunk);
            Layout layout = waits.get(tables.layout(minute.lane().type(), union.latestMillis()));
            RecentCutter cutter = new RecentCutter(
                    layout, chunk.get(0).key().shard(), Math.floorDiv(clock.millis(), 1_000L), this::write);
            cutter.cut(union);
            readings += cutter.readings();
            chunk.clear();
            chunkBytes = 0;
            waits.keep(pace, cutter.readings());
        }

        private void write(List<RecentSegment> segments) {
            for (RecentSegment segment : segments) {
                lease.keep();
                if (written.size() < MAX_WRITTEN) {
                    written.add(segment.key());
                }
                waits.get(tables.write(segment));
                metrics.written(segment);
            }
            for (RecentSegment segment : segments) {
                lease.keep();
                verify(segment);
                buckets.add(segment.key().partition());
            }
            if (buckets.size() >= MAX_BUCKETS) {
                index();
            }
        }

        /** Writes the entries of buckets after their segments: a packer that reads an entry then reads these, too. */
        private void index() {
            if (!buckets.isEmpty()) {
                lease.keep();
                waits.get(tables.index(List.copyOf(buckets)));
                buckets.clear();
            }
        }

        private void verify(RecentSegment segment) {
            if (!waits.get(tables.readBack(segment.key()))
                    .filter(segment::hasContentOf)
                    .isPresent()) {
                throw new PackingException(
                        "a segment that was read back differs from the one written, the minute stays unmerged: %s %s"
                                .formatted(minute, segment.key()));
            }
        }

        /** Removes what was written. When the service stops, it stays: it only takes space. */
        void removeQuietly() {
            try {
                for (RecentSegment.Key key : written) {
                    waits.get(tables.remove(key));
                }
            } catch (RuntimeException e) {
                log.debugf("Segments of a failed attempt were not removed, they only take space: %s", minute);
            }
        }
    }
}
