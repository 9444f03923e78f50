package io.telltale.store;

import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * Where replicas that start at once get in each other's way, Cassandra gives up a compare-and-set and does not know what came
 * of it. Then it is asked again: what is this replica's already stays so.
 */
final class LwtRetry {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);

    /** So often in a row Cassandra may give up. */
    private static final int TIMES = 5;

    private LwtRetry() {}

    /** A compare-and-set, as often as it takes. */
    static <T> Uni<T> settled(Uni<T> compareAndSet) {
        return compareAndSet
                .onFailure(WriteTimeoutException.class)
                .retry()
                .withBackOff(FIRST_PAUSE)
                .atMost(TIMES);
    }
}
