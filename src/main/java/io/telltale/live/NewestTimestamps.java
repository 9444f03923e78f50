package io.telltale.live;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.telltale.sensors.SensorId;
import jakarta.inject.Singleton;

/**
 * The event time of the newest reading of each sensor that was given to anybody who wants the newest only. One memory for all
 * of them: what is late for one is late for all.
 */
@Singleton
class NewestTimestamps {

    /** Some 10 MB. A sensor that is forgotten may be given late readings until its next new one. */
    private static final int MAX_SENSORS = 100_000;

    private final Cache<SensorId, Long> millis =
            Caffeine.newBuilder().maximumSize(MAX_SENSORS).build();

    /** Takes note of a reading; whether none that is newer was noted before. */
    boolean advance(SensorId sensorId, long timestampMillis) {
        return millis.asMap().merge(sensorId, timestampMillis, Math::max) <= timestampMillis;
    }
}
