package io.telltale.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the sensors with rare labels, so that a filter by labels alone costs no more than naming the sensors. All
 * are forgotten when any sensor changes, on this replica or, as {@link SensorChangePoller} finds, on another one. So a
 * change takes effect within 10 s.
 */
@Singleton
class RareLabels {

    /** More of them are not remembered. */
    static final int MAX_SENSORS = 16;

    /** At most 4 KB each. */
    private static final int MAX_FILTERS = 1_000;

    /** A poll every 3 s renews the trust. One takes at most 5 s, so no change stays unknown for 10 s. */
    private static final Duration TRUSTED = Duration.ofSeconds(4);

    private final Clock clock;
    private final Cache<SensorFilter, List<SensorId>> ids =
            Caffeine.newBuilder().maximumSize(MAX_FILTERS).build();

    /** How often sensors may have changed. Guards, with {@code this}, what is remembered. */
    private long changes;

    private volatile long polledMillis;

    @Inject
    RareLabels(Clock clock, Shreddings shreddings) {
        this.clock = clock;
        shreddings.onNew(id -> forget());
    }

    /** Whether the sensors of a filter depend on labels alone, and so on what is reported here. */
    static boolean decide(SensorFilter filter) {
        return !filter.labels().isEmpty() && filter.type() == null && filter.site() == null;
    }

    /** The sensors that a filter matches, in the order of their list; null if they are unknown. */
    @Nullable
    List<SensorId> sensors(SensorFilter filter) {
        return clock.millis() - polledMillis <= TRUSTED.toMillis() ? ids.getIfPresent(filter) : null;
    }

    /** To be passed to {@link #remember} by who begins to read sensors now. */
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

    /** Other replicas have been asked for changes just now, and what they changed is forgotten. */
    void trust() {
        polledMillis = clock.millis();
    }
}
