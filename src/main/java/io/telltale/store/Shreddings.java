package io.telltale.store;

import io.telltale.sensors.SensorId;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The shreddings of sensors that this replica knows, by {@link DeletionLog}, at most ten seconds old while Cassandra answers.
 * Caches ask it, so that nothing of a shredded sensor is taken for the sensor that is registered under its id later.
 */
@Singleton
public class Shreddings {

    /** How long after a shredding a cache holds nothing of the sensor: longer than a read that began before it. */
    private static final long RECENT_MILLIS = Duration.ofSeconds(60).toMillis();

    private final Clock clock;
    private final List<Consumer<SensorId>> caches = new ArrayList<>();
    private volatile Map<SensorId, Long> timeMillis = Map.of();
    private volatile boolean isKnown;

    @Inject
    public Shreddings(Clock clock) {
        this.clock = clock;
    }

    /** Adds a cache that must drop what it has of a sensor when a shredding becomes known. */
    synchronized void onNew(Consumer<SensorId> cache) {
        caches.add(cache);
    }

    synchronized void replace(Map<SensorId, Long> known) {
        Map<SensorId, Long> before = timeMillis;
        timeMillis = known;
        isKnown = true;
        known.forEach((id, time) -> {
            if (!time.equals(before.get(id))) {
                caches.forEach(cache -> cache.accept(id));
            }
        });
    }

    /** Whether they were read once. */
    public boolean areKnown() {
        return isKnown;
    }

    /** The time of a sensor's last shredding, in milliseconds since the epoch; 0 if it was never shredded. */
    long timeOf(SensorId id) {
        Map<SensorId, Long> known = timeMillis;
        return known.isEmpty() ? 0 : known.getOrDefault(id, 0L);
    }

    /** Whether a record belongs to a sensor that is shredded, not to a later one of its id. */
    public boolean cover(SensorId id, long recordTimeMillis) {
        long time = timeOf(id);
        return time != 0 && recordTimeMillis <= time;
    }

    /** Whether a sensor is being shredded, or was within the last minute. Then it must not be cached. */
    boolean isRecent(SensorId id) {
        long time = timeOf(id);
        return time != 0 && clock.millis() < time + RECENT_MILLIS;
    }
}
