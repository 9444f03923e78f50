package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import io.telltale.segment.ReadingCursor;
import io.telltale.segment.Segment;
import io.telltale.sensors.Value;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The tables that a contestant writes into. */
enum StoredAs {

    /** The service's own: sensors share partitions. */
    SHARED_PARTITIONS("type, shard, bucket", "reading"),

    /** The same with sealed values. */
    SEALED("type, shard, bucket", "reading"),

    /** The service's own, without a row for each reading: segments in the order of arrival. */
    FRESH_SEGMENTS("type, lane, minute", "sensors, segment"),

    /** What people make first: a partition for each sensor. */
    SENSOR_PARTITIONS("sensor_id", "value");

    /** Where the number is in the cell of a reading. */
    private static final int NUMBER_AT = 10;

    private static final String KEYSPACE =
            "CREATE KEYSPACE %s WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}";

    private static final String COMPACTION = "{'class': 'UnifiedCompactionStrategy'}";

    private final String partitionKey;
    private final String valueColumns;

    StoredAs(String partitionKey, String valueColumns) {
        this.partitionKey = partitionKey;
        this.valueColumns = valueColumns;
    }

    /** The table that holds the readings. */
    String table() {
        return this == FRESH_SEGMENTS ? "fresh" : "readings";
    }

    void create(CqlSession session, String keyspace) {
        session.execute(KEYSPACE.formatted(keyspace));
        tables().forEach(statement ->
                session.execute(statement.replace("${keyspace}", keyspace).replace("${compaction}", COMPACTION)));
    }

    /** All rows of a range of tokens, which both follow: excluded the lower, included the upper. */
    String selectRange(String keyspace) {
        return "SELECT %1$s FROM %2$s.%3$s WHERE token(%4$s) > ? AND token(%4$s) <= ?"
                .formatted(
                        this == FRESH_SEGMENTS ? valueColumns : "sensor_id, ts, " + valueColumns,
                        keyspace,
                        table(),
                        partitionKey);
    }

    /**
     * The readings of a row that {@link #selectRange} gave.
     *
     * @param sealed opens the values of {@link #SEALED}; null for the others
     */
    void read(Row row, @Nullable SealedCells sealed, StoredReadings.Reader reader) {
        if (this == FRESH_SEGMENTS) {
            readSegment(bytes(row, 0), bytes(row, 1), reader);
            return;
        }
        String sensorId = String.valueOf(row.getString(0));
        ByteBuffer timestamp = bytes(row, 1);
        long timestampMillis = timestamp.getLong(timestamp.position());
        ByteBuffer cell = bytes(row, 2);
        double value = sealed == null
                ? cell.getDouble(cell.position() + (this == SHARED_PARTITIONS ? NUMBER_AT : 0))
                : sealed.value(sensorId, timestampMillis, cell);
        reader.read(sensorId, timestampMillis, value);
    }

    private static void readSegment(ByteBuffer sensors, ByteBuffer segment, StoredReadings.Reader reader) {
        List<String> ids = new ArrayList<>();
        while (sensors.hasRemaining()) {
            byte[] id = new byte[sensors.get() & 0xff];
            sensors.get(id);
            ids.add(new String(id, StandardCharsets.US_ASCII));
        }
        byte[] bytes = new byte[segment.remaining()];
        segment.get(bytes);
        ReadingCursor cursor = Segment.open(bytes).readings();
        while (cursor.next()) {
            reader.read(
                    ids.get((int) cursor.sensor()),
                    cursor.timestampMillis(),
                    ((Value.Numeric) cursor.value()).number());
        }
    }

    private static ByteBuffer bytes(Row row, int column) {
        return Objects.requireNonNull(row.getBytesUnsafe(column));
    }

    private List<String> tables() {
        if (this == SENSOR_PARTITIONS) {
            return List.of("CREATE TABLE ${keyspace}.readings (sensor_id text, ts timestamp, value double,"
                    + " PRIMARY KEY (sensor_id, ts)) WITH CLUSTERING ORDER BY (ts DESC)"
                    + " AND compaction = " + COMPACTION);
        }
        try (InputStream file = Objects.requireNonNull(StoredAs.class.getResourceAsStream("/schema/1.cql"))) {
            String cql = new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("--"))
                    .collect(Collectors.joining("\n"));
            return Arrays.stream(cql.split(";\\s*(\n|$)", -1))
                    .map(String::strip)
                    .filter(statement -> !statement.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
