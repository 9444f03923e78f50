package io.telltale.store;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What many records report of their sensors, so that {@link SensorRegistry#states} can look up all of them in one
 * pass: the processor then overlaps the cache misses of several lookups, where a lookup for each reading would wait
 * for each miss. 32 bytes for each observation.
 */
public final class ObservationBatch {

    private static final int LONGS = 4;
    private static final int LOW = 1;
    private static final int DESCRIPTION = 2;
    private static final int RECORD_TIME = 3;

    private final Fingerprint sensor = new Fingerprint();
    private final Fingerprint typeName = new Fingerprint();
    private @Nullable SensorType type;
    private long[] observations;
    private int size;

    /** @param expected about how many will be added */
    public ObservationBatch(int expected) {
        this.observations = new long[LONGS * Math.max(1, expected)];
    }

    /**
     * Adds an observation.
     *
     * @param reported what the record reports of the sensor
     * @param recordTimeMillis the record time
     */
    public void add(SensorId id, SensorType type, Description reported, long recordTimeMillis) {
        add(id, type, 0, reported, recordTimeMillis);
    }

    /**
     * The same for a sensor whose id may have belonged to another one.
     *
     * @param shreddedAtMillis when that was shredded; 0 if there is none
     */
    public void add(SensorId id, SensorType type, long shreddedAtMillis, Description reported, long recordTimeMillis) {
        if (!type.equals(this.type)) {
            typeName.begin().name(type.name());
            this.type = type;
        }
        sensor.begin().name(id.value()).and(typeName);
        if (shreddedAtMillis != 0) {
            sensor.number(shreddedAtMillis);
        }
        int at = LONGS * size++;
        if (at == observations.length) {
            observations = Arrays.copyOf(observations, 2 * observations.length);
        }
        observations[at] = sensor.high();
        observations[at + LOW] = sensor.low();
        observations[at + DESCRIPTION] = RegistrationCache.hash(reported);
        observations[at + RECORD_TIME] = recordTimeMillis;
    }

    int size() {
        return size;
    }

    /** The first half of the fingerprint of sensor and type. */
    long high(int observation) {
        return observations[LONGS * observation];
    }

    /** The second half. */
    long low(int observation) {
        return observations[LONGS * observation + LOW];
    }

    /** The hash of what is reported, by {@link RegistrationCache#hash}. */
    long descriptionHash(int observation) {
        return observations[LONGS * observation + DESCRIPTION];
    }

    long recordTimeMillis(int observation) {
        return observations[LONGS * observation + RECORD_TIME];
    }
}
