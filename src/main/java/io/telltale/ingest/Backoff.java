package io.telltale.ingest;

import java.util.random.RandomGenerator;

/** Exponential backoff with jitter, so that writes that failed together are not retried together. */
final class Backoff {

    private static final double JITTER = 0.2;
    private static final int MAX_DOUBLINGS = 30;

    private final long firstNanos;
    private final long longestNanos;
    private final RandomGenerator random;

    Backoff(IngestConfig config, RandomGenerator random) {
        this.firstNanos = config.firstRetry().toNanos();
        this.longestNanos = config.longestRetry().toNanos();
        this.random = random;
    }

    /**
     * The wait before the next attempt.
     *
     * @param failures the number of consecutive failures, at least 1
     */
    long nanosAfter(int failures) {
        double doubled = (double) firstNanos * (1L << Math.min(failures - 1, MAX_DOUBLINGS));
        return (long) (Math.min(doubled, (double) longestNanos) * random.nextDouble(1 - JITTER, 1 + JITTER));
    }
}
