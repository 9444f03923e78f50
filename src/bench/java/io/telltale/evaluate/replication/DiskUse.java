package io.telltale.evaluate.replication;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.telltale.local.CassandraCluster;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/**
 * What readings take on the disks of all nodes together. Measured on a table of its own in the keyspace of the cell,
 * which no client writes; small tables would show the size of their metadata.
 */
final class DiskUse {

    static final int SENSORS = 100;
    static final int READINGS = 40_000;

    private static final String NAME = "archive";
    private static final int BATCH = 100;
    private static final int IN_FLIGHT = 8;
    private static final int ATTEMPTS = 5;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration WITHOUT_CHANGE = Duration.ofMillis(1_500);

    private DiskUse() {}

    /** Bytes per reading, with all its copies, after a flush. */
    static double bytesPerReading(CassandraCluster cluster, CqlSession session, String keyspace, long seed) {
        session.execute("CREATE TABLE %s.%s (sensor text, ts bigint, value double, PRIMARY KEY (sensor, ts))"
                .formatted(keyspace, NAME));
        cluster.awaitSchemaAgreement();
        write(session, keyspace, new SplittableRandom(seed));
        // A flush by the node itself: nodetool starts a JVM for each node.
        session.execute("ALTER TABLE %s.%s WITH memtable_flush_period_in_ms = 500".formatted(keyspace, NAME));
        AtomicLong before = new AtomicLong(-1);
        AtomicLong since = new AtomicLong(System.nanoTime());
        Awaitility.await("flushed tables of " + keyspace)
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(250))
                // Files are renamed and deleted meanwhile.
                .ignoreExceptionsInstanceOf(UncheckedIOException.class)
                .until(() -> {
                    long bytes = bytes(cluster, keyspace);
                    if (bytes != before.getAndSet(bytes)) {
                        since.set(System.nanoTime());
                    }
                    // Each node has copies; on busy cores, one may flush long after the others.
                    return cluster.nodes().stream().allMatch(node -> node.diskBytes(keyspace) > 0)
                            && System.nanoTime() - since.get() > WITHOUT_CHANGE.toNanos();
                });
        return (double) before.get() / READINGS;
    }

    private static void write(CqlSession session, String keyspace, SplittableRandom random) {
        PreparedStatement insert =
                session.prepare("INSERT INTO %s.%s (sensor, ts, value) VALUES (?, ?, ?)".formatted(keyspace, NAME));
        long instant = 1_769_904_000_000L;
        Deque<CompletionStage<?>> inFlight = new ArrayDeque<>();
        for (int first = 0; first < READINGS / SENSORS; first += BATCH) {
            for (int sensor = 0; sensor < SENSORS; sensor++) {
                BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                        .setConsistencyLevel(DefaultConsistencyLevel.ALL)
                        .setIdempotence(true);
                for (int i = first; i < first + BATCH; i++) {
                    batch.addStatement(insert.bind(
                            "sensor-%02d".formatted(sensor), instant + i * 1_000L, random.nextInt(10_000) / 100.0));
                }
                inFlight.add(send(session, batch.build(), ATTEMPTS));
                if (inFlight.size() == IN_FLIGHT) {
                    inFlight.remove().toCompletableFuture().join();
                }
            }
        }
        inFlight.forEach(answer -> answer.toCompletableFuture().join());
    }

    /** On a fresh cluster, the first batches may take longer than the 2 s that Cassandra gives them. */
    private static CompletionStage<AsyncResultSet> send(CqlSession session, BatchStatement batch, int attempts) {
        return session.executeAsync(batch)
                .exceptionallyCompose(failure ->
                        attempts == 1 ? CompletableFuture.failedFuture(failure) : send(session, batch, attempts - 1));
    }

    private static long bytes(CassandraCluster cluster, String keyspace) {
        return cluster.nodes().stream()
                .mapToLong(node -> node.diskBytes(keyspace))
                .sum();
    }
}
