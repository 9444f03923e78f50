package io.telltale.store;

import io.telltale.sensors.SensorId;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tells caches which sensors have deletions that {@link DeletionLog} did not know before, at most ten seconds after
 * they were made. Shreddings are deletions, too; {@link Shreddings} has caches that depend on these alone.
 */
@Singleton
public class NewDeletions {

    private final Shreddings shreddings;
    private final List<Consumer<SensorId>> caches = new ArrayList<>();
    private volatile Deletions known = Deletions.NONE;

    @Inject
    public NewDeletions(Shreddings shreddings) {
        this.shreddings = shreddings;
    }

    /** Adds a cache that must drop what it has of a sensor when a deletion becomes known. */
    public synchronized void onNew(Consumer<SensorId> cache) {
        caches.add(cache);
    }

    /** The deletions that this replica knows, at most ten seconds old while Cassandra answers; none at first. */
    public Deletions known() {
        return known;
    }

    synchronized void replace(Deletions deletions) {
        Deletions before = known;
        // First: from then on the deletions count as known.
        known = deletions;
        shreddings.replace(deletions.shreddings());
        deletions.changedSince(before).forEach(id -> caches.forEach(cache -> cache.accept(id)));
    }
}
