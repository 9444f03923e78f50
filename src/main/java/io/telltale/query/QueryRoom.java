package io.telltale.query;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How many heavy queries are under way at once, how many wait, and how long anybody may. A heavy query has its place from
 * its turn until it is over, however that comes about: done, failed, or cancelled because its client has gone. For any
 * number of threads.
 */
@Startup
@Singleton
class QueryRoom {

    private final int places;
    private final int maxWaiting;
    private final Duration deadline;

    // Guarded by this.
    private final Deque<Turn> waiting = new ArrayDeque<>();
    private int taken;

    @Inject
    QueryRoom(QueryConfig config, MeterRegistry registry) {
        this(
                Bounds.within("telltale.query.heavy", config.heavy(), 1, 1_024),
                Bounds.within("telltale.query.waiting", config.waiting(), 0, 10_000),
                Bounds.within(
                        "telltale.query.deadline", config.deadline(), Duration.ofSeconds(1), Duration.ofMinutes(10)));
        Gauge.builder("telltale.queries.heavy", this, QueryRoom::taken)
                .description("Heavy queries that are under way")
                .strongReference(true)
                .register(registry);
        Gauge.builder("telltale.queries.waiting", this, QueryRoom::waiting)
                .description("Heavy queries that wait until others are done")
                .strongReference(true)
                .register(registry);
    }

    QueryRoom(int places, int maxWaiting, Duration deadline) {
        this.places = places;
        this.maxWaiting = maxWaiting;
        this.deadline = deadline;
    }

    /**
     * A heavy query, begun when there is a place for it; those who wait get theirs in the order in which they came.
     *
     * @param query not asked for before that, nor if nobody waits for the answer any more
     * @return fails with a problem: at once where too many wait already, and where its turn does not come in time
     */
    <T> Uni<T> heavy(Supplier<Uni<T>> query) {
        return Uni.createFrom().deferred(() -> {
            Turn turn = new Turn();
            return turn.comes()
                    .ifNoItem()
                    .after(deadline)
                    .failWith(() -> late("waited for its turn", "%d heavy queries are under way".formatted(places)))
                    .chain(() -> query.get())
                    .onTermination()
                    .invoke(turn::end);
        });
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

    /** Heavy queries that are under way. */
    synchronized int taken() {
        return taken;
    }

    synchronized int waiting() {
        return waiting.size();
    }

    /** One heavy query's time here. */
    private final class Turn {
        // Guarded by the room.
        private boolean isIn;
        private @Nullable Runnable onTurn;

        Uni<Void> comes() {
            return Uni.createFrom().emitter(emitter -> {
                if (take(() -> emitter.complete(null))) {
                    emitter.complete(null);
                }
            });
        }

        private boolean take(Runnable later) {
            synchronized (QueryRoom.this) {
                if (taken < places) {
                    taken++;
                    isIn = true;
                    return true;
                }
                if (waiting.size() >= maxWaiting) {
                    throw Problem.of(
                                    ProblemCode.TOO_MANY,
                                    "%d heavy queries are under way on this replica and %d wait; expected at most %d and %d"
                                            .formatted(taken, waiting.size(), places, maxWaiting))
                            .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                            .exception();
                }
                onTurn = later;
                waiting.add(this);
                return false;
            }
        }

        /** Gives the place to whoever waits longest, or stops waiting. */
        void end() {
            Runnable next = null;
            synchronized (QueryRoom.this) {
                if (!isIn) {
                    waiting.remove(this);
                    return;
                }
                isIn = false;
                Turn first = waiting.poll();
                if (first == null) {
                    taken--;
                } else {
                    first.isIn = true;
                    next = first.onTurn;
                }
            }
            if (next != null) {
                next.run();
            }
        }
    }
}
