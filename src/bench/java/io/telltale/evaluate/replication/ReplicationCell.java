package io.telltale.evaluate.replication;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.History.Key;
import io.telltale.evaluate.History.Write;
import io.telltale.evaluate.Measured;
import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Clients of each data center write a ledger into a keyspace of one replication while a fault occurs and is healed.
 *
 * @param replication of the keyspace
 * @param fault that is injected
 */
record ReplicationCell(KeyspaceReplication replication, Fault fault) {

    /** Without hints for so long: what {@link CassandraCluster#awaitHintsDelivered} waits at least. */
    private static final double WITHOUT_HINTS_SECONDS = 4;

    private static final double NANOS_PER_SECOND = 1e9;

    /** The levels of the clients of one data center. */
    private List<ConsistencyLevel> levels(List<String> dataCenters) {
        List<ConsistencyLevel> levels =
                new ArrayList<>(List.of(DefaultConsistencyLevel.LOCAL_QUORUM, DefaultConsistencyLevel.QUORUM));
        if (dataCenters.size() > 1 && replication.isByDataCenter() && fault != Fault.DATA_CENTER_LOST) {
            levels.add(DefaultConsistencyLevel.EACH_QUORUM);
        }
        return levels;
    }

    /** Both sides can meet it while nothing is lost. SimpleStrategy knows no data centers, and so no local quorum. */
    private ConsistencyLevel usualLevel() {
        return replication.isByDataCenter() ? DefaultConsistencyLevel.LOCAL_QUORUM : DefaultConsistencyLevel.QUORUM;
    }

    Measured run(CassandraCluster cluster, CellRun run) {
        String keyspace =
                "replication_%s_%s".formatted(replication.slug(), fault.slug()).replace('-', '_');
        List<String> dataCenters = Fault.dataCenters(cluster);
        Map<String, CqlSession> sessions = new LinkedHashMap<>();
        try {
            dataCenters.forEach(dataCenter -> sessions.put(dataCenter, cluster.connect(dataCenter)));
            CqlSession first = sessions.values().iterator().next();
            RegisterTable.create(first, keyspace, replication);
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("diskBytesPerReading", DiskUse.bytesPerReading(cluster, first, keyspace, run.seed()));
            Map<String, RegisterTable> tables = new LinkedHashMap<>();
            sessions.forEach((side, session) -> tables.put(side, new RegisterTable(session, keyspace)));
            run.narrator().say("%s: %s bytes per reading on disk", keyspace, figures.get("diskBytesPerReading"));
            return measure(cluster, run, keyspace, tables, figures);
        } finally {
            fault.heal(cluster);
            sessions.values().stream()
                    .limit(1)
                    .forEach(session -> session.execute("DROP KEYSPACE IF EXISTS " + keyspace));
            sessions.values().forEach(CqlSession::close);
        }
    }

    private Measured measure(
            CassandraCluster cluster,
            CellRun run,
            String keyspace,
            Map<String, RegisterTable> tables,
            Map<String, Object> figures) {
        List<String> sides = List.copyOf(tables.keySet());
        Ledger ledger = new Ledger();
        List<LedgerClient> clients = clients(run.seed(), tables, ledger);
        Load load = new Load(clients);
        ReplicaCensus census = new ReplicaCensus(cluster, keyspace, tables);

        load.run(Phase.HEALTHY, Duration.ofSeconds(run.isFull() ? 24 : 9));
        load.awaitAnswers();
        Map<Key, Write> winners = ledger.winners();
        addRisk(cluster, census.placement(), census.copies(winners, ledger.recordTimes()), figures);

        if (fault != Fault.NONE) {
            CompletableFuture<Void> injection = CompletableFuture.runAsync(() -> fault.inject(cluster));
            load.run(Phase.FAULT, Duration.ofSeconds(run.isFull() ? 30 : 9));
            injection.join();
            long begin = System.nanoTime();
            CompletableFuture<Void> healing = CompletableFuture.runAsync(() -> fault.heal(cluster));
            load.runWhile(Phase.HEALING, () -> !healing.isDone());
            healing.join();
            figures.put("healingSeconds", (System.nanoTime() - begin) / NANOS_PER_SECOND);
            load.awaitAnswers();
            cluster.awaitHintsDelivered();
            figures.put(
                    "hintsDeliveredSeconds",
                    Math.max(0, (System.nanoTime() - begin) / NANOS_PER_SECOND - WITHOUT_HINTS_SECONDS));
        }
        Map<Key, Write> all = ledger.winners();
        figures.put(
                "missingCopiesAfterHealingShare",
                census.placement(all.keySet()).missingShare(census.copies(all, ledger.recordTimes())));
        FinalRead last = new FinalRead(ledger, usualLevel());
        tables.forEach(last::read);
        figures.put("differingAnswersCount", last.differingKeys());
        figures.put("writesCount", ledger.writes().size());
        figures.put("acknowledgedCount", ledger.acknowledged());
        figures.put(
                "clients",
                clients.stream().flatMap(client -> client.figures().stream()).toList());
        SideVerdicts verdicts = SideVerdicts.of(ledger, sides);
        figures.put("lostCount", verdicts.violations(Check.LOST) + verdicts.violations(Check.WRONG_WINNER));
        figures.put("staleCount", verdicts.violations(Check.STALE) + verdicts.violations(Check.NON_MONOTONIC));
        return new Measured(figures, verdicts.checks());
    }

    private List<LedgerClient> clients(long seed, Map<String, RegisterTable> tables, Ledger ledger) {
        SplittableRandom random = new SplittableRandom(seed);
        List<LedgerClient> clients = new ArrayList<>();
        tables.forEach((side, table) -> levels(List.copyOf(tables.keySet()))
                .forEach(level -> clients.add(new LedgerClient(
                        side, level, tables.size() > 1 && level == usualLevel(), table, ledger, random.split()))));
        return clients;
    }

    private void addRisk(
            CassandraCluster cluster, Placement<String> placement, Placement<Key> copies, Map<String, Object> figures) {
        Map<String, Set<Integer>> byDataCenter = cluster.nodes().stream()
                .collect(Collectors.groupingBy(
                        ClusterNode::dataCenter, Collectors.mapping(ClusterNode::number, Collectors.toSet())));
        figures.put(
                "keysAtRiskOfNodeShare",
                copies.worstOnlyOnShare(cluster.nodes().stream()
                        .map(node -> Set.of(node.number()))
                        .toList()));
        if (byDataCenter.size() > 1) {
            figures.put("keysAtRiskOfDataCenterShare", copies.worstOnlyOnShare(byDataCenter.values()));
            Map<String, Double> without = new LinkedHashMap<>();
            Fault.dataCenters(cluster)
                    .forEach(name ->
                            without.put(name, placement.noneOnShare(byDataCenter.getOrDefault(name, Set.of()))));
            figures.put("keysWithoutCopyShare", without);
            if (!replication.isByDataCenter()) {
                figures.put(
                        "keysWithoutCopyOfRandomTokensShare",
                        Placement.noneOnShareOfRandomTokens(
                                cluster.nodes(cluster.dataCenter()).size(),
                                cluster.nodes().size(),
                                replication.copies()));
            }
        }
        List<ClusterNode> lost = fault.lostNodes(cluster);
        if (!lost.isEmpty()) {
            figures.put(
                    "keysOnlyOnLostNodesShare",
                    copies.onlyOnShare(lost.stream().map(ClusterNode::number).collect(Collectors.toSet())));
        }
        figures.put("keysByCopiesShare", copies.shareByCopies());
    }
}
