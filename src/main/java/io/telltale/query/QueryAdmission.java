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
 * How many heavy queries are under way at once, how many wait, and how long anybody may. A heavy query has its place from
 * its turn until it is over, however that comes about: done, failed, or cancelled because its client has gone. For any
 * number of threads.
 */
@Startup
@Singleton
class QueryAdmission {

    private final int places;
    private final int maxWaiting;
    private final Duration deadline;
    private final String busy;
    private final AsyncLimiter asyncLimiter;

    @Inject
    QueryAdmission(QueryConfig config, MeterRegistry registry) {
        this(
                Bounds.within("telltale.query.heavy", config.heavy(), 1, 1_024),
                Bounds.within("telltale.query.waiting", config.waiting(), 0, 10_000),
                Bounds.within(
                        "telltale.query.deadline", config.deadline(), Duration.ofSeconds(1), Duration.ofMinutes(10)),
                "heavy queries are under way");
        Gauge.builder("telltale.queries.heavy", this, QueryAdmission::taken)
                .description("Heavy queries that are under way")
                .strongReference(true)
                .register(registry);
        Gauge.builder("telltale.queries.waiting", this, QueryAdmission::waiting)
                .description("Heavy queries that wait until others are done")
                .strongReference(true)
                .register(registry);
    }

    /** @param busy what those who have a place do, as the end of a sentence that begins with how many they are */
    QueryAdmission(int places, int maxWaiting, Duration deadline, String busy) {
        this.places = places;
        this.maxWaiting = maxWaiting;
        this.deadline = deadline;
        this.busy = busy;
        this.asyncLimiter = new AsyncLimiter(places, maxWaiting);
    }

    /**
     * A heavy query, begun when there is a place for it; those who wait get theirs in the order in which they came.
     *
     * @param query not asked for before that, nor if nobody waits for the answer any more
     * @return fails with a problem: at once where too many wait already, and where its turn does not come in time
     */
    <T> Uni<T> heavy(Supplier<Uni<T>> query) {
        return Uni.createFrom().deferred(() -> {
            AsyncLimiter.Turn turn = asyncLimiter.turn();
            return turn.comes()
                    .onFailure(AsyncLimiter.FullException.class)
                    .transform(full -> tooMany())
                    .ifNoItem()
                    .after(deadline)
                    .failWith(() -> late("waited for its turn", "%d %s".formatted(places, busy)))
                    .chain(() -> query.get())
                    .onTermination()
                    .invoke(turn::end);
        });
    }

    /** Whether a heavy query would begin at once, at this moment. */
    boolean hasPlace() {
        return taken() < places;
    }

    /** A page, which fails with a problem if it is not there in time; then its reading is cancelled. */
    <T> Uni<T> inTime(Uni<T> page) {
        return page.ifNoItem()
                .after(deadline)
                .failWith(() -> late("was read", "a shorter range or a smaller limit may do"));
    }

    private RuntimeException late(String what, String more) {
        return Problem.of(
                        ProblemCode.UNAVAILABLE,
                        "the answer %s for telltale.query.deadline=%s, as long as it may; %s"
                                .formatted(what, deadline, more))
                .exception();
    }

    private RuntimeException tooMany() {
        return Problem.of(
                        ProblemCode.TOO_MANY,
                        "%d %s on this replica and %d wait; expected at most %d and %d"
                                .formatted(taken(), busy, waiting(), places, maxWaiting))
                .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                .exception();
    }

    /** Heavy queries that are under way. */
    int taken() {
        return asyncLimiter.taken();
    }

    int waiting() {
        return asyncLimiter.waiting();
    }
}
