package io.telltale.evaluate.partitioning;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import io.telltale.evaluate.partitioning.Scheme.Place;
import io.telltale.sensors.SensorId;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * The table of a scheme in a keyspace of its own, and its statements. The columns of a reading are those of the
 * service.
 */
public final class SchemeTable implements AutoCloseable {

    private static final int CELL_BYTES = 18;
    private static final byte EPOCH = 1;
    private static final byte NUMBER = 1;

    private final CqlSession session;
    private final Scheme scheme;
    private final String keyspace;
    private final PreparedStatement insert;
    private final PreparedStatement select;

    /** One reading that waits for its batch. */
    public record Row(SensorId sensorId, long timestampMillis, double value) {}

    private SchemeTable(CqlSession session, Scheme scheme, String keyspace) {
        this.session = session;
        this.scheme = scheme;
        this.keyspace = keyspace;
        this.insert = session.prepare("INSERT INTO %s.readings (%s, ts, reading) VALUES (%s, ?, ?) USING TIMESTAMP ?"
                .formatted(keyspace, keyColumns(), keyColumns().replaceAll("\\w+", "?")));
        this.select = session.prepare("SELECT ts, reading FROM %s.readings WHERE %s = ? AND ts >= ? AND ts < ?"
                .formatted(keyspace, keyColumns().replace(", ", " = ? AND ")));
    }

    /**
     * Creates the table, in a keyspace of its own.
     *
     * @param factor how many copies of a row
     */
    public static SchemeTable create(CqlSession session, Scheme scheme, String keyspace, int factor) {
        session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
        session.execute("CREATE KEYSPACE %s WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': %d}"
                .formatted(keyspace, factor));
        String key =
                switch (scheme.kind()) {
                    case SENSOR ->
                        "sensor_id text, ts timestamp, reading blob, PRIMARY KEY (sensor_id, ts))"
                                + " WITH CLUSTERING ORDER BY (ts DESC)";
                    case SENSOR_AND_DAY ->
                        "sensor_id text, day timestamp, ts timestamp, reading blob,"
                                + " PRIMARY KEY ((sensor_id, day), ts)) WITH CLUSTERING ORDER BY (ts DESC)";
                    case SHARED ->
                        "type text, shard int, bucket timestamp, sensor_id text, ts timestamp, reading blob,"
                                + " PRIMARY KEY ((type, shard, bucket), sensor_id, ts))"
                                + " WITH CLUSTERING ORDER BY (sensor_id ASC, ts DESC)";
                };
        session.execute("CREATE TABLE %s.readings (%s AND compaction = {'class': 'UnifiedCompactionStrategy'}"
                .formatted(keyspace, key));
        return new SchemeTable(session, scheme, keyspace);
    }

    private String keyColumns() {
        return switch (scheme.kind()) {
            case SENSOR -> "sensor_id";
            case SENSOR_AND_DAY -> "sensor_id, day";
            case SHARED -> "type, shard, bucket, sensor_id";
        };
    }

    public CqlSession session() {
        return session;
    }

    public Scheme scheme() {
        return scheme;
    }

    public String keyspace() {
        return keyspace;
    }

    /** The rows of one partition, as one request. */
    public Statement<?> write(Place place, List<Row> rows) {
        if (rows.size() == 1) {
            return insert(place, rows.get(0));
        }
        BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED);
        for (Row row : rows) {
            batch.addStatement(insert(place, row));
        }
        return batch.build();
    }

    private BoundStatement insert(Place place, Row row) {
        ByteBuffer cell = ByteBuffer.allocate(CELL_BYTES)
                .putLong(row.timestampMillis())
                .put(EPOCH)
                .put(NUMBER)
                .putDouble(row.value())
                .flip();
        BoundStatement key = key(insert, place, row.sensorId());
        int next = keyColumns().split(", ", -1).length;
        return key.setInstant(next, Instant.ofEpochMilli(row.timestampMillis()))
                .setByteBuffer(next + 1, cell)
                .setLong(next + 2, row.timestampMillis() * 1_000);
    }

    /** A sensor's readings of one partition in {@code [fromMillis, toMillis)}. */
    public BoundStatement read(Place place, SensorId sensorId, long fromMillis, long toMillis) {
        int next = keyColumns().split(", ", -1).length;
        return key(select, place, sensorId)
                .setInstant(next, Instant.ofEpochMilli(fromMillis))
                .setInstant(next + 1, Instant.ofEpochMilli(toMillis));
    }

    /** By which the driver and Cassandra find the nodes of a partition. */
    ByteBuffer routingKey(Place place) {
        SensorId anySensor = new SensorId(place.sensorId().isEmpty() ? "any" : place.sensorId());
        return Objects.requireNonNull(
                insert(place, new Row(anySensor, place.startMillis(), 0)).getRoutingKey());
    }

    private BoundStatement key(PreparedStatement statement, Place place, SensorId sensorId) {
        return switch (scheme.kind()) {
            case SENSOR -> statement.bind().setString(0, sensorId.value());
            case SENSOR_AND_DAY ->
                statement
                        .bind()
                        .setString(0, sensorId.value())
                        .setInstant(1, Instant.ofEpochMilli(place.startMillis()));
            case SHARED ->
                statement
                        .bind()
                        .setString(0, Scheme.TYPE.name())
                        .setInt(1, place.shard())
                        .setInstant(2, Instant.ofEpochMilli(place.startMillis()))
                        .setString(3, sensorId.value());
        };
    }

    @Override
    public void close() {
        session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
    }
}
