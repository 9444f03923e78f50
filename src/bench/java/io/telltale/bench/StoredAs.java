package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** The tables that a contestant writes into; in each {@code readings} holds the readings. */
enum StoredAs {

    /** The service's own: sensors share partitions. */
    SHARED_PARTITIONS("type, shard, bucket", "reading"),

    /** The same with sealed values. */
    SEALED("type, shard, bucket", "reading"),

    /** What people make first: a partition for each sensor. */
    SENSOR_PARTITIONS("sensor_id", "value");

    /** Where the number is in the cell of a reading. */
    private static final int NUMBER_AT = 10;

    private static final String KEYSPACE =
            "CREATE KEYSPACE %s WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}";

    private static final String COMPACTION = "{'class': 'UnifiedCompactionStrategy'}";

    private final String partitionKey;
    private final String valueColumn;

    StoredAs(String partitionKey, String valueColumn) {
        this.partitionKey = partitionKey;
        this.valueColumn = valueColumn;
    }

    void create(CqlSession session, String keyspace) {
        session.execute(KEYSPACE.formatted(keyspace));
        tables().forEach(statement ->
                session.execute(statement.replace("${keyspace}", keyspace).replace("${compaction}", COMPACTION)));
    }

    /** Every stored reading of a range of tokens, which both follow: excluded the lower, included the upper. */
    String selectRange(String keyspace) {
        return "SELECT sensor_id, ts, %1$s FROM %2$s.readings WHERE token(%3$s) > ? AND token(%3$s) <= ?"
                .formatted(valueColumn, keyspace, partitionKey);
    }

    /** The value in a row that {@link #selectRange} gave, unless it is sealed. */
    double value(Row row) {
        ByteBuffer cell = Objects.requireNonNull(row.getBytesUnsafe(2));
        return cell.getDouble(cell.position() + (this == SHARED_PARTITIONS ? NUMBER_AT : 0));
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
