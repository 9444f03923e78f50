package io.telltale.evaluate.consistency;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.metadata.Node;
import io.telltale.bench.BenchException;
import io.telltale.bench.Summary;
import io.telltale.evaluate.History;
import io.telltale.evaluate.Pace;
import io.telltale.evaluate.consistency.PbsModel.RoundTrips;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Measures, at a fixed rate, whether reads return a write that was acknowledged shortly before. In between it asks each
 * node directly at level ONE, for the round trips that the model needs.
 */
final class StalenessProbe implements AutoCloseable {

    static final List<Integer> DELAYS_MILLIS = List.of(0, 1, 2, 5, 10, 20, 50, 100);
    static final Duration TICK = Duration.ofMillis(25);

    private static final Duration DRAIN = RegisterTable.TIMEOUT.multipliedBy(5);
    private static final double MICROS_PER_MILLI = 1_000;

    private final RegisterTable table;
    private final List<Node> nodes;
    private final Levels levels;
    private final RegisterLedger ledger = new RegisterLedger();
    private final SplittableRandom random;
    private final Queue<Trial> trials = new ConcurrentLinkedQueue<>();
    private final List<Queue<Double>> writeMillis;
    private final List<Queue<Double>> readMillis;
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private int tick;

    /** A read to come: what it must return, and through which node. */
    private record Planned(RegisterLedger.Sent write, Node reader, int delayMillis) {}

    StalenessProbe(RegisterTable table, List<Node> nodes, Levels levels, long seed) {
        this.table = table;
        this.nodes = List.copyOf(nodes);
        this.levels = levels;
        this.random = new SplittableRandom(seed);
        this.writeMillis = queues(nodes.size());
        this.readMillis = queues(nodes.size());
    }

    private static List<Queue<Double>> queues(int count) {
        return Stream.<Queue<Double>>generate(ConcurrentLinkedQueue::new)
                .limit(count)
                .toList();
    }

    /** Sends for that long. */
    void run(Duration duration) throws InterruptedException {
        ScheduledFuture<?> ticks = ticker.scheduleAtFixedRate(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
        Pace.pass(duration);
        if (ticks.isDone()) {
            throw new BenchException("the probe stopped sending");
        }
        ticks.cancel(false);
        Awaitility.await("the last requests").atMost(DRAIN).until(() -> inFlight.get() == 0);
    }

    /** Drops what was measured so far. */
    void clear() {
        trials.clear();
        writeMillis.forEach(Queue::clear);
        readMillis.forEach(Queue::clear);
        failures.set(0);
    }

    List<Trial> trials() {
        return List.copyOf(trials);
    }

    /** Of direct reads and writes since the last {@link #clear}; infinite if there are none. */
    double medianMillis() {
        List<Double> millis = Stream.concat(writeMillis.stream(), readMillis.stream())
                .flatMap(Queue::stream)
                .toList();
        return millis.isEmpty() ? Double.POSITIVE_INFINITY : Summary.of(millis).median();
    }

    /** How many requests failed. */
    int failures() {
        return failures.get();
    }

    /** Of each node, when asked directly. */
    List<RoundTrips> roundTrips() {
        List<RoundTrips> roundTrips = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            roundTrips.add(new RoundTrips(List.copyOf(writeMillis.get(i)), List.copyOf(readMillis.get(i))));
        }
        return roundTrips;
    }

    private void tick() {
        int direct = tick % nodes.size();
        RegisterLedger.Sent probe = ledger.send(new History.Key("probe-" + direct, 0));
        clock(writeMillis.get(direct), table.write(nodes.get(direct), DefaultConsistencyLevel.ONE, probe));
        clock(readMillis.get(direct), table.read(nodes.get(direct), DefaultConsistencyLevel.ONE, probe.key()));
        // Each trial has a register of its own: a fresh read returns it, a stale one returns nothing.
        RegisterLedger.Sent write = ledger.send(new History.Key("trial-" + tick, tick));
        Planned planned = new Planned(write, anyNode(), DELAYS_MILLIS.get(random.nextInt(DELAYS_MILLIS.size())));
        follow(table.write(anyNode(), levels.write(), write), () -> acknowledged(planned));
        tick++;
    }

    private Node anyNode() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    private void clock(Queue<Double> millis, CompletionStage<?> response) {
        long sentMicros = ledger.nowMicros();
        follow(response, () -> millis.add((ledger.nowMicros() - sentMicros) / MICROS_PER_MILLI));
    }

    private void acknowledged(Planned planned) {
        long acknowledgedMicros = ledger.nowMicros();
        if (planned.delayMillis() == 0) {
            read(planned, acknowledgedMicros);
        } else {
            inFlight.incrementAndGet();
            ScheduledFuture<?> unused = timer.schedule(
                    () -> {
                        read(planned, acknowledgedMicros);
                        inFlight.decrementAndGet();
                    },
                    planned.delayMillis(),
                    TimeUnit.MILLISECONDS);
        }
    }

    private void read(Planned planned, long acknowledgedMicros) {
        double actualMillis = (ledger.nowMicros() - acknowledgedMicros) / MICROS_PER_MILLI;
        inFlight.incrementAndGet();
        CompletionStage<?> unused = table.read(
                        planned.reader(), levels.read(), planned.write().key())
                .whenComplete((observed, failure) -> {
                    if (failure == null) {
                        trials.add(new Trial(planned.delayMillis(), actualMillis, !observed.isEmpty()));
                    } else {
                        failures.incrementAndGet();
                    }
                    inFlight.decrementAndGet();
                });
    }

    private void follow(CompletionStage<?> response, Runnable whenAnswered) {
        inFlight.incrementAndGet();
        CompletionStage<?> unused = response.whenComplete((answer, failure) -> {
            if (failure == null) {
                whenAnswered.run();
            } else {
                failures.incrementAndGet();
            }
            inFlight.decrementAndGet();
        });
    }

    @Override
    public void close() {
        ticker.shutdownNow();
        timer.shutdownNow();
    }
}
