package io.telltale.evaluate.plants;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.History.Write;
import io.telltale.evaluate.HistoryChecker;
import io.telltale.evaluate.HistoryChecker.Verdict;
import io.telltale.evaluate.Measured;
import io.telltale.local.CassandraCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A table of one sensor's values on all nodes of a cluster, and the history of its writes and reads. Nothing repairs
 * it: each node shows what it was sent.
 */
final class RecordedTable implements AutoCloseable {

    private static final String SENSOR = "a";

    private final CassandraCluster cluster;
    private CqlSession session;
    private final List<Write> writes = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();
    private long arrivals;
    private long lastMicros;

    private RecordedTable(CassandraCluster cluster) {
        this.cluster = cluster;
        this.session = cluster.connect();
    }

    /** With a factor of the number of nodes. */
    static RecordedTable create(CassandraCluster cluster) {
        RecordedTable table = new RecordedTable(cluster);
        table.session.execute("DROP KEYSPACE IF EXISTS plants");
        table.session.execute("CREATE KEYSPACE plants WITH replication = {'class': 'NetworkTopologyStrategy', '%s': %d}"
                .formatted(cluster.dataCenter(), cluster.nodes().size()));
        table.session.execute("CREATE TABLE plants.readings (sensor text, instant bigint, value text,"
                + " PRIMARY KEY (sensor, instant)) WITH read_repair = 'NONE' AND speculative_retry = 'NEVER'");
        cluster.awaitSchemaAgreement();
        return table;
    }

    /** Writes with the record time as the write timestamp, as the service does, through a node. */
    void write(int node, ConsistencyLevel level, long instant, String value, long recordTime) {
        long arrival = nextArrival();
        session.execute(
                insert(instant, value, recordTime).setConsistencyLevel(level).setNode(cluster.nodeOf(session, node)));
        record(instant, value, recordTime, arrival, now());
    }

    /** The same, without waiting. The write is recorded when it succeeds or fails. */
    CompletionStage<?> send(long instant, String value, long recordTime) {
        long arrival = nextArrival();
        return session.executeAsync(insert(instant, value, recordTime))
                .whenComplete((done, failure) ->
                        record(instant, value, recordTime, arrival, failure == null ? now() : History.NEVER));
    }

    /** Writes without a write timestamp: what arrives last wins. */
    void writeByArrival(long instant, String value, long recordTime) {
        long arrival = nextArrival();
        session.execute(SimpleStatement.newInstance(
                "INSERT INTO plants.readings (sensor, instant, value) VALUES (?, ?, ?)", SENSOR, instant, value));
        record(instant, value, recordTime, arrival, now());
    }

    private static SimpleStatement insert(long instant, String value, long recordTime) {
        return SimpleStatement.newInstance(
                "INSERT INTO plants.readings (sensor, instant, value) VALUES (?, ?, ?) USING TIMESTAMP ?",
                SENSOR,
                instant,
                value,
                recordTime);
    }

    /** The stored readings from an instant on, through a node. */
    List<Observed> rows(int node, ConsistencyLevel level, long fromInstant, int limit) {
        List<Observed> rows = new ArrayList<>();
        for (Row row : session.execute(SimpleStatement.newInstance(
                        "SELECT instant, value FROM plants.readings WHERE sensor = ? AND instant >= ? LIMIT ?",
                        SENSOR,
                        fromInstant,
                        limit)
                .setConsistencyLevel(level)
                .setNode(cluster.nodeOf(session, node)))) {
            rows.add(observed(row.getLong("instant"), row.getString("value")));
        }
        return rows;
    }

    static Observed observed(long instant, @Nullable String value) {
        return new Observed(new History.Key(SENSOR, instant), String.valueOf(value));
    }

    /**
     * Records a response.
     *
     * @param untilInstant the request covers the instants from 0 to before this one
     * @param claimsComplete whether the response says so
     * @param isFinal whether faults have ended before
     */
    void read(long untilInstant, boolean claimsComplete, boolean isFinal, Supplier<List<Observed>> reader) {
        List<History.Key> asked = LongStream.range(0, untilInstant)
                .mapToObj(instant -> new History.Key(SENSOR, instant))
                .toList();
        long invoked = now();
        List<Observed> observed = reader.get();
        reads.add(new Read("reader", invoked, now(), asked, claimsComplete, isFinal, observed));
    }

    /** Connects again after a restart of nodes. */
    void reconnect() {
        session.close();
        session = cluster.connect();
    }

    synchronized Verdict verdict() {
        return HistoryChecker.check(writes, reads);
    }

    Measured measured() {
        return new Measured(
                Map.of("writes", writes.size(), "reads", reads.size()),
                verdict().checks());
    }

    private synchronized long nextArrival() {
        return arrivals++;
    }

    private synchronized void record(long instant, String value, long recordTime, long arrival, long acknowledged) {
        writes.add(new Write(new History.Key(SENSOR, instant), value, recordTime, arrival, acknowledged, acknowledged));
    }

    /** Strictly increasing: a read that follows an acknowledgment in the same microsecond began after it. */
    private synchronized long now() {
        lastMicros = Math.max(lastMicros + 1, System.nanoTime() / 1_000);
        return lastMicros;
    }

    @Override
    public void close() {
        session.close();
    }
}
