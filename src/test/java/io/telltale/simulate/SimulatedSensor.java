package io.telltale.simulate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;

/** One sensor of a fleet: who it is, where it stands, what it reads. */
final class SimulatedSensor {

    private static final String[] CITIES = {"berlin", "hamburg", "leipzig", "vienna", "zurich", "oslo"};

    private static final long CHARACTER = 16L << 56;
    private static final long MIN_LAG_MILLIS = 60_000;
    private static final long MAX_LAG_MILLIS = 12 * 3_600_000;

    private final SensorId id;
    private final SensorType type;
    private final String topic;
    private final Signal signal;
    private final long lagMillis;
    private final byte[] key;
    private final BodyWriter bodies;

    private SimulatedSensor(SensorId id, SensorKind kind, Description description, long seed, int number) {
        this.id = id;
        this.type = kind.type();
        this.topic = type.topic();
        this.signal = new Signal(kind, seed, number);
        this.lagMillis =
                MIN_LAG_MILLIS + (long) (Noise.unit(seed, CHARACTER, number) * (MAX_LAG_MILLIS - MIN_LAG_MILLIS));
        this.key = id.value().getBytes(UTF_8);
        boolean namesItsType = number % 2 == 0;
        this.bodies = new BodyWriter(id, namesItsType ? type : null, description);
    }

    /** The sensor of a number, from 0: kinds take turns, and each site gets all of them. */
    static SimulatedSensor of(SimulationSettings settings, int number) {
        int kinds = settings.kinds().size();
        SensorKind kind = settings.kinds().get(number % kinds);
        int ofItsKind = number / kinds;
        int site = ofItsKind % settings.sites();
        SensorId id = new SensorId("%s-%04d".formatted(kind.type(), ofItsKind + 1));
        String siteName = CITIES[site % CITIES.length] + "-" + (site / CITIES.length + 1);
        return new SimulatedSensor(id, kind, new Description(kind.unit(), siteName), settings.seed(), number);
    }

    SensorId id() {
        return id;
    }

    SensorType type() {
        return type;
    }

    String topic() {
        return topic;
    }

    Signal signal() {
        return signal;
    }

    /** How old its late readings are: a matter of its connection, so always about the same. */
    long lagMillis() {
        return lagMillis;
    }

    byte[] key() {
        return key;
    }

    BodyWriter bodies() {
        return bodies;
    }
}
