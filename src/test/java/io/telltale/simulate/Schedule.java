package io.telltale.simulate;

/**
 * When readings are due. All sensors read once a period, spread evenly over it; the readings of the whole fleet are
 * numbered from 0 in the order in which they are due. Arithmetic only, so a reading costs nothing before it is made.
 */
final class Schedule {

    private final int sensors;
    private final long periodNanos;

    Schedule(int sensors, double ratePerSensor) {
        this.sensors = sensors;
        this.periodNanos = Math.round(1e9 / ratePerSensor);
    }

    long periodNanos() {
        return periodNanos;
    }

    int sensorOf(long number) {
        return (int) Math.floorMod(number, (long) sensors);
    }

    /** From the start until the reading of this number is due; below 0 for numbers of before the start. */
    long dueNanos(long number) {
        return Math.floorDiv(number, (long) sensors) * periodNanos + offsetNanos(sensorOf(number));
    }

    /** How many readings are due once this much time has passed; the first is due at once. */
    long dueAfter(long elapsedNanos) {
        if (elapsedNanos < 0) {
            return 0;
        }
        long rounds = elapsedNanos / periodNanos;
        long rest = elapsedNanos % periodNanos;
        int inRound = (int) Math.min(sensors, (long) ((double) rest / periodNanos * sensors) + 1);
        // The division is not exact: it may be off by one at the edges.
        while (inRound < sensors && offsetNanos(inRound) <= rest) {
            inRound++;
        }
        while (inRound > 0 && offsetNanos(inRound - 1) > rest) {
            inRound--;
        }
        return rounds * sensors + inRound;
    }

    private long offsetNanos(int sensor) {
        return (long) ((double) sensor / sensors * periodNanos);
    }
}
