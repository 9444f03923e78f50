package io.telltale.packing;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * When this replica first read that a pack is replaced. A pack is removed some time after that, not after its mark was
 * made: a mark may become durable long after its timestamp, and another replica's clock made that. Readers that begin
 * after the first read see the mark, too. Forgotten at a restart, which only delays the removal.
 */
final class ReplacedPacks {

    /** Longer than a read uses a pack after it has read its mark: a minute. */
    static final Duration DELAY = Duration.ofMinutes(10);

    /** The most packs that wait; others wait for the next pass. */
    static final int MAX = 10_000;

    private final LongSupplier nanoTime;
    private Map<UUID, Long> earlier = new HashMap<>();
    private Map<UUID, Long> current = new HashMap<>();

    /** @param nanoTime as {@link System#nanoTime}, which may stop while the machine sleeps, and never runs ahead */
    ReplacedPacks(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Begins a pass over all marks. Forgets packs that the pass before has not found. */
    void nextPass() {
        earlier = current;
        current = new HashMap<>();
    }

    /**
     * Whether no read uses a pack any more. The first call for a pack starts the wait.
     *
     * @param pack whose mark was just read as replaced
     */
    boolean isUnused(UUID pack) {
        long now = nanoTime.getAsLong();
        long since = earlier.getOrDefault(pack, now);
        if (current.size() < MAX) {
            current.put(pack, since);
        }
        return now - since > DELAY.toNanos();
    }
}
