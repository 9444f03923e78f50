package io.telltale.simulate;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A fleet that lives: from {@link #start} to {@link #close} its readings go to Kafka as they fall due.
 *
 * <pre>{@code
 * try (Simulation fleet = new Simulation(servers, SimulationSettings.of(600, clock.instant()), clock)) {
 *     fleet.start();
 *     ...
 * }
 * }</pre>
 */
public final class Simulation implements AutoCloseable {

    /** How many readings may be due and unsent before the oldest are given up. */
    public static final long MAX_BACKLOG = 100_000;

    /** Beyond this the service rejects readings as being in the future. */
    private static final Duration MAX_AHEAD = Duration.ofMinutes(10);

    private static final long TICK_MILLIS = 2;
    private static final long STOP_TIMEOUT_SECONDS = 60;

    private final RecordSink sink;
    private final OpenLoop loop;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "telltale-simulation"));
    private volatile @Nullable RuntimeException failure;

    /** As below, with a Kafka that may need credentials. */
    public Simulation(Map<String, Object> connection, SimulationSettings settings, Clock clock) {
        this(open(connection, settings, clock, null), settings, clock);
    }

    /** Connects to Kafka and makes the topics that are missing; sends nothing yet. */
    public Simulation(String bootstrapServers, SimulationSettings settings, Clock clock) {
        this(bootstrapServers, settings, clock, null);
    }

    /**
     * As above, and writes down what was acknowledged.
     *
     * @param ledger what the service must be able to answer, once it has read everything
     */
    public Simulation(String bootstrapServers, SimulationSettings settings, Clock clock, @Nullable Ledger ledger) {
        this(open(Map.of("bootstrap.servers", bootstrapServers), settings, clock, ledger), settings, clock);
    }

    Simulation(RecordSink sink, SimulationSettings settings, Clock clock) {
        this.sink = sink;
        this.loop = new OpenLoop(settings, sink, clock, MAX_BACKLOG);
    }

    private static RecordSink open(
            Map<String, Object> connection, SimulationSettings settings, Clock clock, @Nullable Ledger ledger) {
        if (settings.start().isAfter(clock.instant().plus(MAX_AHEAD))) {
            throw new IllegalArgumentException(
                    "start is %s; expected at most 10 min after now, or all readings would be rejected"
                            .formatted(settings.start()));
        }
        return KafkaSink.open(
                connection, settings.kinds().stream().map(SensorKind::type).toList(), ledger);
    }

    /** Starts the schedule, once. */
    @SuppressWarnings("FutureReturnValueIgnored") // A failure is kept, and thrown by close.
    public void start() {
        thread.scheduleAtFixedRate(this::sendDue, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void sendDue() {
        try {
            loop.sendDue();
        } catch (RuntimeException e) {
            failure = e;
            // Thrown on, it ends the schedule.
            throw e;
        }
    }

    /** What was sent so far; after {@link #close}, in all. */
    public SimulationCounts counts() {
        return loop.counts();
    }

    /**
     * Ends the schedule, sends what was held back, and waits until Kafka has acknowledged everything, or 30 s.
     *
     * @throws IllegalStateException if the fleet had stopped by itself
     */
    @Override
    public void close() {
        try {
            stopThread();
            if (failure == null) {
                loop.finish();
            }
        } finally {
            sink.close();
        }
        if (failure != null) {
            throw new IllegalStateException("the simulation had stopped: " + failure, failure);
        }
    }

    private void stopThread() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException(
                        "the simulation still sends %d s after it was told to stop".formatted(STOP_TIMEOUT_SECONDS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the simulation stopped", e);
        }
    }
}
