package io.telltale.packing;

import io.smallrye.mutiny.Uni;
import io.telltale.packing.PendingRemovals.Removal;
import io.telltale.segment.ReadingCursor;
import io.telltale.store.FreshUnion;
import io.telltale.store.Layout;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecentBucket;
import io.telltale.store.RecentSegment;
import io.telltale.store.Span;
import io.telltale.store.SpanPack;
import io.telltale.store.SpanTables;
import io.telltale.store.StoredKey;
import io.telltale.store.StoredSegment;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jboss.logging.Logger;

/**
 * Packs the recent segments of one span: reads the entries of its buckets, then their segments, writes a pack, reads it
 * back, and only then marks it. Some time later it removes what it has read, and nothing else. A failure or crash at
 * any step leaves duplicates at most. The order of the steps is the safety argument of decision 0093. Blocks: runs on
 * the packer's thread.
 */
final class SpanUnionPacker {

    /**
     * The most that one attempt has in memory.
     *
     * @param chunkBytes the memory of the segments that are merged
     * @param segments that are packed; their keys are kept until they are removed
     */
    record Limits(int chunkBytes, int segments) {
        static final Limits DEFAULT = new Limits(16 << 20, 50_000);
    }

    /** The memory of a segment besides its bytes while it is merged: what is decoded of it. */
    static final int SEGMENT_OVERHEAD = 20 << 10;

    /** An id as an object, in bytes for each of its own. */
    private static final int ID_FACTOR = 4;

    /** Late readings are packed together after a quiet time: a tenth of the span's age, within these bounds. */
    static final Duration MIN_QUIET = Duration.ofMinutes(15);

    static final Duration MAX_QUIET = Duration.ofDays(1);

    private static final Duration MAX_AHEAD = Duration.ofHours(1);

    private static final Logger log = Logger.getLogger(SpanUnionPacker.class);

    private final SpanTables tables;
    private final PackerWaits waits;
    private final Pace pace;
    private final PackingMetrics metrics;
    private final PendingRemovals removals;
    private final Clock clock;
    private final Limits limits;
    private final PackStore packs;

    SpanUnionPacker(
            SpanTables tables,
            PackerWaits waits,
            Pace pace,
            PackingMetrics metrics,
            PendingRemovals removals,
            Clock clock,
            Limits limits) {
        this.tables = tables;
        this.waits = waits;
        this.pace = pace;
        this.metrics = metrics;
        this.removals = removals;
        this.clock = clock;
        this.limits = limits;
        this.packs = new PackStore(tables::write, tables::readBack, tables::remove, waits, metrics);
    }

    /** Whether an attempt to pack a span that has ended makes sense now. */
    boolean isDue(Span span, List<RecentBucket> entries, Layout layout) {
        return !removals.isFull() && isQuiet(span, layout, entries, List.of());
    }

    /**
     * Packs a span that has ended, if it is quiet.
     *
     * @return whether all is packed now, and is removed later
     * @throws PackingException if the segments that are read back are not those that were written
     */
    boolean pack(Span span, Layout layout) {
        Lease lease = new Lease(() -> waits.get(tables.lease(span, Lease.DURATION)), clock);
        if (!lease.take()) {
            return false;
        }
        // Before the segments: what is not read below has an entry that is not among these, or a later one.
        List<RecentBucket> entries = waits.get(tables.buckets(span, layout));
        if (entries.isEmpty()) {
            return true;
        }
        // After a packing, the packer removes the segments and their entries. If it crashed, that is made up for later.
        if (!isQuiet(span, layout, entries, waits.get(SpanPacks.of(tables, span)))) {
            return false;
        }
        Attempt attempt = new Attempt(span, lease);
        try {
            attempt.pack(entries);
            lease.keep();
        } catch (RuntimeException | Error e) {
            attempt.packs.forEach(NewPack::removeQuietly);
            if (e instanceof Lease.LostException) {
                return false;
            }
            throw e;
        }
        attempt.mark();
        removals.add(
                new Removal(span, Optional.empty()),
                attempt.read.size() + attempt.readEntries.size(),
                attempt::removeRead);
        return attempt.isWhole;
    }

    /**
     * Whether a span has been quiet for long enough. The older it is, the longer that is. Otherwise a few late readings
     * now and then would have it packed as often. Only a guess: clocks of other machines made the timestamps. One that
     * is far ahead says nothing.
     */
    private boolean isQuiet(Span span, Layout layout, List<RecentBucket> entries, List<SpanPack> marked) {
        long now = clock.millis();
        long tenth = (now - span.lastEndMillis(layout)) / 10;
        long quiet = Math.max(MIN_QUIET.toMillis(), Math.min(MAX_QUIET.toMillis(), tenth));
        return LongStream.concat(
                        entries.stream().mapToLong(RecentBucket::writtenMicros),
                        marked.stream().mapToLong(SpanPack::writtenMicros))
                .map(TimeUnit.MICROSECONDS::toMillis)
                .allMatch(millis -> millis + quiet <= now || millis > now + MAX_AHEAD.toMillis());
    }

    /**
     * One attempt to pack a span. Holds the segments of one chunk, and the keys of all segments.
     *
     * <p>A chunk ends with a bucket. So the segments that a pack has of one sensor begin at different instants, as
     * their keys must. If one bucket does not fit, the part that follows belongs to another pack. The compaction of
     * packs merges them.
     */
    private final class Attempt {
        private final Span span;
        private final Lease lease;
        private final UndeletedReadings readings;
        private final List<NewPack> packs = new ArrayList<>();
        private final Deque<StoredKey> read = new ArrayDeque<>();
        private final Deque<RecentBucket> readEntries = new ArrayDeque<>();
        private final List<RecentSegment> chunk = new ArrayList<>();

        /** How many segments of the chunk belong to buckets that are read to their end. */
        private int whole;

        private int bytes;
        private boolean isWhole;

        Attempt(Span span, Lease lease) {
            this.span = span;
            this.lease = lease;
            this.readings = new UndeletedReadings(span, waits.get(tables.deletions()), pace, waits);
            packs.add(newPack());
        }

        private NewPack newPack() {
            return new NewPack(SpanUnionPacker.this.packs, span, lease, clock);
        }

        void pack(List<RecentBucket> entries) {
            Set<ReadingPartition> buckets = new LinkedHashSet<>();
            entries.forEach(entry -> buckets.add(entry.partition()));
            isWhole = true;
            for (ReadingPartition bucket : buckets) {
                isWhole = isWhole && readAll(bucket);
                if (!isWhole) {
                    break;
                }
                entries.stream()
                        .filter(entry -> entry.partition().equals(bucket))
                        .forEach(readEntries::add);
            }
            if (!chunk.isEmpty()) {
                merge(chunk.size());
            }
            packs.forEach(NewPack::finish);
        }

        /** Returns false if it ends before the bucket does. */
        private boolean readAll(ReadingPartition bucket) {
            PagedItems<StoredSegment> segments = new PagedItems<>(waits.get(tables.segments(bucket)), page -> {
                lease.keep();
                return waits.after(page);
            });
            for (Optional<StoredSegment> next = segments.current(); next.isPresent(); next = segments.current()) {
                if (read.size() == limits.segments()) {
                    return false;
                }
                add(next.get());
                segments.advance();
            }
            whole = chunk.size();
            return true;
        }

        private void add(StoredSegment stored) {
            RecentSegment segment = stored.segment();
            int more = bytes(segment);
            while (!chunk.isEmpty() && bytes + more > limits.chunkBytes()) {
                if (whole > 0) {
                    merge(whole);
                } else {
                    merge(chunk.size());
                    packs.add(newPack());
                }
            }
            chunk.add(segment);
            bytes += more;
            read.add(new StoredKey(segment.key(), stored.writtenMicros()));
        }

        private int bytes(RecentSegment segment) {
            return SEGMENT_OVERHEAD + ID_FACTOR * segment.sensors().length + segment.segment().length;
        }

        /** Merges the first segments of the chunk. */
        private void merge(int count) {
            List<RecentSegment> first = chunk.subList(0, count);
            FreshUnion union = FreshUnion.ofRecent(first);
            NewPack pack = packs.get(packs.size() - 1);
            ReadingCursor cursor = union.readings();
            while (cursor.next()) {
                readings.add(pack, union.current());
            }
            pack.cut();
            first.clear();
            whole = 0;
            bytes = chunk.stream().mapToInt(this::bytes).sum();
        }

        /** Makes the packs valid. */
        void mark() {
            for (NewPack pack : packs) {
                if (pack.readings() > 0) {
                    pack.mark(() -> tables.mark(span, pack.id(), Set.of()));
                    metrics.packed(pack.readings());
                    log.debugf("Packed %s: pack=%s readings=%d", span, pack.id(), pack.readings());
                }
            }
        }

        /** Removes what was read. Later segments and entries stay, because they have other keys or timestamps. */
        void removeRead() {
            removeAll(read, tables::remove);
            removeAll(readEntries, tables::forget);
        }

        /** After a failure, the next attempt continues where this one has ended. */
        private <T> void removeAll(Deque<T> things, Function<T, Uni<Void>> remove) {
            for (T next = things.peek(); next != null; next = things.peek()) {
                waits.get(remove.apply(next));
                things.remove();
            }
        }
    }
}
