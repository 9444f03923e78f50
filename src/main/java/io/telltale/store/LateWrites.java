package io.telltale.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.telltale.api.AsyncLimiter;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Marks spans into which this replica writes rows after their end, so that no row hides behind a pack. The mark is
 * durable before the write is acknowledged, and makes readers read rows. One mark of a span serves many writes.
 * Decision 0085 has the argument.
 */
@Singleton
class LateWrites {

    /** A span is packed at least an hour later than this, which bounds the clock skew between replicas. */
    static final Duration LATE = Duration.ofMinutes(15);

    private static final Logger log = Logger.getLogger(LateWrites.class);

    /** A mark is written again after this time. */
    private static final Duration RENEW = Duration.ofMinutes(5);

    /** The longest time from the request of a mark to the end of a write that relies on it; see SpanMarks.ABANDONED. */
    private static final Duration MAX_AGE = Duration.ofMinutes(30);

    private static final Duration IDLE = Duration.ofSeconds(10);

    /** A backlog may end tens of thousands of spans at the same time. */
    static final int MAX_ENDING = 64;

    private final AsyncLimiter ending = new AsyncLimiter(MAX_ENDING, Integer.MAX_VALUE);
    private final HistoryMarks marks;
    private final Clock clock;
    private final UUID replica = UUID.randomUUID();

    /** The spans with marks of this replica. Guarded by itself, together with its values. */
    private final Map<Span, Held> held = new HashMap<>();

    private @Nullable Cancellable ticks;

    /** The mark of a span. */
    private static final class Held {
        Written mark;

        /** The writes that rely on a mark. */
        int uses;

        long idleSinceNanos;

        Held(Written mark) {
            this.mark = mark;
        }
    }

    /** One request that writes the mark. */
    private static final class Written {
        final Moment since;
        Uni<Void> done = Uni.createFrom().voidItem();
        volatile boolean isFailed;

        Written(Moment since) {
            this.since = since;
        }
    }

    @Inject
    LateWrites(HistoryMarks marks, Clock clock) {
        this.marks = marks;
        this.clock = clock;
    }

    void start(@Observes StartupEvent start) {
        ticks = Multi.createFrom()
                .ticks()
                .every(IDLE)
                .onOverflow()
                .drop()
                .subscribe()
                .with(tick -> endIdle(IDLE));
    }

    /**
     * Ends all marks, without waiting: one that stays costs speed only. After the other observers, which have priority
     * 2,500 unless they say so: a sweep or a write may have ended just before.
     */
    void stop(@Observes @Priority(3_000) ShutdownEvent stop) {
        if (ticks != null) {
            ticks.cancel();
        }
        endIdle(Duration.ZERO);
    }

    /** Writes rows. Completes when they are durable, and so is the mark of their span if it needs one. */
    Uni<Void> around(ReadingPartition partition, Supplier<Uni<Void>> write) {
        Span span = Span.of(partition);
        return Uni.createFrom()
                .deferred(() -> isLate(span)
                        ? underMark(span, write)
                        // The write may have taken long. Only now is it certain that no packer has read the rows before
                        // it.
                        : write.get().chain(() -> changed(span)));
    }

    private Uni<Void> underMark(Span span, Supplier<Uni<Void>> write) {
        Written mark = hold(span, RENEW);
        return mark.done
                .chain(write::get)
                .onTermination()
                .invoke(() -> release(span))
                .chain(() -> mark.since.isOlderThan(MAX_AGE, clock)
                        ? mark(span)
                        : Uni.createFrom().voidItem());
    }

    /** Marks the span of rows that have just changed, if it may be packed. Completes when the mark is durable. */
    Uni<Void> changed(Span span) {
        return Uni.createFrom()
                .deferred(() -> isLate(span) ? mark(span) : Uni.createFrom().voidItem());
    }

    private boolean isLate(Span span) {
        return span.endMillis() + LATE.toMillis() <= clock.millis();
    }

    /** Writes a mark now, after the rows. */
    private Uni<Void> mark(Span span) {
        return hold(span, Duration.ofSeconds(-1)).done.onTermination().invoke(() -> release(span));
    }

    /** @param age how old a mark may be; an older one is written again */
    private Written hold(Span span, Duration age) {
        synchronized (held) {
            Held found = held.get(span);
            if (found == null) {
                found = new Held(write(span));
                held.put(span, found);
            } else if (found.mark.isFailed || found.mark.since.isOlderThan(age, clock)) {
                found.mark = write(span);
            }
            found.uses++;
            return found.mark;
        }
    }

    private Written write(Span span) {
        Written written = new Written(Moment.now(clock));
        written.done = marks.put(span, new Mark(replica, State.WRITING, marks.nextMicros()))
                .onFailure()
                .invoke(() -> written.isFailed = true)
                .memoize()
                .indefinitely();
        return written;
    }

    private void release(Span span) {
        synchronized (held) {
            Held found = held.get(span);
            if (found != null) {
                found.uses--;
                found.idleSinceNanos = System.nanoTime();
            }
        }
    }

    /** Ends the marks that no write has needed for a while: their spans can be packed. */
    void endIdle(Duration idle) {
        Map<Span, Mark> ended = new HashMap<>();
        synchronized (held) {
            long now = System.nanoTime();
            for (Iterator<Map.Entry<Span, Held>> each = held.entrySet().iterator(); each.hasNext(); ) {
                Map.Entry<Span, Held> entry = each.next();
                if (entry.getValue().uses == 0 && now - entry.getValue().idleSinceNanos >= idle.toNanos()) {
                    // The timestamp precedes that of any later mark, whichever request is sent first.
                    ended.put(entry.getKey(), new Mark(replica, State.LATE, marks.nextMicros()));
                    each.remove();
                }
            }
        }
        ended.forEach(this::end);
    }

    /** Writes a mark that the span is no longer written. Marks that are many at once wait for each other. */
    private void end(Span span, Mark mark) {
        AsyncLimiter.Permit permit = ending.permit(1);
        permit.acquire()
                .chain(() -> marks.put(span, mark)
                        .onFailure()
                        .retry()
                        .withBackOff(Duration.ofSeconds(1), Duration.ofMinutes(1))
                        .atMost(5))
                .onTermination()
                .invoke(permit::release)
                .subscribe()
                .with(
                        done -> {},
                        failure -> log.debugf(
                                "The mark of a late write stays until it is abandoned: %s %s", span, failure));
    }
}
