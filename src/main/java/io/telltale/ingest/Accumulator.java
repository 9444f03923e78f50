package io.telltale.ingest;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.ingest.offsets.Slice;
import io.telltale.store.Lane;
import io.telltale.store.Placement;
import io.telltale.store.RecordedReading;
import io.telltale.store.RowBatch;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Accumulates readings per placement in the store, and writes them in batches, like the accumulator of Kafka's
 * producer. A batch is written when it is full, when its oldest reading has lingered, or when the capacity is used up.
 * A placement has one write in flight at most, so batches grow while the store is slow.
 *
 * <p>A failed write is retried without limit. It backs off outside the write limit, and retries use at most a quarter
 * of that limit: a placement that cannot be written delays the others only when its readings use up the capacity.
 *
 * <p>Runs on {@link IngestLoop}, without locks.
 */
@Singleton
class Accumulator {

    /** A lane takes all readings of a type, in segments of some bytes a reading. The store splits large requests. */
    private static final int LANE_READINGS = 8_192;

    private static final int LANE_BYTES = 2 << 20;

    private final long lingerNanos;
    private final Function<Placement, Buffer> newBuffer;
    private final int maxReadings;
    private final long maxBytes;
    private final AdaptiveWriteLimit limit;
    private final Backoff backoff;
    private final Target target;
    private final LongSupplier nanoTime;

    private final Map<Placement, Buffer> buffers = new HashMap<>();
    private final Deque<Lingering> lingering = new ArrayDeque<>();
    private final Deque<Buffer> due = new ArrayDeque<>();
    private final Deque<Buffer> retryDue = new ArrayDeque<>();
    private final Queue<Buffer> backingOff;
    private final List<UniEmitter<? super Void>> awaitingCapacity = new ArrayList<>();
    private int readings;
    private long bytes;
    private int writes;
    private int retries;

    /** Where an accumulator writes to. */
    interface Target {

        /** Writes readings of one placement. Completes or fails on the accumulator's event loop. */
        Uni<Void> write(Placement placement, RowBatch rows);

        /** Reports an unexpected exception, after which readings may be held forever. */
        void reportBug(Throwable bug);
    }

    /** Readings that are written in one request, each with the slice that its write acknowledges. */
    private static final class Batch {
        private static final int SMALL = 4;

        final RowBatch rows = new RowBatch();
        final List<Slice> slices = new ArrayList<>(SMALL);
        int bytes;

        void add(RecordedReading recorded, Slice slice, int size) {
            rows.add(recorded);
            slices.add(slice);
            bytes += size;
        }
    }

    /** The linger time of a buffer; obsolete once its oldest reading of that time is in a write. */
    private record Lingering(Buffer buffer, long sinceNanos) {
        boolean isObsolete() {
            return buffer.held.isEmpty() || buffer.oldestNanos != sinceNanos;
        }
    }

    /** The readings of one placement. */
    private static final class Buffer {
        final Placement placement;
        final int maxRows;
        final int maxBytes;

        /** In order of arrival; all but the last are full. */
        final Deque<Batch> held = new ArrayDeque<>(2);

        long oldestNanos;
        boolean isDue;

        /** The batch in flight or backing off; null if there is none. */
        @Nullable
        Batch batch;

        int failures;
        long backoffEndNanos;

        Buffer(Placement placement, int maxRows, int maxBytes) {
            this.placement = placement;
            this.maxRows = maxRows;
            this.maxBytes = maxBytes;
        }
    }

    @Inject
    Accumulator(IngestConfig config, ReadingWriter target, IngestMetrics metrics) {
        this(IngestSettings.checked(config), new Backoff(config, new SplittableRandom()), target, System::nanoTime);
        metrics.watch(this::writesInFlight, this::writeLimit, this::heldReadings);
    }

    /**
     * @param nanoTime as {@link System#nanoTime}
     */
    Accumulator(IngestConfig config, Backoff backoff, Target target, LongSupplier nanoTime) {
        this.lingerNanos = config.linger().toNanos();
        int batchRows = config.batchRows();
        int batchBytes = config.batchBytes();
        this.newBuffer = placement -> placement instanceof Lane
                ? new Buffer(placement, LANE_READINGS, LANE_BYTES)
                : new Buffer(placement, batchRows, batchBytes);
        this.maxReadings = config.heldReadings();
        this.maxBytes = config.heldBytes();
        this.limit = new AdaptiveWriteLimit(config.writesInFlight());
        this.backoff = backoff;
        this.target = target;
        this.nanoTime = nanoTime;
        long origin = nanoTime.getAsLong();
        this.backingOff = new PriorityQueue<>(Comparator.comparingLong(buffer -> buffer.backoffEndNanos - origin));
    }

    /** Adds a reading, and acknowledges it in its slice when it is durable. */
    void add(Placement placement, RecordedReading recorded, Slice slice) {
        Buffer buffer = buffers.computeIfAbsent(placement, newBuffer);
        if (buffer.held.isEmpty()) {
            buffer.oldestNanos = nanoTime.getAsLong();
            lingering.add(new Lingering(buffer, buffer.oldestNanos));
        }
        Batch last = buffer.held.peekLast();
        if (last == null || isFull(buffer, last)) {
            last = new Batch();
            buffer.held.add(last);
        }
        int size = recorded.sizeBytes();
        last.add(recorded, slice, size);
        bytes += size;
        readings++;
        if (isFull(buffer)) {
            markDue(buffer);
            writeDue();
        }
    }

    /** Completes when fewer readings and bytes are held than the settings allow. */
    Uni<Void> awaitCapacity() {
        if (hasCapacity()) {
            return Uni.createFrom().voidItem();
        }
        // No reading arrives meanwhile, so lingering would only delay the writes that free capacity.
        flush();
        return Uni.createFrom().emitter(awaitingCapacity::add);
    }

    /** Writes the held readings without waiting for the linger time. */
    void flush() {
        lingering.forEach(waiting -> markDue(waiting.buffer()));
        lingering.clear();
        writeDue();
    }

    /** Writes the buffers whose linger or backoff time is over. Call it every few milliseconds. */
    void tick() {
        long now = nanoTime.getAsLong();
        for (Lingering oldest = lingering.peek();
                oldest != null && (oldest.isObsolete() || now - oldest.sinceNanos() >= lingerNanos);
                oldest = lingering.peek()) {
            lingering.remove();
            if (!oldest.isObsolete()) {
                markDue(oldest.buffer());
            }
        }
        for (Buffer first = backingOff.peek();
                first != null && now - first.backoffEndNanos >= 0;
                first = backingOff.peek()) {
            retryDue.add(backingOff.remove());
        }
        writeDue();
    }

    int writesInFlight() {
        return writes;
    }

    int writeLimit() {
        return limit.get();
    }

    int heldReadings() {
        return readings;
    }

    private boolean isFull(Buffer buffer) {
        return isFull(buffer, buffer.held.element());
    }

    private static boolean isFull(Buffer buffer, Batch batch) {
        return batch.rows.size() >= buffer.maxRows || batch.bytes >= buffer.maxBytes;
    }

    private void markDue(Buffer buffer) {
        if (!buffer.isDue && buffer.batch == null && !buffer.held.isEmpty()) {
            buffer.isDue = true;
            due.add(buffer);
        }
    }

    private void writeDue() {
        while (writes < limit.get()) {
            if (!retryDue.isEmpty() && retries < limit.maxRetries()) {
                Buffer buffer = retryDue.remove();
                write(buffer, Objects.requireNonNull(buffer.batch));
            } else if (!due.isEmpty()) {
                Buffer buffer = due.remove();
                buffer.isDue = false;
                Batch batch = buffer.held.remove();
                buffer.batch = batch;
                write(buffer, batch);
            } else {
                return;
            }
        }
    }

    private void write(Buffer buffer, Batch batch) {
        writes++;
        retries += buffer.failures == 0 ? 0 : 1;
        long startNanos = nanoTime.getAsLong();
        int inFlight = writes;
        target.write(buffer.placement, batch.rows)
                .onItemOrFailure()
                .transform((durable, failure) -> failure)
                .invoke(failure -> {
                    limit.onEnd(startNanos, nanoTime.getAsLong(), inFlight, failure != null);
                    onEnd(buffer, batch, failure);
                })
                .subscribe()
                .with(ended -> {}, target::reportBug);
    }

    private void onEnd(Buffer buffer, Batch batch, @Nullable Throwable failure) {
        writes--;
        retries -= buffer.failures == 0 ? 0 : 1;
        if (failure == null) {
            onDurable(buffer, batch);
        } else {
            buffer.failures++;
            buffer.backoffEndNanos = nanoTime.getAsLong() + backoff.nanosAfter(buffer.failures);
            backingOff.add(buffer);
        }
        writeDue();
        resume();
    }

    private void onDurable(Buffer buffer, Batch batch) {
        buffer.batch = null;
        readings -= batch.rows.size();
        bytes -= batch.bytes;
        batch.slices.forEach(Slice::acknowledge);
        if (buffer.failures > 0) {
            // The cause of the failures may be gone for the other partitions too, so retry them now.
            buffer.failures = 0;
            retryDue.addAll(backingOff);
            backingOff.clear();
        }
        if (buffer.held.isEmpty()) {
            buffers.remove(buffer.placement);
        } else if (isFull(buffer) || !hasCapacity() || nanoTime.getAsLong() - buffer.oldestNanos >= lingerNanos) {
            markDue(buffer);
        } else {
            lingering.add(new Lingering(buffer, buffer.oldestNanos));
        }
    }

    private boolean hasCapacity() {
        return readings < maxReadings && bytes < maxBytes;
    }

    /**
     * Resumes consumption when a quarter of the capacity is free, so that it does not stop and start with every write.
     */
    private void resume() {
        if (awaitingCapacity.isEmpty() || readings > maxReadings / 4 * 3 || bytes > maxBytes / 4 * 3) {
            return;
        }
        List<UniEmitter<? super Void>> waiting = new ArrayList<>(awaitingCapacity);
        awaitingCapacity.clear();
        waiting.forEach(emitter -> emitter.complete(null));
    }
}
