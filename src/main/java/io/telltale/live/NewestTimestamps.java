package io.telltale.live;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.telltale.sensors.SensorId;
import io.telltale.store.NewDeletions;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * A cache of the newest event time per sensor that any subscriber of mode {@code latest} received. One cache serves all
 * subscribers: a reading that is late for one is late for all. A deletion may have removed the newest reading, so
 * nothing is late then.
 */
@Singleton
class NewestTimestamps {

    /** About 10 MB. After an eviction, late readings of the sensor may be sent until its next new one. */
    private static final int MAX_SENSORS = 100_000;

    private final Cache<SensorId, Long> millis =
            Caffeine.newBuilder().maximumSize(MAX_SENSORS).build();

    @Inject
    NewestTimestamps(NewDeletions deletions) {
        deletions.onNew(millis::invalidate);
    }

    /** Creates a cache that no deletion concerns. */
    NewestTimestamps() {}

    /** Records an event time. Returns false for a late reading: a newer event time was recorded before. */
    boolean advance(SensorId sensorId, long timestampMillis) {
        return millis.asMap().merge(sensorId, timestampMillis, Math::max) <= timestampMillis;
    }
}
