package io.telltale.query;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Uni;
import io.telltale.api.AsyncLimiter;
import io.telltale.api.CallerCredential;
import io.telltale.api.CallerLimiter;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Admission control of queries: limits concurrent and queued heavy queries and the time of every query. A heavy query
 * holds its permit until it completes, fails, or is cancelled because its client disconnected. Thread-safe.
 */
@Startup
@Singleton
class QueryAdmission {

    private final Capacity capacity;
    private final Duration deadline;
    private final String busy;
    private final CallerLimiter limiter;

    /**
     * How many queries may run and wait.
     *
     * @param perCaller of one caller, when it is known
     * @param maxWaitingPerCaller those of one caller that wait for others of it
     */
    record Capacity(int permits, int maxWaiting, int perCaller, int maxWaitingPerCaller) {

        /** Without a bound of the queues: they hold at most one query per request in progress. */
        static Capacity ofReads(int permits, int perCaller) {
            return new Capacity(permits, Integer.MAX_VALUE, perCaller, Integer.MAX_VALUE);
        }

        private static Capacity of(QueryConfig config) {
            int permits = Bounds.within("telltale.query.heavy", config.heavy(), 1, 1_024);
            int waiting = Bounds.within("telltale.query.waiting", config.waiting(), 0, 10_000);
            return new Capacity(
                    permits,
                    waiting,
                    Bounds.within(
                            "telltale.query.heavy-per-caller",
                            config.heavyPerCaller().orElse(half(permits)),
                            1,
                            1_024),
                    Bounds.within(
                            "telltale.query.waiting-per-caller",
                            config.waitingPerCaller().orElse(half(waiting)),
                            0,
                            10_000));
        }

        private static int half(int number) {
            return (number + 1) / 2;
        }
    }

    @Inject
    QueryAdmission(QueryConfig config, MeterRegistry registry) {
        this(
                Capacity.of(config),
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
    QueryAdmission(Capacity capacity, Duration deadline, String busy) {
        this.capacity = capacity;
        this.deadline = deadline;
        this.busy = busy;
        this.limiter = new CallerLimiter(
                capacity.permits, capacity.maxWaiting, capacity.perCaller, capacity.maxWaitingPerCaller);
    }

    /**
     * Runs a heavy query when a permit is free, in the order of arrival. Those of a caller that has all its permits
     * wait for each other, and let others pass.
     *
     * @param query called with the permit; not called if the client has disconnected
     * @return fails with a problem: at once if a queue is full, and if there is no permit within the deadline
     */
    <T> Uni<T> heavy(CallerCredential caller, Supplier<Uni<T>> query) {
        return Uni.createFrom().deferred(() -> {
            CallerLimiter.Permit permit = limiter.permit(caller, 1);
            return permit.acquire()
                    .onFailure(CallerLimiter.CallerFullException.class)
                    .transform(full -> tooManyOf(caller))
                    .onFailure(AsyncLimiter.FullException.class)
                    .transform(full -> tooMany())
                    .ifNoItem()
                    .after(deadline)
                    .failWith(() -> late(
                            "got no permit",
                            permit.waitsForCaller()
                                    ? "%d %s for this credential".formatted(capacity.perCaller, busy)
                                    : "%d %s".formatted(capacity.permits, busy)))
                    .chain(() -> query.get())
                    .onTermination()
                    .invoke(permit::release);
        });
    }

    /** Whether a heavy query of this caller would start at once. */
    boolean hasPermit(CallerCredential caller) {
        return limiter.hasPermit(caller);
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
                        ("%d %s on this replica and %d wait; expected at most telltale.query.heavy=%d and "
                                        + "telltale.query.waiting=%d")
                                .formatted(acquired(), busy, waiting(), capacity.permits, capacity.maxWaiting))
                .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                .exception();
    }

    private RuntimeException tooManyOf(CallerCredential caller) {
        return Problem.of(
                        ProblemCode.TOO_MANY,
                        ("%d heavy queries of this credential run or are next on this replica and %d wait for them; "
                                        + "expected at most telltale.query.heavy-per-caller=%d and "
                                        + "telltale.query.waiting-per-caller=%d")
                                .formatted(
                                        limiter.acquired(caller),
                                        limiter.waiting(caller),
                                        capacity.perCaller,
                                        capacity.maxWaitingPerCaller))
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
