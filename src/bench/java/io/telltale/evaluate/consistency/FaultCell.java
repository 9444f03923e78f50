package io.telltale.evaluate.consistency;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.metadata.Node;
import io.telltale.bench.BenchException;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.CheckResult;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.HistoryChecker;
import io.telltale.evaluate.HistoryChecker.Verdict;
import io.telltale.evaluate.Measured;
import io.telltale.evaluate.Pace;
import io.telltale.evaluate.consistency.Phase.Span;
import io.telltale.local.CassandraCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Writes and reads at two levels before, during and after a fault. Then it reads every register through every node.
 *
 * @param levels of writes and reads
 * @param fault that is injected and healed
 */
record FaultCell(Levels levels, Fault fault) {

    private static final int ATTEMPTS = 20;
    /** As many requests at once in the last read. */
    private static final int PARALLEL = 8;

    /** A cell begins when half of the requests take less, or after {@link #WARMUP_SECONDS}. */
    static final int WARM_MILLIS = 50;

    static final int WARMUP_SECONDS = 10;
    private static final Duration PAUSE = Duration.ofMillis(500);

    /** Those that registers can violate. Record times have the order of arrival, so the wrong winner is stale here. */
    private static final Set<Check> CHECKS =
            Set.of(Check.LOST, Check.INVENTED, Check.STALE, Check.NON_MONOTONIC, Check.DUPLICATE);

    /** How long the phases are. The last one begins with the healing and lasts that long after it. */
    private record Timing(int rounds, Duration before, Duration during, Duration after) {

        static Timing of(CellRun run) {
            return run.isFull()
                    ? new Timing(3, Duration.ofSeconds(8), Duration.ofSeconds(25), Duration.ofSeconds(10))
                    : new Timing(1, Duration.ofSeconds(3), Duration.ofSeconds(6), Duration.ofSeconds(2));
        }
    }

    String name() {
        return "consistency-%s-%s".formatted(levels.slug(), fault.slug());
    }

    /** Whether a violation is a defect: overlapping levels, and at most one node affected. */
    boolean promisesSafety() {
        return levels.isOverlapping() && fault.isSingle();
    }

    Measured run(CassandraCluster cluster, CellRun run) throws InterruptedException, ExecutionException {
        Map<String, Object> figures = new LinkedHashMap<>();
        RegisterLedger ledger = new RegisterLedger();
        try (CqlSession session = cluster.connect();
                RegisterTable table = RegisterTable.create(cluster, session, name(), "")) {
            List<Node> nodes = IntStream.rangeClosed(1, Levels.FACTOR)
                    .mapToObj(number -> cluster.nodeOf(session, number))
                    .toList();
            fill(table, nodes.get(0), ledger);
            List<Span> spans = new ArrayList<>();
            RegisterClients clients = RegisterClients.start(table, nodes, fault, levels, ledger, run.seed());
            try (clients) {
                figures.put("warmupSeconds", warmUp(clients));
                figures.put("healSeconds", passRounds(cluster, Timing.of(run), ledger, spans));
            }
            long beforeHints = ledger.nowMicros();
            cluster.awaitHintsDelivered();
            long delivered = ledger.nowMicros() - CassandraCluster.WITHOUT_HINTS.toNanos() / 1_000;
            figures.put("hintsSeconds", Math.max(0, seconds(beforeHints, delivered)));
            readAll(table, nodes, ledger);
            for (Phase phase : Phase.values()) {
                figures.putAll(PhaseFigures.of(phase, spans, clients.requests(), ledger.writes(), ledger.reads()));
            }
        }
        Verdict verdict = HistoryChecker.check(ledger.writes(), ledger.reads());
        CHECKS.stream()
                .sorted()
                .forEach(check ->
                        figures.put(countOf(check), verdict.violations().getOrDefault(check, 0)));
        figures.put("responsesCount", ledger.reads().size());
        figures.put("registersCount", ledger.keys().size());
        return new Measured(figures, checked(verdict));
    }

    /** The name of the figure that counts violations. */
    static String countOf(Check check) {
        return switch (check) {
            case LOST -> "lostCount";
            case INVENTED -> "inventedCount";
            case STALE -> "staleCount";
            case NON_MONOTONIC -> "nonMonotonicCount";
            case DUPLICATE -> "duplicateCount";
            case WRONG_WINNER, FALSE_COMPLETE -> throw new IllegalArgumentException(check + " does not apply");
        };
    }

    /** Non-monotonic reads are counted always, and checked unless the levels allow them although they overlap. */
    private List<CheckResult> checked(Verdict verdict) {
        Set<String> labels = Set.copyOf(CHECKS.stream()
                .filter(check -> check != Check.NON_MONOTONIC || levels.isMonotonic() || !levels.isOverlapping())
                .map(Check::label)
                .toList());
        return verdict.checks().stream()
                .filter(check -> labels.contains(check.name()))
                .toList();
    }

    /**
     * Lets nodes load and compile what they need: on a fresh cluster the first requests take a second.
     *
     * @return how long it took
     */
    private static int warmUp(RegisterClients clients) throws InterruptedException {
        int seconds = 0;
        do {
            Pace.pass(Duration.ofSeconds(1));
            seconds++;
        } while (seconds < WARMUP_SECONDS && clients.recentMedianMillis() > WARM_MILLIS);
        return seconds;
    }

    /** @return how long each healing took until each node had answers of all of them */
    private List<Double> passRounds(CassandraCluster cluster, Timing timing, RegisterLedger ledger, List<Span> spans)
            throws InterruptedException {
        List<Double> healSeconds = new ArrayList<>();
        for (int round = 0; round < timing.rounds(); round++) {
            long begin = ledger.nowMicros();
            Pace.pass(timing.before());
            long injected = ledger.nowMicros();
            long healing;
            try {
                fault.inject(cluster);
                Pace.pass(timing.during());
            } finally {
                healing = ledger.nowMicros();
                fault.heal(cluster);
            }
            long whole = ledger.nowMicros();
            Pace.pass(timing.after());
            spans.add(new Span(Phase.BEFORE, begin, injected));
            spans.add(new Span(Phase.DURING, injected, healing));
            spans.add(new Span(Phase.AFTER, healing, ledger.nowMicros()));
            healSeconds.add(seconds(healing, whole));
        }
        return healSeconds;
    }

    private static double seconds(long fromMicros, long toMicros) {
        return (toMicros - fromMicros) / 1e6;
    }

    /** Gives every register a first value on all replicas. */
    private static void fill(RegisterTable table, Node node, RegisterLedger ledger) throws InterruptedException {
        for (int i = 0; i < RegisterClients.REGISTERS; i++) {
            RegisterLedger.Sent write = ledger.send(RegisterClients.register(i));
            insist(() -> table.write(node, DefaultConsistencyLevel.ALL, write));
            write.acknowledge(ledger.nowMicros());
        }
    }

    private void readAll(RegisterTable table, List<Node> nodes, RegisterLedger ledger)
            throws InterruptedException, ExecutionException {
        ExecutorService readers = Executors.newFixedThreadPool(PARALLEL);
        try {
            List<Future<?>> reads = new ArrayList<>();
            for (Node node : nodes) {
                String reader = "last reader of node %d".formatted(nodes.indexOf(node) + 1);
                for (History.Key key : ledger.keys()) {
                    reads.add(readers.submit(() -> {
                        long invokedMicros = ledger.nowMicros();
                        List<Observed> observed = insist(() -> table.read(node, levels.read(), key));
                        ledger.receive(new Read(
                                reader, invokedMicros, ledger.nowMicros(), List.of(key), false, true, observed));
                        return observed;
                    }));
                }
            }
            for (Future<?> read : reads) {
                read.get();
            }
        } finally {
            readers.shutdownNow();
        }
    }

    /** A request that is to succeed: all nodes are up. */
    private interface Attempt<T> {
        CompletionStage<T> send();
    }

    private static <T> T insist(Attempt<T> attempt) throws InterruptedException {
        for (int i = 1; ; i++) {
            try {
                return attempt.send().toCompletableFuture().join();
            } catch (CompletionException e) {
                if (i == ATTEMPTS) {
                    throw new BenchException("a request to a healthy cluster failed %d times".formatted(i), e);
                }
                Pace.pass(PAUSE);
            }
        }
    }
}
