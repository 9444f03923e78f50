package io.telltale.ingest;

import java.util.random.RandomGenerator;

/**
 * How long to wait before something is tried again: twice as long each time, up to a longest, and up to a fifth more or
 * less, so that what failed together is not tried again together.
 */
final class Backoff {

    private static final double JITTER = 0.2;
    private static final int MOST_DOUBLINGS = 30;

    private final long firstNanos;
    private final long longestNanos;
    private final RandomGenerator random;

    Backoff(IngestConfig config, RandomGenerator random) {
        this.firstNanos = config.firstRetry().toNanos();
        this.longestNanos = config.longestRetry().toNanos();
        this.random = random;
    }

    /**
     * The wait after a failure.
     *
     * @param failures how many there were one after the other, at least 1
     */
    long nanosAfter(int failures) {
        double doubled = (double) firstNanos * (1L << Math.min(failures - 1, MOST_DOUBLINGS));
        return (long) (Math.min(doubled, (double) longestNanos) * random.nextDouble(1 - JITTER, 1 + JITTER));
    }
}
