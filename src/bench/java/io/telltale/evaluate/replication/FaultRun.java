package io.telltale.evaluate.replication;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.History;
import io.telltale.evaluate.Measured;
import io.telltale.local.CassandraCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/**
 * The phases of a cell: clients of each data center write a ledger while a fault occurs and is healed; then each side
 * reads everything.
 *
 * @param census of the table
 * @param tables the table as the clients of each data center see it
 */
record FaultRun(
        KeyspaceReplication replication,
        Fault fault,
        CassandraCluster cluster,
        ReplicaCensus census,
        Map<String, RegisterTable> tables) {

    private static final double NANOS_PER_SECOND = 1e9;

    FaultRun {
        tables = new LinkedHashMap<>(tables);
    }

    /**
     * Runs all phases.
     *
     * @param diskBytes per reading, measured before
     */
    Measured measure(CellRun run, double diskBytes) {
        Ledger ledger = new Ledger();
        List<LedgerClient> clients = clients(run.seed(), ledger);
        Load load = new Load(clients);
        Map<String, Object> figures = new LinkedHashMap<>();

        load.run(Phase.WARM_UP, Duration.ofSeconds(run.isFull() ? 9 : 3));
        load.run(Phase.HEALTHY, Duration.ofSeconds(run.isFull() ? 24 : 6));
        load.awaitAnswers();
        figures.putAll(
                new DataAtRisk(cluster, census.placement(), census.copies(ledger.winners(), ledger.recordTimes()))
                        .figures(replication, fault));
        if (fault != Fault.NONE) {
            breakAndHeal(load, Duration.ofSeconds(run.isFull() ? 30 : 9), figures);
        }
        Map<History.Key, History.Write> winners = ledger.winners();
        figures.put(
                "missingCopiesAfterHealingShare",
                census.placement(winners.keySet()).missingShare(census.copies(winners, ledger.recordTimes())));
        FinalRead last = new FinalRead(ledger, usualLevel());
        tables.forEach(last::read);
        figures.put("differingAnswersCount", last.differingKeys());
        figures.put("diskBytesPerReading", diskBytes);
        figures.put("writesCount", ledger.writes().size());
        figures.put("acknowledgedCount", ledger.acknowledged());
        figures.put(
                "clients",
                clients.stream().flatMap(client -> client.figures().stream()).toList());
        SideVerdicts verdicts = SideVerdicts.of(ledger, List.copyOf(tables.keySet()));
        figures.put("lostCount", verdicts.violations(Check.LOST) + verdicts.violations(Check.WRONG_WINNER));
        figures.put("staleCount", verdicts.violations(Check.STALE) + verdicts.violations(Check.NON_MONOTONIC));
        return new Measured(figures, verdicts.checks());
    }

    private void breakAndHeal(Load load, Duration length, Map<String, Object> figures) {
        CompletableFuture<Void> injection = CompletableFuture.runAsync(() -> fault.inject(cluster));
        load.run(Phase.FAULT, length);
        injection.join();
        long begin = System.nanoTime();
        CompletableFuture<Void> healing = CompletableFuture.runAsync(() -> fault.heal(cluster));
        load.runWhile(Phase.HEALING, () -> !healing.isDone());
        healing.join();
        figures.put("healingSeconds", (System.nanoTime() - begin) / NANOS_PER_SECOND);
        load.awaitAnswers();
        figures.put("hintsDeliveredSeconds", Fault.awaitHints(cluster, begin));
    }

    private List<LedgerClient> clients(long seed, Ledger ledger) {
        SplittableRandom random = new SplittableRandom(seed);
        List<LedgerClient> clients = new ArrayList<>();
        tables.forEach((side, table) -> levels().forEach(level -> clients.add(new LedgerClient(
                side, level, tables.size() > 1 && level == usualLevel(), table, ledger, random.split()))));
        return clients;
    }

    /** The levels of the clients of one data center. */
    private List<ConsistencyLevel> levels() {
        List<ConsistencyLevel> levels =
                new ArrayList<>(List.of(DefaultConsistencyLevel.LOCAL_QUORUM, DefaultConsistencyLevel.QUORUM));
        if (tables.size() > 1 && replication.isByDataCenter() && fault != Fault.DATA_CENTER_LOST) {
            levels.add(DefaultConsistencyLevel.EACH_QUORUM);
        }
        return levels;
    }

    /** Both sides can meet it while nothing is lost. SimpleStrategy knows no data centers, and so no local quorum. */
    private ConsistencyLevel usualLevel() {
        return replication.isByDataCenter() ? DefaultConsistencyLevel.LOCAL_QUORUM : DefaultConsistencyLevel.QUORUM;
    }
}
