package io.telltale.store;

import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * Retries compare-and-set statements. Concurrent startups contend on the same lightweight transaction; Cassandra then
 * times out without knowing the outcome. A retry is safe: if the first attempt was applied, the result is still this
 * replica's.
 */
final class LwtRetry {

    private static final Duration MIN_BACKOFF = Duration.ofMillis(250);

    private static final int MAX_RETRIES = 5;

    private LwtRetry() {}

    /** Retries a compare-and-set after a timeout, at most five times. */
    static <T> Uni<T> retrying(Uni<T> compareAndSet) {
        return compareAndSet
                .onFailure(LwtRetry::isTimeout)
                .retry()
                .withBackOff(MIN_BACKOFF)
                .atMost(MAX_RETRIES);
    }

    /** Also as {@link Database#run} reports it. */
    private static boolean isTimeout(Throwable failure) {
        return failure instanceof WriteTimeoutException
                || (failure instanceof StoreUnavailableException
                        && failure.getCause() instanceof WriteTimeoutException);
    }
}
