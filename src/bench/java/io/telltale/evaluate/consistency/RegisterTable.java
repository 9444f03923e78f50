package io.telltale.evaluate.consistency;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.metadata.Node;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Observed;
import io.telltale.local.CassandraCluster;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/** A table of registers on three replicas, in a keyspace of its own that {@link #close} drops. */
final class RegisterTable implements AutoCloseable {

    /** After which a client gives up. */
    static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final CqlSession session;
    private final String keyspace;
    private final PreparedStatement insert;
    private final PreparedStatement select;

    private RegisterTable(CqlSession session, String keyspace) {
        this.session = session;
        this.keyspace = keyspace;
        this.insert = session.prepare(
                "INSERT INTO %s.registers (sensor, ts, value) VALUES (?, ?, ?) USING TIMESTAMP ?".formatted(keyspace));
        // The whole partition: a reading of another instant, or a second row, would show.
        this.select =
                session.prepare("SELECT sensor, ts, value FROM %s.registers WHERE sensor = ?".formatted(keyspace));
    }

    /**
     * Creates it on all nodes.
     *
     * @param cell whose name without the chapter is that of the keyspace
     * @param options of the table, with {@code WITH}; empty for Cassandra's own
     */
    static RegisterTable create(CassandraCluster cluster, CqlSession session, String cell, String options) {
        String keyspace = cell.substring(cell.indexOf('-') + 1).replace('-', '_');
        session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
        session.execute("CREATE KEYSPACE %s WITH replication = {'class': 'NetworkTopologyStrategy', '%s': %d}"
                .formatted(keyspace, cluster.dataCenter(), Levels.FACTOR));
        session.execute("CREATE TABLE %s.registers (sensor text, ts timestamp, value text, PRIMARY KEY (sensor, ts))%s"
                .formatted(keyspace, options));
        cluster.awaitSchemaAgreement();
        return new RegisterTable(session, keyspace);
    }

    /** Writes through a coordinator. Its stage completes with the acknowledgement. */
    CompletionStage<AsyncResultSet> write(Node coordinator, ConsistencyLevel level, RegisterLedger.Sent write) {
        return session.executeAsync(insert.bind(
                        write.key().sensor(),
                        Instant.ofEpochMilli(write.key().timestampMillis()),
                        write.value(),
                        write.recordTime())
                .setConsistencyLevel(level)
                .setTimeout(TIMEOUT)
                .setNode(coordinator));
    }

    /** Reads through a coordinator. */
    CompletionStage<List<Observed>> read(Node coordinator, ConsistencyLevel level, History.Key key) {
        return session.executeAsync(select.bind(key.sensor())
                        .setConsistencyLevel(level)
                        .setTimeout(TIMEOUT)
                        .setNode(coordinator))
                .thenApply(RegisterTable::observed);
    }

    private static List<Observed> observed(AsyncResultSet rows) {
        List<Observed> observed = new ArrayList<>();
        for (Row row : rows.currentPage()) {
            observed.add(new Observed(
                    new History.Key(
                            Objects.requireNonNull(row.getString(0)),
                            Objects.requireNonNull(row.getInstant(1)).toEpochMilli()),
                    Objects.requireNonNull(row.getString(2))));
        }
        return observed;
    }

    @Override
    public void close() {
        session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
    }
}
