package io.telltale.store;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Caches what ingest needs to accept a reading without a lookup: that its sensor is registered under this type, what
 * was last reported of the sensor, and when. 32 bytes a sensor. An evicted sensor costs a lookup and nothing else.
 *
 * <p>Read for each batch of readings on ingest's event loop, and updated by the threads that registrations complete
 * on. Each method takes the lock, some tens of nanoseconds a reading; no thread blocks on anything else while it
 * holds the lock.
 */
final class RegistrationCache {

    /**
     * Confirmations update the time here, and in Cassandra once in this interval. If this cache is lost, an older
     * record may win until the next renewal.
     */
    static final long RENEWAL_MILLIS = Duration.ofHours(1).toMillis();

    private static final long NO_DESCRIPTION = 0;

    // The values of a cached sensor.
    private static final int DESCRIPTION_HASH = 0;
    private static final int CONFIRMED_AT = 1;

    private final FingerprintCache sensors;
    private final ToLongFunction<SensorId> shreddedAt;

    /** @param maxSensors how many sensors to cache, rounded up to a power of two */
    RegistrationCache(int maxSensors) {
        this(maxSensors, id -> 0);
    }

    /**
     * Creates a cache that takes a sensor for another one after it was shredded.
     *
     * @param shreddedAt the time of the last shredding; 0 if there was none
     */
    RegistrationCache(int maxSensors, ToLongFunction<SensorId> shreddedAt) {
        this.shreddedAt = shreddedAt;
        this.sensors = new FingerprintCache(maxSensors, 2);
    }

    /**
     * The states of sensors, given these observations in their order. An observation that is up to date counts as a
     * confirmation.
     *
     * @return a state for each observation; empty in the common case that all are up to date
     */
    synchronized List<RegistrationState> states(ObservationBatch observations) {
        RegistrationState[] states = new RegistrationState[observations.size()];
        boolean isAllUpToDate = true;
        for (int i = 0; i < states.length; i++) {
            states[i] = state(
                    observations.high(i),
                    observations.low(i),
                    observations.descriptionHash(i),
                    observations.recordTimeMillis(i));
            isAllUpToDate &= states[i] == RegistrationState.UP_TO_DATE;
        }
        return isAllUpToDate ? List.of() : Arrays.asList(states);
    }

    private RegistrationState state(long high, long low, long descriptionHash, long recordTimeMillis) {
        int at = sensors.find(high, low);
        if (at == FingerprintCache.ABSENT) {
            return RegistrationState.REGISTRATION_DUE;
        }
        if (descriptionHash == NO_DESCRIPTION) {
            return RegistrationState.UP_TO_DATE;
        }
        if (sensors.get(at, DESCRIPTION_HASH) != descriptionHash) {
            return RegistrationState.REGISTRATION_DUE;
        }
        long confirmedAtMillis = sensors.get(at, CONFIRMED_AT);
        if (recordTimeMillis <= confirmedAtMillis) {
            return RegistrationState.UP_TO_DATE;
        }
        if (isRenewalDue(high, confirmedAtMillis, recordTimeMillis)) {
            return RegistrationState.RENEWAL_DUE;
        }
        sensors.set(at, CONFIRMED_AT, recordTimeMillis);
        return RegistrationState.UP_TO_DATE;
    }

    /** Caches that a sensor is registered under this type, and that all of {@code latest} was reported last. */
    synchronized void put(SensorId id, SensorType type, TimestampedDescription latest) {
        Fingerprint sensor = fingerprint(id, type);
        int at = find(sensor);
        if (at == FingerprintCache.ABSENT) {
            at = sensors.add(sensor.high(), sensor.low());
        }
        long hash = hash(latest.description());
        if (hash == NO_DESCRIPTION) {
            return;
        }
        boolean isSame = sensors.get(at, DESCRIPTION_HASH) == hash;
        long atMillis = latest.confirmedAtMillis();
        sensors.set(at, DESCRIPTION_HASH, hash);
        sensors.set(at, CONFIRMED_AT, isSame ? Math.max(sensors.get(at, CONFIRMED_AT), atMillis) : atMillis);
    }

    /** What is known of a sensor, with the record times at which it was confirmed since. */
    synchronized TimestampedDescription confirmed(SensorId id, SensorType type, TimestampedDescription known) {
        int at = find(fingerprint(id, type));
        if (at == FingerprintCache.ABSENT) {
            return known;
        }
        long hash = sensors.get(at, DESCRIPTION_HASH);
        long confirmedAtMillis = sensors.get(at, CONFIRMED_AT);
        String unit = known.unit();
        String site = known.site();
        // The last report had the unit, the site, or both.
        for (Description reported :
                new Description[] {known.description(), Description.of(unit, null), Description.of(null, site)}) {
            if (hash != NO_DESCRIPTION && hash == hash(reported)) {
                return known.and(TimestampedDescription.of(reported, confirmedAtMillis));
            }
        }
        return known;
    }

    /**
     * Whether a renewal falls between two record times. The fingerprint spreads the renewals of sensors over the
     * interval.
     */
    boolean isRenewalDue(SensorId id, SensorType type, long sinceMillis, long atMillis) {
        return isRenewalDue(fingerprint(id, type).high(), sinceMillis, atMillis);
    }

    private static boolean isRenewalDue(long fingerprint, long sinceMillis, long atMillis) {
        long phase = Math.floorMod(fingerprint, RENEWAL_MILLIS);
        return Math.floorDiv(atMillis + phase, RENEWAL_MILLIS) > Math.floorDiv(sinceMillis + phase, RENEWAL_MILLIS);
    }

    synchronized int size() {
        return sensors.size();
    }

    synchronized long sizeBytes() {
        return sensors.sizeBytes();
    }

    private int find(Fingerprint sensor) {
        return sensors.find(sensor.high(), sensor.low());
    }

    /** Equal to the fingerprint that {@link ObservationBatch} makes. */
    private Fingerprint fingerprint(SensorId id, SensorType type) {
        Fingerprint sensor = new Fingerprint()
                .begin()
                .name(id.value())
                .and(new Fingerprint().begin().name(type.name()));
        long shreddedAtMillis = shreddedAt.applyAsLong(id);
        return shreddedAtMillis == 0 ? sensor : sensor.number(shreddedAtMillis);
    }

    /**
     * A hash of what is reported. 64 bits are enough: it is compared with one other hash only, and a change that a
     * collision hides is written with the next renewal.
     */
    static long hash(Description reported) {
        return reported.equals(Description.NONE) ? NO_DESCRIPTION : Fingerprint.half(reported.unit(), reported.site());
    }
}
