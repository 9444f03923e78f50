package io.telltale.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.telltale.sensors.SensorId;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Caches sensors that were looked up by id lately. */
@Singleton
class SensorCache {

    /** Some 400 bytes each. */
    private static final int MAX_SENSORS = 20_000;

    private static final Duration EXPIRY = Duration.ofHours(1);

    /** Another replica may register a change at any time, so older entries are read again when they are used. */
    private static final Duration STALE_AFTER = Duration.ofMinutes(1);

    private final Cache<SensorId, RegisteredSensor> sensors = Caffeine.newBuilder()
            .maximumSize(MAX_SENSORS)
            .expireAfterWrite(EXPIRY)
            .build();

    private final Shreddings shreddings;

    @Inject
    SensorCache(Shreddings shreddings) {
        this.shreddings = shreddings;
        shreddings.onNew(sensors::invalidate);
    }

    @Nullable
    RegisteredSensor get(SensorId id) {
        return shreddings.isRecent(id) ? null : sensors.getIfPresent(id);
    }

    boolean contains(SensorId id) {
        return sensors.asMap().containsKey(id);
    }

    /** Whether a cached sensor was last put more than a minute ago; false if it is not cached. */
    boolean isStale(SensorId id) {
        return sensors.policy()
                .expireAfterWrite()
                .map(expiry -> expiry.ageOf(id, TimeUnit.SECONDS).orElse(0) > STALE_AFTER.toSeconds())
                .orElse(false);
    }

    /**
     * Caches a sensor, combined with what is cached of it; but not while it is shredded, and a minute after.
     *
     * @return what is cached now
     */
    RegisteredSensor put(RegisteredSensor sensor) {
        return shreddings.isRecent(sensor.id())
                ? sensor
                : sensors.asMap().merge(sensor.id(), sensor, RegisteredSensor::and);
    }

    void clear() {
        sensors.invalidateAll();
    }
}
