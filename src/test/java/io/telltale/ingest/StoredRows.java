package io.telltale.ingest;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The number of rows, and a checksum of all their bytes that is independent of their order.
 *
 * @param rows the number of rows
 * @param checksum the sum of the rows' checksums
 */
record StoredRows(long rows, long checksum) {

    private static final List<String> TABLES = List.of(
            "readings",
            "buckets",
            "weeks",
            "sensors",
            "sensors_by_type",
            "sensors_by_site",
            "layouts",
            "topics",
            "progress");

    /** The readings of each sensor with their write timestamps, read at ONE from one node. */
    static Map<String, StoredRows> bySensor(CqlSession session, Node node, String keyspace) {
        Map<String, StoredRows> sums = new TreeMap<>();
        select(session, node, readings(keyspace))
                .forEach(row -> sums.merge(row.getString("sensor_id"), of(row), StoredRows::plus));
        return sums;
    }

    /** The rows of each table. */
    static Map<String, StoredRows> byTable(CqlSession session, String keyspace) {
        Map<String, StoredRows> sums = new TreeMap<>();
        for (String table : TABLES) {
            String all =
                    table.equals("readings") ? readings(keyspace) : "SELECT * FROM %s.%s".formatted(keyspace, table);
            sums.put(table, new StoredRows(0, 0));
            select(session, null, all).forEach(row -> sums.merge(table, of(row), StoredRows::plus));
        }
        return sums;
    }

    private static String readings(String keyspace) {
        return "SELECT sensor_id, type, shard, bucket, ts, reading, writetime(reading) FROM %s.readings"
                .formatted(keyspace);
    }

    private static Iterable<Row> select(CqlSession session, @Nullable Node node, String cql) {
        return session.execute(SimpleStatement.newInstance(cql)
                .setConsistencyLevel(ConsistencyLevel.ONE)
                .setTimeout(Duration.ofSeconds(30))
                .setNode(node));
    }

    private static StoredRows of(Row row) {
        CRC32 checksum = new CRC32();
        for (int column = 0; column < row.size(); column++) {
            ByteBuffer bytes = row.getBytesUnsafe(column);
            // Detects bytes that move to another column.
            checksum.update(bytes == null ? 0xff : column);
            if (bytes != null) {
                checksum.update(bytes.duplicate());
            }
        }
        return new StoredRows(1, checksum.getValue());
    }

    private StoredRows plus(StoredRows other) {
        return new StoredRows(rows + other.rows, checksum + other.checksum);
    }
}
