package io.telltale.ingest;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.store.ReadingPartition;
import io.telltale.store.RecordedReading;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/**
 * Gathers readings by the partition of the store they belong to, and writes each partition's in batches: when a batch is
 * full, when the oldest has lingered, or when too much is held. While a partition has a write under way it gathers, so
 * that batches grow by themselves when the store is slow.
 *
 * <p>Works like the accumulator of Kafka's own producer. Everything happens on one event loop; nothing is locked.
 */
final class Accumulator {

    private final long lingerNanos;
    private final int batchRows;
    private final int batchBytes;
    private final int heldReadings;
    private final long heldBytes;
    private final int writesInFlight;
    private final BiFunction<ReadingPartition, List<RecordedReading>, Uni<Void>> write;
    private final LongSupplier nanoTime;

    private final Map<ReadingPartition, Gathering> gatherings = new HashMap<>();
    private final Deque<Lingering> lingering = new ArrayDeque<>();
    private final Deque<Gathering> due = new ArrayDeque<>();
    private final List<UniEmitter<? super Void>> waitingForRoom = new ArrayList<>();
    private int readings;
    private long bytes;
    private int writing;

    private record Held(RecordedReading recorded, DurablePrefix.Slice slice) {}

    /** A gathering, and since when the oldest of its readings had waited; over once that one was written. */
    private record Lingering(Gathering gathering, long sinceNanos) {
        boolean isOver() {
            return gathering.held.isEmpty() || gathering.oldestNanos != sinceNanos;
        }
    }

    /** The readings that wait for one partition. */
    private static final class Gathering {
        final ReadingPartition partition;
        final Deque<Held> held = new ArrayDeque<>();
        int bytes;
        long oldestNanos;
        boolean isDue;
        boolean isWriting;

        Gathering(ReadingPartition partition) {
            this.partition = partition;
        }
    }

    /**
     * @param write writes readings of one partition; completes when they are durable, on ingest's event loop, and does
     *     not fail: it tries again for as long as it takes
     * @param nanoTime as {@link System#nanoTime}
     */
    Accumulator(
            IngestConfig config,
            BiFunction<ReadingPartition, List<RecordedReading>, Uni<Void>> write,
            LongSupplier nanoTime) {
        this.lingerNanos = config.linger().toNanos();
        this.batchRows = config.batchRows();
        this.batchBytes = config.batchBytes();
        this.heldReadings = config.heldReadings();
        this.heldBytes = config.heldBytes();
        this.writesInFlight = config.writesInFlight();
        this.write = write;
        this.nanoTime = nanoTime;
    }

    /** Takes a reading. It is written soon, and then done in its slice. */
    void add(ReadingPartition partition, RecordedReading recorded, DurablePrefix.Slice slice) {
        Gathering gathering = gatherings.computeIfAbsent(partition, Gathering::new);
        if (gathering.held.isEmpty()) {
            gathering.oldestNanos = nanoTime.getAsLong();
            lingering.add(new Lingering(gathering, gathering.oldestNanos));
        }
        gathering.held.add(new Held(recorded, slice));
        int size = recorded.sizeBytes();
        gathering.bytes += size;
        bytes += size;
        readings++;
        if (isFull(gathering)) {
            makeDue(gathering);
        }
        writeDue();
    }

    /** Completes when there is room for more: at once, unless too much is held. */
    Uni<Void> room() {
        if (hasRoom()) {
            return Uni.createFrom().voidItem();
        }
        // Waiting for readings to linger would be waiting for nothing: consumption stands still.
        flush();
        return Uni.createFrom().emitter(waitingForRoom::add);
    }

    /** Writes what is held without letting it linger. */
    void flush() {
        lingering.forEach(waiting -> makeDue(waiting.gathering()));
        lingering.clear();
        writeDue();
    }

    /** Writes what has lingered. To be called every few milliseconds. */
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
        writeDue();
    }

    int writesInFlight() {
        return writing;
    }

    int heldReadings() {
        return readings;
    }

    private boolean isFull(Gathering gathering) {
        return gathering.held.size() >= batchRows || gathering.bytes >= batchBytes;
    }

    private void makeDue(Gathering gathering) {
        if (!gathering.isDue && !gathering.isWriting && !gathering.held.isEmpty()) {
            gathering.isDue = true;
            due.add(gathering);
        }
    }

    private void writeDue() {
        while (writing < writesInFlight && !due.isEmpty()) {
            startWrite(due.remove());
        }
    }

    private void startWrite(Gathering gathering) {
        gathering.isDue = false;
        gathering.isWriting = true;
        writing++;
        List<Held> batch = nextBatch(gathering);
        List<RecordedReading> rows = new ArrayList<>(batch.size());
        for (Held held : batch) {
            rows.add(held.recorded());
        }
        write.apply(gathering.partition, rows).subscribe().with(durable -> finishWrite(gathering, batch));
    }

    private List<Held> nextBatch(Gathering gathering) {
        List<Held> batch = new ArrayList<>(Math.min(batchRows, gathering.held.size()));
        int size = 0;
        while (!gathering.held.isEmpty() && batch.size() < batchRows && size < batchBytes) {
            Held held = gathering.held.remove();
            size += held.recorded().sizeBytes();
            batch.add(held);
        }
        gathering.bytes -= size;
        return batch;
    }

    private void finishWrite(Gathering gathering, List<Held> batch) {
        writing--;
        gathering.isWriting = false;
        for (Held held : batch) {
            readings--;
            bytes -= held.recorded().sizeBytes();
            held.slice().done();
        }
        if (gathering.held.isEmpty()) {
            gatherings.remove(gathering.partition);
        } else if (isFull(gathering) || !hasRoom() || nanoTime.getAsLong() - gathering.oldestNanos >= lingerNanos) {
            makeDue(gathering);
        } else {
            lingering.add(new Lingering(gathering, gathering.oldestNanos));
        }
        writeDue();
        letIn();
    }

    private boolean hasRoom() {
        return readings < heldReadings && bytes < heldBytes;
    }

    /** Lets more in once a quarter is free, so that consumption does not stop and go with every write. */
    private void letIn() {
        if (waitingForRoom.isEmpty() || readings > heldReadings / 4 * 3 || bytes > heldBytes / 4 * 3) {
            return;
        }
        List<UniEmitter<? super Void>> waiting = new ArrayList<>(waitingForRoom);
        waitingForRoom.clear();
        waiting.forEach(emitter -> emitter.complete(null));
    }
}
