package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.telltale.api.Consistency;
import io.telltale.sensors.SensorId;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;

/**
 * Deletes list entries of sensors that do not belong to the list, as readers find them. Only entries older than an hour
 * are deleted: a newer one may belong to an update in progress. The deletion's write timestamp is one hour ago, so a
 * newer entry survives.
 */
@Singleton
class OutdatedListEntries {

    private static final Logger log = Logger.getLogger(OutdatedListEntries.class);

    private static final int CONCURRENT_DELETIONS = 16;

    /** Write levels whose writes every quorum read sees. */
    private static final Set<DefaultConsistencyLevel> VISIBLE_TO_QUORUM = Set.of(
            DefaultConsistencyLevel.LOCAL_QUORUM,
            DefaultConsistencyLevel.QUORUM,
            DefaultConsistencyLevel.EACH_QUORUM,
            DefaultConsistencyLevel.ALL);

    private final SensorListEntries entries;
    private final boolean isEnabled;
    private final Semaphore deletions = new Semaphore(CONCURRENT_DELETIONS);

    /** Recent deletions, so that readers do not retry an entry that is still too new to be deleted. */
    private final Cache<Entry, Boolean> deleted = Caffeine.newBuilder()
            .maximumSize(20_000)
            .expireAfterWrite(SensorListEntries.MOVE_COMPLETE_AFTER)
            .build();

    private record Entry(SensorList list, SensorId id) {}

    @Inject
    OutdatedListEntries(Database database, SensorListEntries entries) {
        this.entries = entries;
        this.isEnabled = VISIBLE_TO_QUORUM.contains(database.writeLevel());
    }

    /**
     * Whether a read at this level tells that a sensor does not belong to a list. Others may miss what was written
     * last.
     */
    boolean isKnownAt(Consistency consistency) {
        return isEnabled && consistency == Consistency.DEFAULT;
    }

    /**
     * Deletes an entry in the background, unless many deletions are in progress.
     *
     * @param nowMillis the time before the read that found that the sensor does not belong to the list
     * @param consistency the level of that read
     */
    void delete(SensorList list, SensorId id, long nowMillis, Consistency consistency) {
        // The lists by type have entries of sensors that were registered under another type; they stay.
        if (!isKnownAt(consistency) || list.kind() == SensorList.Kind.TYPE || !deletions.tryAcquire()) {
            return;
        }
        Entry entry = new Entry(list, id);
        if (deleted.asMap().putIfAbsent(entry, true) != null) {
            deletions.release();
            return;
        }
        entries.delete(list, id, nowMillis)
                .onTermination()
                .invoke(() -> deletions.release())
                .subscribe()
                .with(
                        done -> {},
                        failure -> log.debugf(
                                failure, "Outdated list entry was not deleted: list=%s sensor=%s", list, id));
    }
}
