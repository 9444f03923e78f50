package io.telltale.store;

import io.telltale.sensors.SensorId;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Caches which entries of the bucket index are durable: buckets and weeks of sensors. 16 bytes each. An evicted entry
 * is written again, which changes nothing. Read on ingest's event loop and updated by the threads that writes
 * complete on; each method takes the lock, and no thread blocks on anything else while it holds the lock.
 */
final class BucketIndexCache {

    private final FingerprintCache entries;
    private final Fingerprint fingerprint = new Fingerprint();

    /** @param maxEntries how many entries to cache, rounded up to a power of two */
    BucketIndexCache(int maxEntries) {
        this.entries = new FingerprintCache(maxEntries, 0);
    }

    synchronized boolean contains(SensorId sensorId, long startMillis, boolean isWeek) {
        return find(fingerprint.begin().name(sensorId.value()), startMillis, isWeek);
    }

    /** The sensors of these rows, all of one bucket, whose entry is not cached; usually none. */
    synchronized Set<SensorId> missing(RowBatch rows, long startMillis) {
        Set<SensorId> missing = Set.of();
        for (int row = 0; row < rows.size(); row++) {
            if (!find(rows.fingerprint(row), startMillis, false)) {
                if (missing.isEmpty()) {
                    missing = new LinkedHashSet<>();
                }
                missing.add(rows.sensorId(row));
            }
        }
        return missing;
    }

    synchronized void add(SensorId sensorId, long startMillis, boolean isWeek) {
        if (!find(fingerprint.begin().name(sensorId.value()), startMillis, isWeek)) {
            entries.add(fingerprint.high(), fingerprint.low());
        }
    }

    private boolean find(Fingerprint sensor, long startMillis, boolean isWeek) {
        Fingerprint entry = sensor.number(startMillis).number(isWeek ? 1 : 0);
        return entries.find(entry.high(), entry.low()) != FingerprintCache.ABSENT;
    }
}
