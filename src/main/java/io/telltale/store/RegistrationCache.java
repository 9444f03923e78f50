package io.telltale.store;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * What ingest has to remember of a sensor so that a reading of it needs no look-up: that it is registered under this
 * type, what was said of it last, and when. 32 bytes a sensor; one that is forgotten costs a look-up, and nothing else.
 *
 * <p>Asked for each portion of readings on ingest's event loop and told by whichever thread a registration completes on; so
 * each question takes the lock, for some tens of nanoseconds a reading, and nobody holds it while waiting for anything.
 */
final class RegistrationCache {

    /**
     * A record that repeats what is known renews its time here, and in Cassandra once in so long. Should this memory be
     * lost, what older records said may win until the next renewal.
     */
    static final long RENEWAL_MILLIS = Duration.ofHours(1).toMillis();

    private static final long NOTHING_SAID = 0;
    private static final int SAID = 0;
    private static final int SAID_AT = 1;

    private final FingerprintCache sensors;

    /** @param maxSensors how many sensors to remember, rounded up to a power of two */
    RegistrationCache(int maxSensors) {
        this.sensors = new FingerprintCache(maxSensors, 2);
    }

    /**
     * How sensors stand, for certain, when records say this of them, one after another. Where one is settled, the time of
     * what was said is taken as confirmed.
     *
     * @return one standing for each sighting; none if all are settled, as nearly always
     */
    synchronized List<RegistrationState> states(ObservationBatch sightings) {
        RegistrationState[] states = new RegistrationState[sightings.size()];
        boolean isAllSettled = true;
        for (int i = 0; i < states.length; i++) {
            states[i] = state(sightings.high(i), sightings.low(i), sightings.words(i), sightings.recordTimeMillis(i));
            isAllSettled &= states[i] == RegistrationState.UP_TO_DATE;
        }
        return isAllSettled ? List.of() : Arrays.asList(states);
    }

    private RegistrationState state(long high, long low, long words, long recordTimeMillis) {
        int at = sensors.find(high, low);
        if (at == FingerprintCache.NOWHERE) {
            return RegistrationState.REGISTRATION_DUE;
        }
        if (words == NOTHING_SAID) {
            return RegistrationState.UP_TO_DATE;
        }
        if (sensors.get(at, SAID) != words) {
            return RegistrationState.REGISTRATION_DUE;
        }
        long saidAtMillis = sensors.get(at, SAID_AT);
        if (recordTimeMillis <= saidAtMillis) {
            return RegistrationState.UP_TO_DATE;
        }
        if (isRenewalDue(high, saidAtMillis, recordTimeMillis)) {
            return RegistrationState.RENEWAL_DUE;
        }
        sensors.set(at, SAID_AT, recordTimeMillis);
        return RegistrationState.UP_TO_DATE;
    }

    /** Notes that a sensor is registered under this type, and that all of {@code said} is the latest said of it. */
    synchronized void settle(SensorId id, SensorType type, TimestampedDescription said) {
        Fingerprint sensor = fingerprint(id, type);
        int at = find(sensor);
        if (at == FingerprintCache.NOWHERE) {
            at = sensors.add(sensor.high(), sensor.low());
        }
        long words = words(said.description());
        if (words == NOTHING_SAID) {
            return;
        }
        boolean isSame = sensors.get(at, SAID) == words;
        sensors.set(at, SAID, words);
        sensors.set(at, SAID_AT, isSame ? Math.max(sensors.get(at, SAID_AT), said.allAtMillis()) : said.allAtMillis());
    }

    /** What is known, with the times at which it was confirmed since. */
    synchronized TimestampedDescription confirmed(SensorId id, SensorType type, TimestampedDescription known) {
        int at = find(fingerprint(id, type));
        if (at == FingerprintCache.NOWHERE) {
            return known;
        }
        long words = sensors.get(at, SAID);
        long saidAtMillis = sensors.get(at, SAID_AT);
        String unit = known.unit();
        String site = known.site();
        // What was said last was the unit, the site, or both.
        for (Description said :
                new Description[] {known.description(), Description.of(unit, null), Description.of(null, site)}) {
            if (words != NOTHING_SAID && words == words(said)) {
                return known.and(TimestampedDescription.of(said, saidAtMillis));
            }
        }
        return known;
    }

    /** Whether between two record times it is time to write again what is known; not for all sensors at once. */
    static boolean isRenewalDue(SensorId id, SensorType type, long sinceMillis, long atMillis) {
        return isRenewalDue(fingerprint(id, type).high(), sinceMillis, atMillis);
    }

    private static boolean isRenewalDue(long fingerprint, long sinceMillis, long atMillis) {
        long turn = Math.floorMod(fingerprint, RENEWAL_MILLIS);
        return Math.floorDiv(atMillis + turn, RENEWAL_MILLIS) > Math.floorDiv(sinceMillis + turn, RENEWAL_MILLIS);
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

    /** As {@link ObservationBatch} makes it. */
    private static Fingerprint fingerprint(SensorId id, SensorType type) {
        return new Fingerprint()
                .begin()
                .name(id.value())
                .and(new Fingerprint().begin().name(type.name()));
    }

    /** What is said in 64 bits; they are enough: it is compared with one other, and a change that went unseen is written at the next renewal. */
    static long words(Description said) {
        return said.equals(Description.NONE) ? NOTHING_SAID : Fingerprint.half(said.unit(), said.site());
    }
}
