package io.telltale.letters;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.api.AsyncLimiter;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Runs work that blocks in Kafka's clients, each on a thread of its own; few at a time, since each has its own
 * consumer.
 */
@Singleton
class LetterThreads {

    private static final int PERMITS = 2;
    private static final int MAX_WAITING = 8;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final AsyncLimiter limiter = new AsyncLimiter(PERMITS, MAX_WAITING);
    private final ThreadFactory threads;

    @Inject
    LetterThreads() {
        this(LetterThreads::thread);
    }

    LetterThreads(ThreadFactory threads) {
        this.threads = threads;
    }

    /**
     * Runs work when a permit is free. Subscribe once.
     *
     * @param work receives whether the caller has disconnected
     * @return fails with a problem if too many others wait, or if there is no permit within 10 s
     */
    <T> Uni<T> run(Function<BooleanSupplier, T> work) {
        AsyncLimiter.Permit permit = limiter.permit(1);
        AtomicBoolean isStarted = new AtomicBoolean();
        return permit.acquire()
                .onFailure(AsyncLimiter.FullException.class)
                .transform(full -> tooMany())
                .ifNoItem()
                .after(TIMEOUT)
                .failWith(LetterThreads::late)
                .chain(() -> Uni.createFrom().<T>emitter(emitter -> {
                    isStarted.set(true);
                    try {
                        start(work, emitter, permit);
                    } catch (Error e) {
                        // Such as the limit of threads: there is no thread that releases the permit.
                        permit.release();
                        emitter.fail(e);
                    }
                }))
                .onTermination()
                .invoke(() -> {
                    // The thread of a cancelled request releases its permit when it ends.
                    if (!isStarted.get()) {
                        permit.release();
                    }
                });
    }

    private <T> void start(
            Function<BooleanSupplier, T> work, UniEmitter<? super T> emitter, AsyncLimiter.Permit permit) {
        AtomicBoolean isCancelled = new AtomicBoolean();
        emitter.onTermination(() -> isCancelled.set(true));
        threads.newThread(() -> {
                    try {
                        emitter.complete(work.apply(isCancelled::get));
                    } catch (RuntimeException | Error e) {
                        emitter.fail(e);
                    } finally {
                        permit.release();
                    }
                })
                .start();
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "telltale-letters");
        thread.setDaemon(true);
        return thread;
    }

    private static ProblemException tooMany() {
        return Problem.of(
                        ProblemCode.TOO_MANY,
                        "%d requests read dead letters on this replica and %d wait; expected at most these"
                                .formatted(PERMITS, MAX_WAITING))
                .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                .exception();
    }

    private static ProblemException late() {
        return Problem.of(
                        ProblemCode.UNAVAILABLE,
                        "other requests for dead letters run on this replica, and none ended within %s"
                                .formatted(TIMEOUT))
                .exception();
    }
}
