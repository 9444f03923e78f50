package io.telltale.packing;

import io.telltale.store.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Removals of what packs replace, some time after their mark was durable or was read: no read uses it then. In memory
 * only. After a restart the recent segments of a span are packed once more, and replaced packs are found again.
 */
final class PendingRemovals {

    /** The most segments to remove that are remembered. More spans wait until some are removed. */
    static final int MAX_SEGMENTS = 100_000;

    private static final Duration AFTER_FAULT = Duration.ofMinutes(10);

    private final LongSupplier nanoTime;
    private final Attempts<Removal> attempts;
    private final Map<Removal, Pending> pending = new LinkedHashMap<>();
    private int segments;

    /**
     * What is removed.
     *
     * @param pack a replaced pack; empty for the recent segments of the span
     */
    record Removal(Span span, Optional<UUID> pack) {
        @Override
        public String toString() {
            return span + pack.map(id -> " pack=" + id).orElse("");
        }
    }

    private record Pending(long sinceNanos, int segments, Runnable work) {}

    /** @param nanoTime as {@link System#nanoTime}, which may stop while the machine sleeps, and never runs ahead */
    PendingRemovals(Attempts.Reports reports, PackerWaits waits, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.attempts = new Attempts<>(
                "Removal of packed segments failed, they only take space", AFTER_FAULT, reports, waits, nanoTime);
    }

    /**
     * Adds a removal, unless it is known. Its delay begins now.
     *
     * @param removedSegments how many it remembers
     * @param work removes; may be done in part, and again
     */
    void add(Removal removal, int removedSegments, Runnable work) {
        if (!isFull()
                && pending.putIfAbsent(removal, new Pending(nanoTime.getAsLong(), removedSegments, work)) == null) {
            segments += removedSegments;
        }
    }

    boolean contains(Removal removal) {
        return pending.containsKey(removal);
    }

    /** Whether nothing can be added. */
    boolean isFull() {
        return segments >= MAX_SEGMENTS;
    }

    /** Removes what has waited long enough. What fails waits on. */
    void run() {
        attempts.nextPass();
        attempts.nextGroup();
        List<Removal> due = new ArrayList<>();
        long now = nanoTime.getAsLong();
        pending.forEach((removal, waiting) -> {
            if (now - waiting.sinceNanos() > RemovalDelays.DELAY.toNanos()) {
                due.add(removal);
            }
        });
        // Some may fail for a long time, as where the write level of a type is unavailable.
        Collections.shuffle(due);
        for (Removal removal : due) {
            Optional<Pending> waiting = Optional.ofNullable(pending.get(removal));
            waiting.ifPresent(one -> {
                if (attempts.attempt(removal, () -> isDone(one.work()), false)) {
                    pending.remove(removal);
                    segments -= one.segments();
                }
            });
        }
    }

    private static boolean isDone(Runnable work) {
        work.run();
        return true;
    }
}
