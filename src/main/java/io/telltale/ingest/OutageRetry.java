package io.telltale.ingest;

import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * Retries an operation without limit, with exponential backoff. Meanwhile {@link IngestHealth} and the log name the
 * operation and its last failure.
 */
@Singleton
class OutageRetry {

    private static final double JITTER = 0.2;

    private final IngestConfig config;
    private final IngestHealth health;

    @Inject
    OutageRetry(IngestConfig config, IngestHealth health) {
        this.config = IngestSettings.checked(config);
        this.health = health;
    }

    /**
     * Retries until the operation succeeds, which ends its outage.
     *
     * @param operation in words that complete "… failed"
     */
    <T> Uni<T> untilSuccess(String operation, Uni<T> attempt) {
        return withoutRecovery(operation, attempt).invoke(() -> health.succeeded(operation));
    }

    /** The same for one step of an operation: its success does not end the outage of the whole operation. */
    <T> Uni<T> withoutRecovery(String operation, Uni<T> attempt) {
        return attempt.onFailure()
                .invoke(failure -> health.failed(operation, failure))
                .onFailure()
                .retry()
                .withBackOff(config.firstRetry(), config.longestRetry())
                .withJitter(JITTER)
                .indefinitely();
    }
}
