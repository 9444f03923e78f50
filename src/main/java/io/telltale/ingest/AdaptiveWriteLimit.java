package io.telltale.ingest;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.limit.AIMDLimit;
import java.util.concurrent.TimeUnit;

/**
 * Limits the concurrent writes: one more for each write that Cassandra acknowledges in time, up to a maximum; an eighth
 * less for each that fails or takes longer than a second. So ingest does not add load to an overloaded cluster.
 *
 * <p>Uses additive increase and multiplicative decrease, not a limit by latency gradient: latency also rises with the
 * batch size, which grows just when there is a backlog.
 */
final class AdaptiveWriteLimit {

    /** Half of Cassandra's own default write timeout. */
    private static final long SLOW_MILLIS = 1_000;

    private static final double DECREASE = 0.875;
    private static final int INITIAL = 16;
    private static final int MIN = 2;

    private final Limit limit;

    /** @param max the maximum of concurrent writes, at least 1 */
    AdaptiveWriteLimit(int max) {
        this.limit = AIMDLimit.newBuilder()
                .initialLimit(Math.min(INITIAL, max))
                .minLimit(Math.min(MIN, max))
                .maxLimit(max)
                .backoffRatio(DECREASE)
                .timeout(SLOW_MILLIS, TimeUnit.MILLISECONDS)
                .build();
    }

    int get() {
        return limit.getLimit();
    }

    /**
     * How many of the writes may be retries, so that partitions that cannot be written leave capacity for the others.
     */
    int maxRetries() {
        return Math.max(1, get() / 4);
    }

    /**
     * Reports the end of a write.
     *
     * @param inFlight the writes in flight when it started, including this one
     */
    void onEnd(long startNanos, long endNanos, int inFlight, boolean hasFailed) {
        limit.onSample(startNanos, endNanos - startNanos, inFlight, hasFailed);
    }
}
