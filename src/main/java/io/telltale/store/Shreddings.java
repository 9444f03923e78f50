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
 * The shreddings of sensors that this replica knows, by {@link DeletionLog}, at most ten seconds old while Cassandra
 * answers. Caches ask it, so that nothing of a shredded sensor is taken for the sensor that is registered under its id
 * later.
 */
@Singleton
public class Shreddings {

    /** How long after a shredding a cache holds nothing of the sensor: longer than a read that began before it. */
    private static final long RECENT_MILLIS = Duration.ofSeconds(60).toMillis();

    private final Clock clock;
    private final List<Consumer<SensorId>> caches = new ArrayList<>();
    private volatile Known known = new Known(Map.of());
    private volatile boolean isKnown;

    /**
     * The shreddings that are known at a moment. Immutable.
     *
     * @param timeMillis the time of the last shredding of each sensor, in milliseconds since the epoch
     */
    public record Known(Map<SensorId, Long> timeMillis) {

        /** The time of a sensor's last shredding; 0 if it was never shredded. */
        public long timeOf(SensorId id) {
            return timeMillis.isEmpty() ? 0 : timeMillis.getOrDefault(id, 0L);
        }

        /** Whether a record belongs to a sensor that is shredded, not to a later one of its id. */
        public boolean cover(SensorId id, long recordTimeMillis) {
            long time = timeOf(id);
            return time != 0 && recordTimeMillis <= time;
        }
    }

    @Inject
    public Shreddings(Clock clock) {
        this.clock = clock;
    }

    /** Adds a cache that must drop what it has of a sensor when a shredding becomes known. */
    synchronized void onNew(Consumer<SensorId> cache) {
        caches.add(cache);
    }

    synchronized void replace(Map<SensorId, Long> timeMillis) {
        Known before = known;
        known = new Known(timeMillis);
        isKnown = true;
        timeMillis.forEach((id, time) -> {
            if (time != before.timeOf(id)) {
                caches.forEach(cache -> cache.accept(id));
            }
        });
    }

    /** Whether they were read once. */
    public boolean areKnown() {
        return isKnown;
    }

    public Known known() {
        return known;
    }

    /** The time of a sensor's last shredding, in milliseconds since the epoch; 0 if it was never shredded. */
    long timeOf(SensorId id) {
        return known.timeOf(id);
    }

    /** Whether a sensor is being shredded, or was within the last minute. Then it must not be cached. */
    boolean isRecent(SensorId id) {
        long time = timeOf(id);
        return time != 0 && clock.millis() < time + RECENT_MILLIS;
    }
}
