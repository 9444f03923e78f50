package io.telltale.simulate;

import io.telltale.sensors.Value;
import io.telltale.sensors.Value.Flag;
import io.telltale.sensors.Value.Numeric;
import io.telltale.sensors.Value.Text;

/**
 * What a sensor would read at an instant: a daily curve, a slow drift, a smooth wander and noise. A pure function of
 * seed, sensor and instant. Numbers have two decimals.
 *
 * @param kind what is measured
 * @param seed the seed of the fleet
 * @param sensor the number of the sensor in the fleet, from 0
 */
record Signal(SensorKind kind, long seed, int sensor) {

    private static final Text OPEN = new Text("open");
    private static final Text CLOSED = new Text("closed");

    private static final long MINUTE_MILLIS = 60_000;
    private static final long DAY_MILLIS = 24 * 60 * MINUTE_MILLIS;
    private static final long WANDER_MILLIS = 10 * MINUTE_MILLIS;

    /** Somebody moves, or does not, for half a minute at a time. */
    private static final long MOTION_MILLIS = 30_000;

    private static final long DOOR_MILLIS = 5 * MINUTE_MILLIS;

    // One stream of randomness for each purpose, so that no two of them move together.
    private static final long NOISE = 1L << 56;
    private static final long WANDER = 2L << 56;
    private static final long STATE = 3L << 56;
    private static final long CHARACTER = 4L << 56;
    private static final long CORRECTION = 5L << 56;

    private static final int LARGEST_CORRECTION_CENTS = 500;

    Value at(long millis) {
        return switch (kind) {
            case TEMPERATURE ->
                number(15
                        + 12 * character(1)
                        + 4 * day(millis, 9)
                        + drift(millis)
                        + wander(millis)
                        + 0.1 * noise(millis));
            case HUMIDITY ->
                number(clamp(
                        40
                                + 25 * character(1)
                                - 8 * day(millis, 9)
                                + 3 * drift(millis)
                                + 2 * wander(millis)
                                + 0.3 * noise(millis),
                        0,
                        100));
            case PRESSURE ->
                number(1_013
                        + 4 * character(1)
                        + 0.8 * day(millis, 4)
                        + 8 * drift(millis)
                        + 0.3 * wander(millis)
                        + 0.05 * noise(millis));
            case POWER ->
                number(Math.max(
                        0,
                        (40 + 400 * character(1)) * (1 + 0.7 * day(millis, 12) + 0.2 * wander(millis))
                                + 5 * noise(millis)));
            case MOTION -> Flag.of(state(millis, MOTION_MILLIS) < 0.05 + 0.2 * (1 + day(millis, 7)));
            case DOOR -> state(millis, DOOR_MILLIS) < 0.1 ? OPEN : CLOSED;
        };
    }

    /** What the sensor says when it corrects itself: always another value than {@link #at}. */
    Value correctedAt(long millis) {
        Value original = at(millis);
        if (original instanceof Numeric numeric) {
            int cents = 1 + Noise.below(LARGEST_CORRECTION_CENTS, seed, CORRECTION + sensor, millis);
            return new Numeric((Math.round(numeric.number() * 100) + cents) / 100.0);
        }
        if (original instanceof Flag flag) {
            return Flag.of(!flag.flag());
        }
        return original.equals(OPEN) ? CLOSED : OPEN;
    }

    private static Value number(double exact) {
        return new Numeric(Math.round(exact * 100) / 100.0);
    }

    /** What makes this sensor differ from the next: fixed for its life, in [0, 1). */
    private double character(int which) {
        return Noise.unit(seed, CHARACTER + sensor, which);
    }

    /** From -1 to 1 and back in a day, rising through 0 at an hour of UTC. */
    private static double day(long millis, int risingHour) {
        double ofDay = (double) Math.floorMod(millis, DAY_MILLIS) / DAY_MILLIS;
        return Math.sin(2 * Math.PI * (ofDay - risingHour / 24.0));
    }

    /** From -1 to 1 and back in one to three weeks. */
    private double drift(long millis) {
        double periodDays = 7 + 14 * character(2);
        return Math.sin(2 * Math.PI * (millis / (periodDays * DAY_MILLIS) + character(3)));
    }

    /** Within -1 and 1, another direction every ten minutes, without jumps. */
    private double wander(long millis) {
        long knot = Math.floorDiv(millis, WANDER_MILLIS);
        double part = (double) Math.floorMod(millis, WANDER_MILLIS) / WANDER_MILLIS;
        double before = Noise.unit(seed, WANDER + sensor, knot);
        double after = Noise.unit(seed, WANDER + sensor, knot + 1);
        return 2 * (before + part * (after - before)) - 1;
    }

    /** Within -1 and 1, every instant for itself. */
    private double noise(long millis) {
        return 2 * Noise.unit(seed, NOISE + sensor, millis) - 1;
    }

    private double state(long millis, long heldMillis) {
        return Noise.unit(seed, STATE + sensor, Math.floorDiv(millis, heldMillis));
    }

    private static double clamp(double value, double least, double most) {
        return Math.min(most, Math.max(least, value));
    }
}
