package io.telltale.store;

import io.telltale.sensors.SensorId;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Which buckets and weeks of which sensors are in the bucket index for certain. 16 bytes each; one that is forgotten is
 * written again, which changes nothing. Asked on ingest's event loop and told by the threads that writes complete on,
 * so each question takes the lock, and nobody holds it while waiting for anything.
 */
final class BucketIndexCache {

    private final FingerprintCache listings;
    private final Fingerprint fingerprint = new Fingerprint();

    /** @param maxListings how many to remember, rounded up to a power of two */
    BucketIndexCache(int maxListings) {
        this.listings = new FingerprintCache(maxListings, 0);
    }

    synchronized boolean isListed(SensorId sensorId, long startMillis, boolean isWeek) {
        return find(fingerprint.begin().name(sensorId.value()), startMillis, isWeek);
    }

    /** The sensors of some readings of one bucket that it is not listed for, each once; mostly none. */
    synchronized Set<SensorId> unlisted(RowBatch rows, long startMillis) {
        Set<SensorId> unlisted = Set.of();
        for (int row = 0; row < rows.size(); row++) {
            if (!find(rows.fingerprint(row), startMillis, false)) {
                if (unlisted.isEmpty()) {
                    unlisted = new LinkedHashSet<>();
                }
                unlisted.add(rows.sensorId(row));
            }
        }
        return unlisted;
    }

    synchronized void listed(SensorId sensorId, long startMillis, boolean isWeek) {
        if (!find(fingerprint.begin().name(sensorId.value()), startMillis, isWeek)) {
            listings.add(fingerprint.high(), fingerprint.low());
        }
    }

    private boolean find(Fingerprint sensor, long startMillis, boolean isWeek) {
        Fingerprint listing = sensor.number(startMillis).number(isWeek ? 1 : 0);
        return listings.find(listing.high(), listing.low()) != FingerprintCache.NOWHERE;
    }
}
