package io.telltale.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the sensors with rare labels, so that a filter by labels alone costs no more than naming the sensors. All
 * are forgotten when any sensor changes, on this replica or, as {@link SensorChangePoller} finds, on another one. So a
 * change takes effect within 10 s, if the clocks of replicas agree within two minutes. What no poll finds takes
 * effect within a minute after it can be read: an entry that a rebuild of the index inserts, or a change that Cassandra
 * applies later than it was logged.
 */
@Singleton
class RareLabels {

    /** More of them are not remembered. */
    static final int MAX_SENSORS = 16;

    /** Of some KB at most: up to 16 labels, and the ids. */
    private static final int MAX_FILTERS = 1_000;

    /** From the start of a poll, which finds all changes before it. */
    static final Duration TRUSTED = Duration.ofSeconds(9);

    static final Duration MAX_AGE = Duration.ofMinutes(1);

    private final Ticker ticker;
    private final Cache<SensorFilter, List<SensorId>> ids;

    /** How often sensors may have changed. Guards, with {@code this}, what is remembered. */
    private long changes;

    /** By the ticker. */
    private volatile long trustedUntil;

    @Inject
    RareLabels(Shreddings shreddings) {
        this(shreddings, Ticker.systemTicker());
    }

    /** @param ticker a monotonic time in nanoseconds */
    RareLabels(Shreddings shreddings, Ticker ticker) {
        this.ticker = ticker;
        this.trustedUntil = ticker.read();
        this.ids = Caffeine.newBuilder()
                .maximumSize(MAX_FILTERS)
                .expireAfterWrite(MAX_AGE)
                .ticker(ticker)
                .build();
        shreddings.onNew(id -> forget());
    }

    /** Whether the sensors of a filter depend on labels alone, and so on what is reported here. */
    static boolean decide(SensorFilter filter) {
        return !filter.labels().isEmpty() && filter.type() == null && filter.site() == null;
    }

    /** The sensors that a filter matches, in the order of their list; null if they are unknown. */
    @Nullable
    List<SensorId> sensors(SensorFilter filter) {
        return ticker.read() - trustedUntil < 0 ? ids.getIfPresent(filter) : null;
    }

    /** How often sensors may have changed, to be passed to {@link #remember} by a reader that begins now. */
    synchronized long changes() {
        return changes;
    }

    /**
     * Remembers all sensors that a filter matches, unless sensors have changed since they were read, or they are many.
     *
     * @param before the {@link #changes} before they were read
     */
    synchronized void remember(SensorFilter filter, List<SensorId> found, long before) {
        if (before == changes && found.size() <= MAX_SENSORS) {
            ids.put(filter, List.copyOf(found));
        }
    }

    /** Labels of sensors may have changed. */
    synchronized void forget() {
        changes++;
        ids.invalidateAll();
    }

    /** The time before a poll, to be passed to {@link #trust}. */
    long now() {
        return ticker.read();
    }

    /**
     * A poll has succeeded, and what it found is forgotten.
     *
     * @param begun the time {@link #now} before it
     */
    void trust(long begun) {
        trustedUntil = begun + TRUSTED.toNanos();
    }
}
