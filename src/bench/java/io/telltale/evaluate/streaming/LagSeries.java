package io.telltale.evaluate.streaming;

import java.util.List;
import java.util.OptionalDouble;

/**
 * How many readings Kafka had acknowledged and the service had not yet committed, over time. An offset is committed
 * only when its readings are durable.
 */
record LagSeries(List<Sample> samples) {

    /** How much more than the most before a fault is normal. */
    private static final double TOLERANCE = 1.5;

    /**
     * A moment.
     *
     * @param seconds since the series began
     */
    record Sample(double seconds, double readings) {}

    LagSeries {
        samples = List.copyOf(samples);
    }

    /** The most within a time span; 0 if it has no samples. */
    double most(double fromSeconds, double toSeconds) {
        return within(fromSeconds, toSeconds).stream()
                .mapToDouble(Sample::readings)
                .max()
                .orElse(0);
    }

    /** The lag that is normal, from what it was in a time span before a fault. */
    double normal(double fromSeconds, double toSeconds) {
        return TOLERANCE * most(fromSeconds, toSeconds);
    }

    /**
     * Seconds from a moment until the lag is normal and stays so; 0 if it never exceeds the limit, empty if it still
     * does in the end.
     */
    OptionalDouble secondsUntilNormal(double fromSeconds, double limit) {
        List<Sample> after = within(fromSeconds, Double.MAX_VALUE);
        for (int i = after.size() - 1; i >= 0; i--) {
            if (after.get(i).readings() > limit) {
                return i == after.size() - 1
                        ? OptionalDouble.empty()
                        : OptionalDouble.of(after.get(i + 1).seconds() - fromSeconds);
            }
        }
        return OptionalDouble.of(0);
    }

    private List<Sample> within(double fromSeconds, double toSeconds) {
        return samples.stream()
                .filter(sample -> sample.seconds() >= fromSeconds && sample.seconds() < toSeconds)
                .toList();
    }
}
