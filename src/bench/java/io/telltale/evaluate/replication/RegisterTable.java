package io.telltale.evaluate.replication;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import io.telltale.evaluate.History;
import java.time.Duration;
import org.awaitility.Awaitility;

/**
 * The table of a cell, as the clients of one data center see it: a value for each key, a partition for each sensor. The
 * record time is Cassandra's write timestamp, as in the service, so the highest one wins.
 */
final class RegisterTable {

    static final String NAME = "readings";

    /**
     * A request without an answer until then is unanswered. Cassandra's own limits are 2 s for writes and 5 s for
     * reads.
     */
    static final Duration LIMIT = Duration.ofSeconds(4);

    private static final Duration SCHEMA_LIMIT = Duration.ofMinutes(1);

    private final CqlSession session;
    private final PreparedStatement insert;
    private final PreparedStatement select;
    private final PreparedStatement selectSensor;

    RegisterTable(CqlSession session, String keyspace) {
        this.session = session;
        this.insert = session.prepare(
                "INSERT INTO %s.%s (sensor, ts, value) VALUES (?, ?, ?) USING TIMESTAMP ?".formatted(keyspace, NAME));
        this.select =
                session.prepare("SELECT ts, value FROM %s.%s WHERE sensor = ? AND ts = ?".formatted(keyspace, NAME));
        this.selectSensor = session.prepare("SELECT ts, value FROM %s.%s WHERE sensor = ?".formatted(keyspace, NAME));
    }

    static void create(CqlSession session, String keyspace, KeyspaceReplication replication) {
        session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
        session.execute("CREATE KEYSPACE %s WITH replication = %s".formatted(keyspace, replication.cql()));
        // The coordinator may still be learning of the keyspace, if it was down just before.
        Awaitility.await().atMost(SCHEMA_LIMIT).until(session::checkSchemaAgreement);
        session.execute("CREATE TABLE %s.%s (sensor text, ts bigint, value text, PRIMARY KEY (sensor, ts))"
                .formatted(keyspace, NAME));
    }

    CqlSession session() {
        return session;
    }

    Statement<?> write(History.Key key, String value, long recordTime, ConsistencyLevel level) {
        return insert.bind(key.sensor(), key.timestampMillis(), value, recordTime)
                .setConsistencyLevel(level)
                .setIdempotent(true)
                .setTimeout(LIMIT);
    }

    Statement<?> read(History.Key key, ConsistencyLevel level) {
        return select.bind(key.sensor(), key.timestampMillis())
                .setConsistencyLevel(level)
                .setIdempotent(true)
                .setTimeout(LIMIT);
    }

    /** All keys of a sensor. */
    Statement<?> read(String sensor, ConsistencyLevel level) {
        return selectSensor
                .bind(sensor)
                .setConsistencyLevel(level)
                .setIdempotent(true)
                .setTimeout(LIMIT);
    }
}
