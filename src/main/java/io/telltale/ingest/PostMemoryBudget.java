package io.telltale.ingest;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * How much memory all POSTs may hold at once. Each asks, before it reads its body, for the most that it can need, and waits
 * for its turn: nobody holds some of it and waits for more, so nobody waits for ever. For any number of threads.
 */
@Startup
@Singleton
class PostMemoryBudget {

    /** How many POSTs wait for room at most. */
    static final int MAX_WAITING = 1_024;

    private final long total;

    // Guarded by this.
    private final Deque<Asked> waiting = new ArrayDeque<>();
    private long free;

    /** A POST that waits. */
    private record Asked(long bytes, Runnable granted) {}

    @Inject
    PostMemoryBudget(PostConfig config, MeterRegistry registry) {
        this(Bounds.within("telltale.posts.held-bytes", config.heldBytes(), 1L << 25, 1L << 34));
        Gauge.builder("telltale.posts.bytes", this, PostMemoryBudget::taken)
                .description("Bytes set aside for POSTs that are under way")
                .strongReference(true)
                .register(registry);
        Gauge.builder("telltale.posts.waiting", this, PostMemoryBudget::waiting)
                .description("POSTs that wait until others are done")
                .strongReference(true)
                .register(registry);
    }

    /** @param total in bytes */
    PostMemoryBudget(long total) {
        this.total = total;
        this.free = total;
    }

    /**
     * Asks for room. Whoever is granted some gives it back, once, even if it is not needed any more.
     *
     * @param bytes at most what there is in total
     * @param granted run when there is room, perhaps at once, on any thread
     * @return false if too many wait already; then nothing is ever granted
     */
    boolean ask(long bytes, Runnable granted) {
        if (bytes > total) {
            throw new IllegalArgumentException("asked for %d bytes; expected at most %d".formatted(bytes, total));
        }
        synchronized (this) {
            if (!waiting.isEmpty() || bytes > free) {
                return waiting.size() < MAX_WAITING && waiting.add(new Asked(bytes, granted));
            }
            free -= bytes;
        }
        granted.run();
        return true;
    }

    /** Gives room back. Those who wait get theirs in the order in which they asked. */
    void give(long bytes) {
        List<Runnable> grants = new ArrayList<>();
        synchronized (this) {
            free += bytes;
            for (Asked next = waiting.peek(); next != null && next.bytes <= free; next = waiting.peek()) {
                free -= next.bytes;
                grants.add(next.granted);
                waiting.remove();
            }
        }
        grants.forEach(Runnable::run);
    }

    /** Takes back the asking of one that waits; false if it was granted before, or never waited. */
    boolean withdraw(Runnable granted) {
        boolean isWithdrawn;
        synchronized (this) {
            isWithdrawn = waiting.removeIf(asked -> asked.granted == granted);
        }
        if (isWithdrawn) {
            // It may have been the first, and have asked for more than those behind it.
            give(0);
        }
        return isWithdrawn;
    }

    /** Bytes that are given away. */
    synchronized long taken() {
        return total - free;
    }

    synchronized int waiting() {
        return waiting.size();
    }
}
