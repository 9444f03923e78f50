package io.telltale.ingest;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.limit.AIMDLimit;
import java.util.concurrent.TimeUnit;

/**
 * How many writes may be under way at once: one more for each that Cassandra answers in time, up to the most that is set;
 * an eighth less for each that fails or takes longer than a second. A cluster that is overloaded is not sent more of what
 * it cannot do.
 *
 * <p>Additive increase and multiplicative decrease, rather than a limit that goes by how the answer times change: those
 * vary with the size of the batches, which grow just when there is much to do.
 */
final class AdaptiveWriteLimit {

    /** Half of the time after which Cassandra itself gives a write up, by default. */
    private static final long SLOW_MILLIS = 1_000;

    private static final double DECREASE = 0.875;
    private static final int FIRST = 16;
    private static final int LEAST = 2;

    private final Limit limit;

    /** @param most the most writes at once, at least 1 */
    AdaptiveWriteLimit(int most) {
        this.limit = AIMDLimit.newBuilder()
                .initialLimit(Math.min(FIRST, most))
                .minLimit(Math.min(LEAST, most))
                .maxLimit(most)
                .backoffRatio(DECREASE)
                .timeout(SLOW_MILLIS, TimeUnit.MILLISECONDS)
                .build();
    }

    int get() {
        return limit.getLimit();
    }

    /** How many of them may be writes that have failed before: what cannot be written must leave room for what can. */
    int ofThemAgain() {
        return Math.max(1, get() / 4);
    }

    /**
     * A write has ended.
     *
     * @param startNanos when it was begun
     * @param endNanos when it ended
     * @param underWay how many were under way, this one included
     * @param failed whether it failed
     */
    void ended(long startNanos, long endNanos, int underWay, boolean failed) {
        limit.onSample(startNanos, endNanos - startNanos, underWay, failed);
    }
}
