package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntFunction;

/** Writes readings, and reads the readings of a sensor in a range. */
@Singleton
public class ReadingStore {

    private final Database database;
    private final BucketIndex buckets;
    private final Retention retention;
    private final SealedReadings sealing;
    private final LateWrites lateWrites;
    private final FreshWriter fresh;
    private final RangeReader ranges;

    @Inject
    ReadingStore(
            Database database,
            BucketIndex buckets,
            Retention retention,
            SealedReadings sealing,
            LateWrites lateWrites,
            FreshWriter fresh,
            RangeReader ranges) {
        this.database = database;
        this.retention = retention;
        this.buckets = buckets;
        this.sealing = sealing;
        this.lateWrites = lateWrites;
        this.fresh = fresh;
        this.ranges = ranges;
    }

    /** Where readings are written. Segments cannot hold sealed values, so where some are sealed, all are in rows. */
    public Placing placing(Layout layout) {
        return layout.hasSegments() && !sealing.isNeeded() ? layout::placementOf : layout::partitionOf;
    }

    /**
     * Writes readings of one placement. Idempotent. With a retention, a reading expires when its event time reaches the
     * retention.
     *
     * @return completes when all readings are durable; fails with {@link StoreUnavailableException} if some may not
     *     be
     */
    public Uni<Void> write(Placement placement, RowBatch rows) {
        return placement instanceof Lane lane ? fresh.write(lane, rows) : writeRows((ReadingPartition) placement, rows);
    }

    /** Writes rows in one request, after their bucket was added to the index. An expired one expires after a second. */
    private Uni<Void> writeRows(ReadingPartition partition, RowBatch rows) {
        return buckets.add(partition, rows)
                .chain(() -> sealing.cells(partition.type(), rows))
                .chain(cells -> lateWrites.around(
                        partition, () -> database.run(statements -> batch(statements, partition, rows, cells))
                                .replaceWithVoid()));
    }

    private BatchStatement batch(
            Statements statements, ReadingPartition partition, RowBatch rows, IntFunction<ByteBuffer> cells) {
        boolean isExpiring = !retention.isUnlimited(partition.type());
        PreparedStatement insert = statements.get(isExpiring ? Cql.INSERT_EXPIRING_READING : Cql.INSERT_READING);
        ByteBuffer type = CqlBytes.ofText(partition.type().name());
        ByteBuffer shard = CqlBytes.ofInt(partition.shard());
        ByteBuffer bucket = CqlBytes.ofLong(partition.bucketStartMillis());
        BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel(partition.type()))
                .setExecutionProfileName("write");
        for (int row : Deduplication.winners(rows)) {
            BoundStatementBuilder bound = insert.boundStatementBuilder()
                    .setBytesUnsafe(0, type)
                    .setBytesUnsafe(1, shard)
                    .setBytesUnsafe(2, bucket)
                    .setBytesUnsafe(3, rows.sensorIdBytes(row))
                    .setBytesUnsafe(4, rows.timestampBytes(row))
                    .setBytesUnsafe(5, cells.apply(row))
                    .setBytesUnsafe(6, rows.writeTimestampBytes(row));
            if (isExpiring) {
                bound = bound.setInt(7, retention.ttlSeconds(partition.type(), rows.timestampMillis(row)));
            }
            batch.addStatement(bound.build());
        }
        return batch.build();
    }

    /**
     * The write timestamp decides which reading wins. It depends on the record alone, so every replica writes the
     * same.
     */
    static long writeTimestampMicros(long recordTimeMillis) {
        return recordTimeMillis * 1_000;
    }

    static long recordTimeMillis(long writeTimestampMicros) {
        return Math.floorDiv(writeTimestampMicros, 1_000);
    }

    /**
     * Reads a sensor's readings in {@code [fromMillis, toMillis)}, ordered by event time, page by page on demand and
     * about one page ahead. Memory is bounded regardless of the range. Cancellation stops the reads. Leaves out
     * deleted readings. No list is empty; an empty range gives no list.
     *
     * @param limit the maximum number of readings
     * @return fails with {@link StoreUnavailableException} when Cassandra cannot answer at this level
     */
    public Multi<List<StoredReading>> range(
            Sensor sensor, long fromMillis, long toMillis, Order order, long limit, Consistency consistency) {
        return ranges.read(sensor, fromMillis, toMillis, order, limit, consistency);
    }

    /** Reads a sensor's newest reading by event time before {@code toMillis}; empty if there is none. */
    public Uni<Optional<StoredReading>> latest(Sensor sensor, long toMillis, Consistency consistency) {
        return range(sensor, Reading.MIN_TIMESTAMP_MILLIS, toMillis, Order.DESC, 1, consistency)
                .toUni()
                .map(page -> page == null ? Optional.empty() : Optional.of(page.get(0)));
    }

    /** Reads a sensor's newest reading in one partition, also if it was deleted; empty if there is none. */
    Uni<Optional<StoredReading>> newestIn(ReadingPartition partition, SensorId id, Consistency consistency) {
        return database.run(statements -> slice(statements.get(Cql.READINGS_DESCENDING), partition)
                        .setString(3, id.value())
                        .setBytesUnsafe(4, CqlBytes.ofLong(Reading.MIN_TIMESTAMP_MILLIS))
                        .setBytesUnsafe(5, CqlBytes.ofLong(Reading.MAX_TIMESTAMP_MILLIS + 1))
                        .setInt(6, 1)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("read")
                        .build())
                .chain(rows -> {
                    DecodedRows found = new DecodedRows(1);
                    rows.currentPage().forEach(row -> found.add(id, timestampMillis(row, 0), cell(row, 1)));
                    return found.opened(sealing);
                })
                .map(found -> found.stream().findFirst());
    }

    /**
     * Reads the readings of several sensors that share a partition, in one request: by ascending sensor id, and each
     * sensor's readings from the newest to the oldest. Includes deleted readings.
     *
     * @param limit the maximum number of readings
     * @param pageRows the number of readings per page; pages are read on demand
     */
    Multi<List<SensorReading>> ofNeighbors(
            ReadingPartition partition,
            List<SensorId> ids,
            long fromMillis,
            long toMillis,
            int limit,
            int pageRows,
            Consistency consistency) {
        return Pages.of(database.run(statements -> slice(statements.get(Cql.READINGS_OF_SENSORS), partition)
                        .setList(3, ids.stream().map(SensorId::value).toList(), String.class)
                        .setBytesUnsafe(4, CqlBytes.ofLong(fromMillis))
                        .setBytesUnsafe(5, CqlBytes.ofLong(toMillis))
                        .setInt(6, limit)
                        .setPageSize(pageRows)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("read")
                        .build()))
                .plug(Concatenation.unis(this::sensorReadings));
    }

    /** A reading with the id of its sensor. */
    record SensorReading(SensorId sensorId, StoredReading reading) {}

    private Uni<List<SensorReading>> sensorReadings(AsyncResultSet page) {
        DecodedRows rows = new DecodedRows(page.remaining());
        List<SensorId> ids = new ArrayList<>(page.remaining());
        SensorId sensorId = null;
        for (Row row : page.currentPage()) {
            String id = Objects.requireNonNull(row.getString(0));
            if (sensorId == null || !sensorId.value().equals(id)) {
                sensorId = new SensorId(id);
            }
            ids.add(sensorId);
            rows.add(sensorId, timestampMillis(row, 1), cell(row, 2));
        }
        return rows.opened(sealing).map(readings -> {
            List<SensorReading> found = new ArrayList<>(readings.size());
            for (int i = 0; i < readings.size(); i++) {
                found.add(new SensorReading(ids.get(i), readings.get(i)));
            }
            return found;
        });
    }

    private static long timestampMillis(Row row, int column) {
        return CqlBytes.toLong(row.getBytesUnsafe(column));
    }

    private static ByteBuffer cell(Row row, int column) {
        return CqlBytes.present(row.getBytesUnsafe(column));
    }

    private static BoundStatementBuilder slice(PreparedStatement select, ReadingPartition partition) {
        return select.boundStatementBuilder()
                .setBytesUnsafe(0, CqlBytes.ofText(partition.type().name()))
                .setBytesUnsafe(1, CqlBytes.ofInt(partition.shard()))
                .setBytesUnsafe(2, CqlBytes.ofLong(partition.bucketStartMillis()));
    }
}
