package io.telltale.store;

import io.telltale.sensors.SensorId;

/**
 * Which buckets and weeks of which sensors are in the bucket index for certain. 16 bytes each; one that is forgotten is
 * written again, which changes nothing. Asked on ingest's event loop and told by the threads that writes complete on,
 * so each question takes the lock, and nobody holds it while waiting for anything.
 */
final class ListingMemory {

    private final FingerprintMemory listings;
    private final Fingerprint fingerprint = new Fingerprint();

    /** @param maxListings how many to remember, rounded up to a power of two */
    ListingMemory(int maxListings) {
        this.listings = new FingerprintMemory(maxListings, 0);
    }

    synchronized boolean isListed(SensorId sensorId, long startMillis, boolean isWeek) {
        return find(sensorId, startMillis, isWeek);
    }

    synchronized void listed(SensorId sensorId, long startMillis, boolean isWeek) {
        if (!find(sensorId, startMillis, isWeek)) {
            listings.add(fingerprint.high(), fingerprint.low());
        }
    }

    private boolean find(SensorId sensorId, long startMillis, boolean isWeek) {
        fingerprint.begin().name(sensorId.value()).number(startMillis).number(isWeek ? 1 : 0);
        return listings.find(fingerprint.high(), fingerprint.low()) != FingerprintMemory.NOWHERE;
    }
}
