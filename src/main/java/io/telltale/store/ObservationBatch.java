package io.telltale.store;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What records say of their sensors, gathered so that how all of them stand is asked at once ({@link
 * SensorRegistry#states}). Asked one by one, each reading would wait for memory by itself; of a thousand questions that
 * are made before, the processor looks up several at a time. 32 bytes each.
 */
public final class ObservationBatch {

    private static final int LONGS = 4;
    private static final int LOW = 1;
    private static final int WORDS = 2;
    private static final int RECORD_TIME = 3;

    private final Fingerprint sensor = new Fingerprint();
    private final Fingerprint typeName = new Fingerprint();
    private @Nullable SensorType type;
    private long[] sightings;
    private int size;

    /** @param expected how many will be added, about */
    public ObservationBatch(int expected) {
        this.sightings = new long[LONGS * Math.max(1, expected)];
    }

    /**
     * Takes what a record says.
     *
     * @param said what it says of the sensor besides a value
     * @param recordTimeMillis the record time
     */
    public void add(SensorId id, SensorType type, Description said, long recordTimeMillis) {
        if (!type.equals(this.type)) {
            typeName.begin().name(type.name());
            this.type = type;
        }
        sensor.begin().name(id.value()).and(typeName);
        int at = LONGS * size++;
        if (at == sightings.length) {
            sightings = Arrays.copyOf(sightings, 2 * sightings.length);
        }
        sightings[at] = sensor.high();
        sightings[at + LOW] = sensor.low();
        sightings[at + WORDS] = RegistrationCache.words(said);
        sightings[at + RECORD_TIME] = recordTimeMillis;
    }

    int size() {
        return size;
    }

    /** The halves of the fingerprint of sensor and type. */
    long high(int sighting) {
        return sightings[LONGS * sighting];
    }

    long low(int sighting) {
        return sightings[LONGS * sighting + LOW];
    }

    /** What is said, as {@link RegistrationCache#words} has it. */
    long words(int sighting) {
        return sightings[LONGS * sighting + WORDS];
    }

    long recordTimeMillis(int sighting) {
        return sightings[LONGS * sighting + RECORD_TIME];
    }
}
