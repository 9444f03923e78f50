package io.telltale.ingest;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * The event loop of ingest. One loop owns all state between decoding and acknowledgment, so that state needs no locks.
 *
 * <p>An exception that a task throws is a bug: {@link IngestHealth} reports it, and the loop continues.
 */
@Singleton
class IngestLoop implements Executor {

    private final Vertx vertx;
    private final Context context;
    private final IngestHealth health;

    @Inject
    IngestLoop(Vertx vertx, IngestHealth health) {
        this.vertx = vertx;
        // On a thread without a context, as at startup, Vert.x creates an event-loop context. Other components that
        // start on that thread share it, so exceptions are caught per task and not by the context's handler.
        this.context = vertx.getOrCreateContext();
        this.health = health;
        if (!context.isEventLoopContext()) {
            throw new IllegalStateException("ingest needs an event loop; created on thread "
                    + Thread.currentThread().getName());
        }
    }

    @Override
    public void execute(Runnable task) {
        context.runOnContext(ignored -> run(task));
    }

    /** Runs a task periodically until the process ends. */
    void every(Duration period, Runnable task) {
        until(period, () -> {
            task.run();
            return false;
        });
    }

    /** Runs a check periodically until it returns true. */
    void until(Duration period, BooleanSupplier check) {
        execute(() -> vertx.setPeriodic(
                period.toMillis(),
                timer -> run(() -> {
                    if (check.getAsBoolean()) {
                        vertx.cancelTimer(timer);
                    }
                })));
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error bug) {
            health.reportBug(bug);
        }
    }
}
