package io.telltale.ingest;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.store.ReadingPartition;
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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gathers readings by the partition of the store they belong to, and writes each partition's in batches: when a batch is
 * full, when the oldest has lingered, or when too much is held. While a partition has a write under way it gathers, so
 * that batches grow by themselves when the store is slow.
 *
 * <p>A write that fails is tried again for as long as it takes. It waits without a place among the writes under way, and
 * those that are tried again get a quarter of the places: a part of the store that cannot be written holds up nobody
 * else, until so much of it is held that there is no room for more.
 *
 * <p>Works like the accumulator of Kafka's own producer. Everything happens on one event loop; nothing is locked.
 */
@Singleton
class Accumulator {

    private final long lingerNanos;
    private final int batchRows;
    private final int batchBytes;
    private final int heldReadings;
    private final long heldBytes;
    private final AdaptiveWriteLimit limit;
    private final Backoff backoff;
    private final Target target;
    private final LongSupplier nanoTime;

    private final Map<ReadingPartition, Gathering> gatherings = new HashMap<>();
    private final Deque<Lingering> lingering = new ArrayDeque<>();
    private final Deque<Gathering> due = new ArrayDeque<>();
    private final Deque<Gathering> dueAgain = new ArrayDeque<>();
    private final Queue<Gathering> pausing;
    private final List<UniEmitter<? super Void>> waitingForCapacity = new ArrayList<>();
    private int readings;
    private long bytes;
    private int writing;
    private int writingAgain;

    /** Where an accumulator writes to. */
    interface Target {

        /** Writes readings of one partition. Completes or fails on the accumulator's event loop. */
        Uni<Void> write(ReadingPartition partition, RowBatch rows);

        /** Something went wrong that nobody has foreseen, and what was held may be so for ever. */
        void reportBug(Throwable bug);
    }

    /** Readings that are written in one request, each with the slice in which it is then done. */
    private static final class Batch {
        private static final int SMALL = 4;

        final RowBatch rows = new RowBatch();
        final List<OffsetTracker.Slice> slices = new ArrayList<>(SMALL);
        int bytes;

        void add(RecordedReading recorded, OffsetTracker.Slice slice, int size) {
            rows.add(recorded);
            slices.add(slice);
            bytes += size;
        }
    }

    /** A gathering, and since when the oldest of its readings had waited; over once that one was written. */
    private record Lingering(Gathering gathering, long sinceNanos) {
        boolean isOver() {
            return gathering.held.isEmpty() || gathering.oldestNanos != sinceNanos;
        }
    }

    /** The readings that wait for one partition. */
    private static final class Gathering {
        final ReadingPartition partition;

        /** In the order in which they came; all but the last are full. */
        final Deque<Batch> held = new ArrayDeque<>(2);

        long oldestNanos;
        boolean isDue;

        /** What is being written, or will be again once the pause is over; null if nothing is. */
        @Nullable
        Batch batch;

        int failures;
        long pauseEndsNanos;

        Gathering(ReadingPartition partition) {
            this.partition = partition;
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
        this.batchRows = config.batchRows();
        this.batchBytes = config.batchBytes();
        this.heldReadings = config.heldReadings();
        this.heldBytes = config.heldBytes();
        this.limit = new AdaptiveWriteLimit(config.writesInFlight());
        this.backoff = backoff;
        this.target = target;
        this.nanoTime = nanoTime;
        long origin = nanoTime.getAsLong();
        this.pausing = new PriorityQueue<>(Comparator.comparingLong(gathering -> gathering.pauseEndsNanos - origin));
    }

    /** Takes a reading. It is written soon, and then done in its slice. */
    void add(ReadingPartition partition, RecordedReading recorded, OffsetTracker.Slice slice) {
        Gathering gathering = gatherings.computeIfAbsent(partition, Gathering::new);
        if (gathering.held.isEmpty()) {
            gathering.oldestNanos = nanoTime.getAsLong();
            lingering.add(new Lingering(gathering, gathering.oldestNanos));
        }
        Batch last = gathering.held.peekLast();
        if (last == null || isFull(last)) {
            last = new Batch();
            gathering.held.add(last);
        }
        int size = recorded.sizeBytes();
        last.add(recorded, slice, size);
        bytes += size;
        readings++;
        if (isFull(gathering)) {
            makeDue(gathering);
            writeDue();
        }
    }

    /** Completes when there is room for more: at once, unless too much is held. */
    Uni<Void> awaitCapacity() {
        if (hasCapacity()) {
            return Uni.createFrom().voidItem();
        }
        // Waiting for readings to linger would be waiting for nothing: consumption stands still.
        flush();
        return Uni.createFrom().emitter(waitingForCapacity::add);
    }

    /** Writes what is held without letting it linger. */
    void flush() {
        lingering.forEach(waiting -> makeDue(waiting.gathering()));
        lingering.clear();
        writeDue();
    }

    /** Writes what has lingered, and again what has failed and waited. To be called every few milliseconds. */
    void tick() {
        long now = nanoTime.getAsLong();
        for (Lingering oldest = lingering.peek();
                oldest != null && (oldest.isOver() || now - oldest.sinceNanos() >= lingerNanos);
                oldest = lingering.peek()) {
            lingering.remove();
            if (!oldest.isOver()) {
                makeDue(oldest.gathering());
            }
        }
        for (Gathering first = pausing.peek();
                first != null && now - first.pauseEndsNanos >= 0;
                first = pausing.peek()) {
            dueAgain.add(pausing.remove());
        }
        writeDue();
    }

    int writesInFlight() {
        return writing;
    }

    int writeLimit() {
        return limit.get();
    }

    int heldReadings() {
        return readings;
    }

    private boolean isFull(Gathering gathering) {
        return isFull(gathering.held.element());
    }

    private boolean isFull(Batch batch) {
        return batch.rows.size() >= batchRows || batch.bytes >= batchBytes;
    }

    private void makeDue(Gathering gathering) {
        if (!gathering.isDue && gathering.batch == null && !gathering.held.isEmpty()) {
            gathering.isDue = true;
            due.add(gathering);
        }
    }

    private void writeDue() {
        while (writing < limit.get()) {
            if (!dueAgain.isEmpty() && writingAgain < limit.ofThemAgain()) {
                Gathering gathering = dueAgain.remove();
                write(gathering, Objects.requireNonNull(gathering.batch));
            } else if (!due.isEmpty()) {
                Gathering gathering = due.remove();
                gathering.isDue = false;
                Batch batch = gathering.held.remove();
                gathering.batch = batch;
                write(gathering, batch);
            } else {
                return;
            }
        }
    }

    private void write(Gathering gathering, Batch batch) {
        writing++;
        writingAgain += gathering.failures == 0 ? 0 : 1;
        long startNanos = nanoTime.getAsLong();
        int underWay = writing;
        target.write(gathering.partition, batch.rows)
                .onItemOrFailure()
                .transform((durable, failure) -> failure)
                .invoke(failure -> {
                    limit.ended(startNanos, nanoTime.getAsLong(), underWay, failure != null);
                    ended(gathering, batch, failure);
                })
                .subscribe()
                .with(ended -> {}, target::reportBug);
    }

    private void ended(Gathering gathering, Batch batch, @Nullable Throwable failure) {
        writing--;
        writingAgain -= gathering.failures == 0 ? 0 : 1;
        if (failure == null) {
            finish(gathering, batch);
        } else {
            gathering.failures++;
            gathering.pauseEndsNanos = nanoTime.getAsLong() + backoff.nanosAfter(gathering.failures);
            pausing.add(gathering);
        }
        writeDue();
        resume();
    }

    private void finish(Gathering gathering, Batch batch) {
        gathering.batch = null;
        readings -= batch.rows.size();
        bytes -= batch.bytes;
        batch.slices.forEach(OffsetTracker.Slice::done);
        if (gathering.failures > 0) {
            // What held it up may well have held up the others: they need not wait any longer to find out.
            gathering.failures = 0;
            dueAgain.addAll(pausing);
            pausing.clear();
        }
        if (gathering.held.isEmpty()) {
            gatherings.remove(gathering.partition);
        } else if (isFull(gathering) || !hasCapacity() || nanoTime.getAsLong() - gathering.oldestNanos >= lingerNanos) {
            makeDue(gathering);
        } else {
            lingering.add(new Lingering(gathering, gathering.oldestNanos));
        }
    }

    private boolean hasCapacity() {
        return readings < heldReadings && bytes < heldBytes;
    }

    /** Lets more in once a quarter is free, so that consumption does not stop and go with every write. */
    private void resume() {
        if (waitingForCapacity.isEmpty() || readings > heldReadings / 4 * 3 || bytes > heldBytes / 4 * 3) {
            return;
        }
        List<UniEmitter<? super Void>> waiting = new ArrayList<>(waitingForCapacity);
        waitingForCapacity.clear();
        waiting.forEach(emitter -> emitter.complete(null));
    }
}
