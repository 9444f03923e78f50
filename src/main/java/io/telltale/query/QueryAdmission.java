package io.telltale.query;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Uni;
import io.telltale.api.AsyncLimiter;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Admission control of queries: limits concurrent and queued heavy queries and the time of every query. A heavy query holds
 * its permit until it completes, fails, or is cancelled because its client disconnected. Thread-safe.
 */
@Startup
@Singleton
class QueryAdmission {

    private final int permits;
    private final int maxWaiting;
    private final Duration deadline;
    private final String busy;
    private final AsyncLimiter limiter;

    @Inject
    QueryAdmission(QueryConfig config, MeterRegistry registry) {
        this(
                Bounds.within("telltale.query.heavy", config.heavy(), 1, 1_024),
                Bounds.within("telltale.query.waiting", config.waiting(), 0, 10_000),
                Bounds.within(
                        "telltale.query.deadline", config.deadline(), Duration.ofSeconds(1), Duration.ofMinutes(10)),
                "heavy queries are under way");
        Gauge.builder("telltale.queries.heavy", this, QueryAdmission::acquired)
                .description("Heavy queries in progress")
                .strongReference(true)
                .register(registry);
        Gauge.builder("telltale.queries.waiting", this, QueryAdmission::waiting)
                .description("Heavy queries that wait for a permit")
                .strongReference(true)
                .register(registry);
    }

    /** @param busy what the holders of permits do, for error details; follows their number */
    QueryAdmission(int permits, int maxWaiting, Duration deadline, String busy) {
        this.permits = permits;
        this.maxWaiting = maxWaiting;
        this.deadline = deadline;
        this.busy = busy;
        this.limiter = new AsyncLimiter(permits, maxWaiting);
    }

    /**
     * Runs a heavy query when a permit is free, in the order of arrival.
     *
     * @param query called with the permit; not called if the client has disconnected
     * @return fails with a problem: at once if the queue is full, and if there is no permit within the deadline
     */
    <T> Uni<T> heavy(Supplier<Uni<T>> query) {
        return Uni.createFrom().deferred(() -> {
            AsyncLimiter.Permit permit = limiter.permit(1);
            return permit.acquire()
                    .onFailure(AsyncLimiter.FullException.class)
                    .transform(full -> tooMany())
                    .ifNoItem()
                    .after(deadline)
                    .failWith(() -> late("got no permit", "%d %s".formatted(permits, busy)))
                    .chain(() -> query.get())
                    .onTermination()
                    .invoke(permit::release);
        });
    }

    /** Whether a heavy query would start at once. */
    boolean hasPermit() {
        return acquired() < permits;
    }

    /** Cancels a page and fails with a problem if it takes longer than the deadline. */
    <T> Uni<T> inTime(Uni<T> page) {
        return page.ifNoItem()
                .after(deadline)
                .failWith(() -> late("was not read", "try a shorter range or a smaller limit"));
    }

    private RuntimeException late(String what, String more) {
        return Problem.of(
                        ProblemCode.UNAVAILABLE,
                        "the query %s within telltale.query.deadline=%s; %s".formatted(what, deadline, more))
                .exception();
    }

    private RuntimeException tooMany() {
        return Problem.of(
                        ProblemCode.TOO_MANY,
                        "%d %s on this replica and %d wait; expected at most %d and %d"
                                .formatted(acquired(), busy, waiting(), permits, maxWaiting))
                .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                .exception();
    }

    /** The number of heavy queries in progress. */
    long acquired() {
        return limiter.acquired();
    }

    /** The number of heavy queries that wait for a permit. */
    int waiting() {
        return limiter.waiting();
    }
}
