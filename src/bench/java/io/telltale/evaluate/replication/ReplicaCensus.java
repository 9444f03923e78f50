package io.telltale.evaluate.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.TokenMap;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Write;
import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Asks each replica for its own copy: a read at ONE through a node that is a replica reads that node alone, and repairs
 * nothing.
 */
final class ReplicaCensus {

    private static final int PLACED_SENSORS = 1_000;
    private static final int IN_FLIGHT = 64;
    private static final int ATTEMPTS = 20;
    private static final Executor LATER = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);

    private final CassandraCluster cluster;
    private final String keyspace;
    private final Map<String, RegisterTable> tables;
    private final Map<Node, Integer> numbers = new HashMap<>();
    private final TokenMap tokens;

    /**
     * A census of a table.
     *
     * @param tables by data center; the driver of the first one knows the tokens of all nodes
     */
    ReplicaCensus(CassandraCluster cluster, String keyspace, Map<String, RegisterTable> tables) {
        this.cluster = cluster;
        this.keyspace = keyspace;
        this.tables = tables;
        CqlSession session = table(cluster.dataCenter()).session();
        cluster.nodes().forEach(node -> numbers.put(cluster.nodeOf(session, node.number()), node.number()));
        this.tokens = session.getMetadata().getTokenMap().orElseThrow();
    }

    /** Where the strategy puts the copies of many sensors, by the driver's computation. */
    Placement<String> placement() {
        return placement(IntStream.range(0, PLACED_SENSORS).mapToObj("placed-%d"::formatted));
    }

    /** Where the copies of these keys belong. */
    Placement<History.Key> placement(Set<History.Key> keys) {
        Map<String, Set<Integer>> bySensor =
                placement(keys.stream().map(History.Key::sensor).distinct()).nodesByKey();
        return new Placement<>(keys.stream()
                .collect(Collectors.toMap(key -> key, key -> bySensor.getOrDefault(key.sensor(), Set.of()))));
    }

    private Placement<String> placement(Stream<String> sensors) {
        return new Placement<>(sensors.collect(Collectors.toMap(sensor -> sensor, this::replicasOf)));
    }

    private Set<Integer> replicasOf(String sensor) {
        return tokens.getReplicas(CqlIdentifier.fromCql(keyspace), ByteBuffer.wrap(sensor.getBytes(UTF_8))).stream()
                .map(numbers::get)
                .collect(Collectors.toSet());
    }

    /**
     * Which replicas have the winner of each key, or a later value.
     *
     * @param recordTimes of all values that were sent
     */
    Placement<History.Key> copies(Map<History.Key, Write> winners, Map<String, Long> recordTimes) {
        Map<History.Key, Set<Integer>> copies = new HashMap<>();
        winners.keySet().forEach(key -> copies.put(key, new HashSet<>()));
        List<CompletionStage<?>> answers = new ArrayList<>();
        Semaphore permits = new Semaphore(IN_FLIGHT);
        for (String sensor :
                winners.keySet().stream().map(History.Key::sensor).distinct().toList()) {
            for (int number : replicasOf(sensor)) {
                permits.acquireUninterruptibly();
                answers.add(read(sensor, number, ATTEMPTS)
                        .whenComplete((rows, failure) -> permits.release())
                        .thenAccept(rows -> {
                            synchronized (copies) {
                                rows.currentPage()
                                        .forEach(row -> add(copies, winners, recordTimes, sensor, row, number));
                            }
                        }));
            }
        }
        answers.forEach(answer -> answer.toCompletableFuture().join());
        return new Placement<>(copies);
    }

    /** A node that is busy loses its connection for a moment. */
    private CompletionStage<AsyncResultSet> read(String sensor, int number, int attempts) {
        ClusterNode node = cluster.node(number);
        RegisterTable table = table(node.dataCenter());
        return table.session()
                .executeAsync(table.read(sensor, DefaultConsistencyLevel.ONE)
                        .setNode(cluster.nodeOf(table.session(), number)))
                .exceptionallyCompose(failure -> attempts == 1
                        ? CompletableFuture.failedFuture(failure)
                        : CompletableFuture.runAsync(() -> {}, LATER)
                                .thenCompose(waited -> read(sensor, number, attempts - 1)));
    }

    private static void add(
            Map<History.Key, Set<Integer>> copies,
            Map<History.Key, Write> winners,
            Map<String, Long> recordTimes,
            String sensor,
            Row row,
            int number) {
        History.Key key = new History.Key(sensor, row.getLong(0));
        Write winner = winners.get(key);
        Long recordTime = recordTimes.get(row.getString(1));
        if (winner != null && recordTime != null && recordTime >= winner.recordTime()) {
            copies.getOrDefault(key, new HashSet<>()).add(number);
        }
    }

    private RegisterTable table(String dataCenter) {
        RegisterTable table = tables.get(dataCenter);
        if (table == null) {
            throw new IllegalArgumentException("no clients in data center " + dataCenter);
        }
        return table;
    }
}
