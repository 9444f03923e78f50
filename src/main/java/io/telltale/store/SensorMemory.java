package io.telltale.store;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.SensorRegistry.Standing;
import java.time.Duration;

/**
 * What ingest has to remember of a sensor so that a reading of it needs no look-up: that it is registered under this
 * type, what was said of it last, and when. 32 bytes a sensor; one that is forgotten costs a look-up, and nothing else.
 *
 * <p>Asked for each reading on ingest's event loop and told by whichever thread a registration completes on; so each
 * question takes the lock, for less than a microsecond, and nobody holds it while waiting for anything.
 */
final class SensorMemory {

    /**
     * A record that repeats what is known renews its time here, and in Cassandra once in so long. Should this memory be
     * lost, what older records said may win until the next renewal.
     */
    static final long RENEWAL_MILLIS = Duration.ofHours(1).toMillis();

    private static final long NOTHING_SAID = 0;
    private static final int SAID = 0;
    private static final int SAID_AT = 1;

    private final FingerprintMemory sensors;
    private final Fingerprint fingerprint = new Fingerprint();
    private final Fingerprint words = new Fingerprint();

    /** @param maxSensors how many sensors to remember, rounded up to a power of two */
    SensorMemory(int maxSensors) {
        this.sensors = new FingerprintMemory(maxSensors, 2);
    }

    /**
     * How a sensor of this type stands, for certain, when a record says this of it. If it is settled, the time of what
     * was said is taken as confirmed.
     */
    synchronized Standing standing(SensorId id, SensorType type, Description said, long recordTimeMillis) {
        int at = find(id, type);
        if (at == FingerprintMemory.NOWHERE) {
            return Standing.TO_BE_CLAIMED;
        }
        if (said.equals(Description.NONE)) {
            return Standing.SETTLED;
        }
        if (sensors.get(at, SAID) != fingerprintOf(said)) {
            return Standing.TO_BE_CLAIMED;
        }
        long saidAtMillis = sensors.get(at, SAID_AT);
        if (recordTimeMillis <= saidAtMillis) {
            return Standing.SETTLED;
        }
        if (isRenewalDue(id, saidAtMillis, recordTimeMillis)) {
            return Standing.TO_BE_RENEWED;
        }
        sensors.set(at, SAID_AT, recordTimeMillis);
        return Standing.SETTLED;
    }

    /** Notes that a sensor is registered under this type, and that all of {@code said} is the latest said of it. */
    synchronized void settle(SensorId id, SensorType type, DatedDescription said) {
        int at = find(id, type);
        if (at == FingerprintMemory.NOWHERE) {
            at = sensors.add(fingerprint.high(), fingerprint.low());
        }
        long words = fingerprintOf(said.description());
        if (words == NOTHING_SAID) {
            return;
        }
        boolean isSame = sensors.get(at, SAID) == words;
        sensors.set(at, SAID, words);
        sensors.set(at, SAID_AT, isSame ? Math.max(sensors.get(at, SAID_AT), said.allAtMillis()) : said.allAtMillis());
    }

    /** What is known, with the times at which it was confirmed since. */
    synchronized DatedDescription confirmed(SensorId id, SensorType type, DatedDescription known) {
        int at = find(id, type);
        if (at == FingerprintMemory.NOWHERE) {
            return known;
        }
        long words = sensors.get(at, SAID);
        long saidAtMillis = sensors.get(at, SAID_AT);
        String unit = known.unit();
        String site = known.site();
        // What was said last was the unit, the site, or both.
        for (Description said :
                new Description[] {known.description(), Description.of(unit, null), Description.of(null, site)}) {
            if (words != NOTHING_SAID && words == fingerprintOf(said)) {
                return known.and(DatedDescription.of(said, saidAtMillis));
            }
        }
        return known;
    }

    /** Whether between two record times it is time to write again what is known; not for all sensors at once. */
    static boolean isRenewalDue(SensorId id, long sinceMillis, long atMillis) {
        int turn = Math.floorMod(Layout.hash(id.value()), (int) RENEWAL_MILLIS);
        return Math.floorDiv(atMillis + turn, RENEWAL_MILLIS) > Math.floorDiv(sinceMillis + turn, RENEWAL_MILLIS);
    }

    synchronized int size() {
        return sensors.size();
    }

    synchronized long sizeBytes() {
        return sensors.sizeBytes();
    }

    private int find(SensorId id, SensorType type) {
        fingerprint.begin().name(id.value()).name(type.name());
        return sensors.find(fingerprint.high(), fingerprint.low());
    }

    /** 64 bits of it are enough: it is compared with one other, and a change that went unseen is written at the next renewal. */
    private long fingerprintOf(Description said) {
        if (said.equals(Description.NONE)) {
            return NOTHING_SAID;
        }
        return words.begin().name(said.unit()).name(said.site()).high();
    }
}
