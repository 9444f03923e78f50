package io.telltale.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.telltale.sensors.Description;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import io.telltale.simulate.BodyWriter;
import java.time.Instant;
import java.util.SplittableRandom;

/**
 * Readings that wait in a topic, every one of them known beforehand: what a contestant stores can be held against it.
 * Each sensor reads once a second, some milliseconds late; its value is a random walk of two decimals.
 */
final class Backlog {

    /** Behind any clock, so that no reading is from the future. */
    static final long START_MILLIS = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

    private static final int STEP_MILLIS = 1_000;
    private static final int MAX_JITTER_MILLIS = 5;
    private static final int MAX_STEP_CENTS = 15;
    private static final String ID_PREFIX = "drain-";
    private static final int ID_DIGITS = 6;
    private static final Description DESCRIPTION = new Description("Cel", "plant-2");

    private final BacklogShape shape;
    private final int[] cents;
    private final byte[] jitterMillis;

    /** Told each record of a backlog in the order of the topic. */
    interface Each {
        void record(byte[] key, byte[] body);
    }

    Backlog(BacklogShape shape, long seed) {
        this.shape = shape;
        this.cents = new int[shape.records()];
        this.jitterMillis = new byte[shape.records()];
        for (int sensor = 0; sensor < shape.sensors(); sensor++) {
            SplittableRandom random = new SplittableRandom(seed + sensor);
            int walk = random.nextInt(1_000, 9_000);
            for (int i = 0; i < shape.readingsPerSensor(); i++) {
                walk += random.nextInt(-MAX_STEP_CENTS, MAX_STEP_CENTS + 1);
                cents[at(sensor, i)] = walk;
                jitterMillis[at(sensor, i)] = (byte) random.nextInt(MAX_JITTER_MILLIS);
            }
        }
    }

    BacklogShape shape() {
        return shape;
    }

    /** All records: {@code b} of the first sensor, {@code b} of the second, and so on, again and again. */
    void forEach(Each each) {
        byte[][] keys = new byte[shape.sensors()][];
        BodyWriter[] bodies = new BodyWriter[shape.sensors()];
        for (int sensor = 0; sensor < shape.sensors(); sensor++) {
            SensorId id = new SensorId(id(sensor));
            keys[sensor] = id.value().getBytes(US_ASCII);
            bodies[sensor] = new BodyWriter(id, null, DESCRIPTION);
        }
        for (int first = 0; first < shape.readingsPerSensor(); first += shape.b()) {
            for (int sensor = 0; sensor < shape.sensors(); sensor++) {
                for (int i = first; i < first + shape.b(); i++) {
                    each.record(
                            keys[sensor],
                            bodies[sensor].write(timestampMillis(sensor, i), new Value.Numeric(value(sensor, i))));
                }
            }
        }
    }

    /** Which of its readings this is, from 0 to below the number of records; -1 if it is none of them. */
    int indexOf(String sensorId, long timestampMillis, double value) {
        int sensor = sensorOf(sensorId);
        long i = Math.floorDiv(timestampMillis - START_MILLIS, (long) STEP_MILLIS);
        if (sensor < 0 || i < 0 || i >= shape.readingsPerSensor()) {
            return -1;
        }
        boolean isIt = timestampMillis(sensor, (int) i) == timestampMillis
                && Double.doubleToLongBits(value(sensor, (int) i)) == Double.doubleToLongBits(value);
        return isIt ? at(sensor, (int) i) : -1;
    }

    static String id(int sensor) {
        String number = Integer.toString(sensor);
        return ID_PREFIX + "0".repeat(ID_DIGITS - number.length()) + number;
    }

    private int sensorOf(String id) {
        if (id.length() != ID_PREFIX.length() + ID_DIGITS || !id.startsWith(ID_PREFIX)) {
            return -1;
        }
        try {
            int sensor = Integer.parseInt(id, ID_PREFIX.length(), id.length(), 10);
            return sensor < shape.sensors() ? sensor : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private long timestampMillis(int sensor, int i) {
        return START_MILLIS + (long) i * STEP_MILLIS + jitterMillis[at(sensor, i)];
    }

    private double value(int sensor, int i) {
        return cents[at(sensor, i)] / 100.0;
    }

    private int at(int sensor, int i) {
        return sensor * shape.readingsPerSensor() + i;
    }
}
