package io.telltale.packing;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * When this replica first read the mark of something that is replaced: of a pack, or of a merged minute. It is removed
 * some time after that, not after the mark was made: a mark may become durable long after its timestamp, and another
 * replica's clock made that. Readers that begin after the first read see the mark, too. Forgotten at a restart, which
 * only delays the removal.
 */
final class RemovalDelays<K> {

    /** Longer than a read uses what it has found without a mark: a minute. */
    static final Duration DELAY = Duration.ofMinutes(10);

    /** The most that wait; others wait for the next pass. */
    static final int MAX = 10_000;

    private final LongSupplier nanoTime;
    private Map<K, Long> earlier = new HashMap<>();
    private Map<K, Long> current = new HashMap<>();

    /** @param nanoTime as {@link System#nanoTime}, which may stop while the machine sleeps, and never runs ahead */
    RemovalDelays(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Begins a pass over all marks. Forgets what the pass before has not found. */
    void nextPass() {
        earlier = current;
        current = new HashMap<>();
    }

    /** Ends a pass that has failed, and may not have found all marks: what it has not found waits on. */
    void failPass() {
        for (Map.Entry<K, Long> one : earlier.entrySet()) {
            if (current.size() < MAX) {
                current.putIfAbsent(one.getKey(), one.getValue());
            }
        }
    }

    /**
     * Whether no read uses it any more. The first call starts the wait.
     *
     * @param replaced whose mark was just read
     */
    boolean isUnused(K replaced) {
        long now = nanoTime.getAsLong();
        long since = earlier.getOrDefault(replaced, now);
        if (current.size() < MAX) {
            current.put(replaced, since);
        }
        return now - since > DELAY.toNanos();
    }
}
