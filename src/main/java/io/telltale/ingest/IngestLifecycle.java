package io.telltale.ingest;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.telltale.ingest.offsets.PartitionOffsets;
import io.telltale.store.Database;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Starts, ticks and drains ingest: flushes lingering readings, commits acknowledged offsets, and reports to
 * health whether ingest has work.
 */
@Singleton
class IngestLifecycle {

    private static final Logger log = Logger.getLogger(IngestLifecycle.class);
    private static final Duration TICK = Duration.ofMillis(10);
    private static final long MAX_DRAIN_MILLIS = 10_000;

    /** During shutdown, stop draining after this time without progress: part of the cluster may be unavailable. */
    private static final Duration MAX_STALL = Duration.ofSeconds(1);

    private final IngestConfig config;
    private final Database database;
    private final Accumulator accumulator;
    private final DeadLetterLane deadLetters;
    private final PartitionOffsets offsets;
    private final IngestHealth health;
    private final IngestTracing tracing;
    private final IngestLoop loop;

    /** Whether a poll is between decoding and backpressure. Only the loop reads and writes it. */
    private boolean isPollInProgress;

    private volatile boolean isDraining;

    @Inject
    IngestLifecycle(
            IngestConfig config,
            Database database,
            Accumulator accumulator,
            DeadLetterLane deadLetters,
            PartitionOffsets offsets,
            IngestHealth health,
            IngestTracing tracing,
            IngestLoop loop) {
        this.config = IngestSettings.checked(config);
        this.database = database;
        this.accumulator = accumulator;
        this.deadLetters = deadLetters;
        this.offsets = offsets;
        this.health = health;
        this.tracing = tracing;
        this.loop = loop;
    }

    void start(@Observes StartupEvent start) {
        loop.every(TICK, this::tick);
        loop.every(config.commitInterval(), offsets::commit);
    }

    private void tick() {
        accumulator.tick();
        health.setBusy(!isIdle());
    }

    /** Whether ingest shuts down and accepts no more polls. */
    boolean isDraining() {
        return isDraining;
    }

    /**
     * Processes a poll on the loop once the database is ready. A failure is a bug, since outages are retried: the
     * messaging layer would stop the channel without telling health.
     */
    Uni<Void> process(int records, Supplier<Uni<Void>> poll) {
        return tracing.poll(
                records,
                database.whenReady()
                        .emitOn(loop)
                        .invoke(() -> isPollInProgress = true)
                        .chain(() -> poll.get())
                        .invoke(() -> isPollInProgress = false)
                        .onFailure()
                        .invoke(health::reportBug));
    }

    /**
     * Drains ingest: accepts no more polls, flushes the held readings and commits them, so that a restart repeats
     * almost nothing. Uncommitted records are read again. HTTP is still served meanwhile.
     *
     * <p>Blocks: runs on the shutdown thread.
     */
    void stop(@Observes @Priority(2_000) ShutdownDelayInitiatedEvent shutdown) throws InterruptedException {
        CountDownLatch drained = new CountDownLatch(1);
        isDraining = true;
        loop.until(TICK, () -> {
            accumulator.flush();
            boolean isOver = isIdle() || isStalled();
            if (isOver) {
                commit(drained::countDown);
            }
            return isOver;
        });
        boolean isDrained = drained.await(MAX_DRAIN_MILLIS, TimeUnit.MILLISECONDS);
        log.infof(
                isDrained
                        ? "Ingest is drained"
                        : "Ingest is not drained within the limit; uncommitted records are read again");
    }

    private void commit(Runnable done) {
        offsets.commitDurable()
                .onTermination()
                .invoke(done)
                .subscribe()
                .with(committed -> {}, failure -> log.warnf("The last commit failed: %s", failure));
    }

    private boolean isIdle() {
        return !isPollInProgress && accumulator.heldReadings() == 0 && deadLetters.isIdle();
    }

    private boolean isStalled() {
        return health.outage().isPresent() && !health.hasMovedWithin(MAX_STALL);
    }
}
