package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
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
import java.util.concurrent.atomic.AtomicLong;

/** Keeps readings, and gives them back by sensor and range. */
@Singleton
public class ReadingStore {

    /** Where a question for a slice says how many rows it wants at most. */
    private static final int LIMIT = 6;

    private final Database database;
    private final BucketIndex buckets;
    private final Retention retention;
    private final DeletionLog deletions;
    private final PageSize.Known rowsKnown = new PageSize.Known();

    @Inject
    ReadingStore(Database database, BucketIndex buckets, Retention retention, DeletionLog deletions) {
        this.database = database;
        this.retention = retention;
        this.buckets = buckets;
        this.deletions = deletions;
    }

    /**
     * Writes readings that all lie in one partition, in one request, and lists their bucket. Writing the same readings
     * again changes nothing. Where a retention is set, what is left of it from their event time is all they live; those
     * of which nothing is left any more live for a second.
     *
     * @return completes when all of them are durable; fails with {@link StoreUnavailableException} when some may not be
     */
    public Uni<Void> write(ReadingPartition partition, RowBatch rows) {
        return buckets.list(partition, rows)
                .chain(() -> database.run(statements -> batch(statements, partition, rows)))
                .replaceWithVoid();
    }

    private BatchStatement batch(Statements statements, ReadingPartition partition, RowBatch rows) {
        boolean isExpiring = !retention.isForEver(partition.type());
        PreparedStatement insert = statements.get(isExpiring ? Cql.INSERT_EXPIRING_READING : Cql.INSERT_READING);
        ByteBuffer type = CqlBytes.ofText(partition.type().name());
        ByteBuffer shard = CqlBytes.ofInt(partition.shard());
        ByteBuffer bucket = CqlBytes.ofLong(partition.bucketStartMillis());
        BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel())
                .setExecutionProfileName("write");
        for (int row : Deduplication.folded(rows)) {
            BoundStatementBuilder bound = insert.boundStatementBuilder()
                    .setBytesUnsafe(0, type)
                    .setBytesUnsafe(1, shard)
                    .setBytesUnsafe(2, bucket)
                    .setBytesUnsafe(3, rows.sensorIdBytes(row))
                    .setBytesUnsafe(4, rows.timestampBytes(row))
                    .setBytesUnsafe(5, rows.cellBytes(row))
                    .setBytesUnsafe(6, rows.writeTimestampBytes(row));
            if (isExpiring) {
                bound = bound.setInt(7, retention.ttlSeconds(partition.type(), rows.timestampMillis(row)));
            }
            batch.addStatement(bound.build());
        }
        return batch.build();
    }

    /** The record decides which reading wins, so its write timestamp is a function of the record alone. */
    static long writeTimestampMicros(long recordTimeMillis) {
        return recordTimeMillis * 1_000;
    }

    static long recordTimeMillis(long writeTimestampMicros) {
        return Math.floorDiv(writeTimestampMicros, 1_000);
    }

    /**
     * A sensor's readings in {@code [fromMillis, toMillis)}, in order of time, a page at a time as they are asked for, and
     * about a page ahead: bounded memory, whatever the range. Who cancels it stops the reading. What was deleted is left out.
     * Lists are not empty; an empty range gives none.
     *
     * @param limit at most how many readings
     * @return fails with {@link StoreUnavailableException} when Cassandra cannot answer at that level
     */
    public Multi<List<StoredReading>> range(
            Sensor sensor, long fromMillis, long toMillis, Order order, long limit, Consistency consistency) {
        if (fromMillis >= toMillis) {
            return Multi.createFrom().empty();
        }
        return deletions.known(consistency).onItem().transformToMulti(known -> {
            Asked asked = new Asked(
                    sensor,
                    fromMillis,
                    toMillis,
                    order,
                    consistency,
                    known.of(sensor.id(), fromMillis, toMillis),
                    new Remaining(limit),
                    new PageSize(sensor.type(), rowsKnown));
            return buckets.partitionsToRead(sensor, fromMillis, toMillis, order, consistency)
                    .select()
                    .first(some -> asked.remaining.any())
                    .plug(Concatenation.streams(some -> slices(some, asked)))
                    // While a page is dealt with the next one is read, and waits: one, not more.
                    .emitOn(Runnable::run, 1);
        });
    }

    /** The newest reading of a sensor by event time, before {@code toMillis}; empty if there is none. */
    public Uni<Optional<StoredReading>> latest(Sensor sensor, long toMillis, Consistency consistency) {
        return range(sensor, Reading.MIN_TIMESTAMP_MILLIS, toMillis, Order.DESC, 1, consistency)
                .toUni()
                .map(page -> page == null ? Optional.empty() : Optional.of(page.get(0)));
    }

    /** The newest reading of a sensor in one partition, whether it was deleted or not; empty if there is none. */
    Uni<Optional<StoredReading>> newestIn(ReadingPartition partition, SensorId id, Consistency consistency) {
        return database.run(statements -> slice(statements.get(Cql.READINGS_DESCENDING), partition)
                        .setString(3, id.value())
                        .setBytesUnsafe(4, CqlBytes.ofLong(Reading.MIN_TIMESTAMP_MILLIS))
                        .setBytesUnsafe(5, CqlBytes.ofLong(Reading.MAX_TIMESTAMP_MILLIS + 1))
                        .setInt(6, 1)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("read")
                        .build())
                .map(rows -> Optional.ofNullable(rows.one()).map(row -> reading(row, 0)));
    }

    /**
     * The readings of some sensors that share a partition, by one question: sensor after sensor, by ascending ids, the
     * newest reading of each first. Whether they were deleted is not looked at.
     *
     * @param limit how many at most
     * @param pageRows how many at a time, as they are asked for
     */
    Multi<List<SensorReading>> ofNeighbours(
            ReadingPartition partition,
            List<SensorId> ids,
            long fromMillis,
            long toMillis,
            int limit,
            int pageRows,
            Consistency consistency) {
        return Pages.of(database.run(statements -> slice(statements.get(Cql.READINGS_OF_SOME), partition)
                        .setList(3, ids.stream().map(SensorId::value).toList(), String.class)
                        .setBytesUnsafe(4, CqlBytes.ofLong(fromMillis))
                        .setBytesUnsafe(5, CqlBytes.ofLong(toMillis))
                        .setInt(6, limit)
                        .setPageSize(pageRows)
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("read")
                        .build()))
                .map(ReadingStore::sensorReadings);
    }

    /** A reading with the sensor it is of. */
    record SensorReading(SensorId sensorId, StoredReading reading) {}

    private static List<SensorReading> sensorReadings(AsyncResultSet page) {
        List<SensorReading> readings = new ArrayList<>(page.remaining());
        SensorId sensorId = null;
        for (Row row : page.currentPage()) {
            String id = Objects.requireNonNull(row.getString(0));
            if (sensorId == null || !sensorId.value().equals(id)) {
                sensorId = new SensorId(id);
            }
            readings.add(new SensorReading(sensorId, reading(row, 1)));
        }
        return readings;
    }

    private static StoredReading reading(Row row, int firstColumn) {
        ByteBuffer cell = CqlBytes.present(row.getBytesUnsafe(firstColumn + 1));
        return new StoredReading(
                CqlBytes.toLong(row.getBytesUnsafe(firstColumn)), ReadingCell.value(cell), ReadingCell.origin(cell));
    }

    private static BoundStatementBuilder slice(PreparedStatement select, ReadingPartition partition) {
        return select.boundStatementBuilder()
                .setBytesUnsafe(0, CqlBytes.ofText(partition.type().name()))
                .setBytesUnsafe(1, CqlBytes.ofInt(partition.shard()))
                .setBytesUnsafe(2, CqlBytes.ofLong(partition.bucketStartMillis()));
    }

    /**
     * A range that was asked for.
     *
     * @param hiding the deletions that may hide some of it; mostly none
     */
    private record Asked(
            Sensor sensor,
            long fromMillis,
            long toMillis,
            Order order,
            Consistency consistency,
            List<Deletion> hiding,
            Remaining remaining,
            PageSize pageSize) {

        Cql statement() {
            if (hiding.isEmpty()) {
                return order == Order.ASC ? Cql.READINGS_ASCENDING : Cql.READINGS_DESCENDING;
            }
            return order == Order.ASC ? Cql.WRITTEN_READINGS_ASCENDING : Cql.WRITTEN_READINGS_DESCENDING;
        }

        /** How many rows to ask Cassandra for: where some may be hidden nobody knows how many it takes. */
        int rows() {
            return (int) Math.min(Integer.MAX_VALUE, hiding.isEmpty() ? remaining.count.get() : Integer.MAX_VALUE);
        }

        boolean isHidden(Row row, long timestampMillis) {
            return !hiding.isEmpty()
                    && hiding.stream()
                            .anyMatch(deletion -> deletion.covers(timestampMillis, recordTimeMillis(row.getLong(2))));
        }
    }

    private Multi<List<StoredReading>> slices(List<ReadingPartition> partitions, Asked asked) {
        return Multi.createFrom()
                .deferred(() -> new ReadAheadSlices(
                                partitions,
                                partition -> firstPage(partition, asked),
                                page -> nextPage(page, asked),
                                asked.remaining::rows,
                                asked.pageSize)
                        .pages())
                .map(page -> asked.remaining.take(readings(page, asked)))
                .filter(list -> !list.isEmpty());
    }

    private Uni<AsyncResultSet> firstPage(ReadingPartition partition, Asked asked) {
        return database.run(statements -> slice(statements.get(asked.statement()), partition)
                .setBytesUnsafe(3, CqlBytes.ofText(asked.sensor.id().value()))
                .setBytesUnsafe(4, CqlBytes.ofLong(asked.fromMillis))
                .setBytesUnsafe(5, CqlBytes.ofLong(asked.toMillis))
                .setInt(LIMIT, asked.rows())
                .setPageSize(asked.pageSize.rows())
                .setConsistencyLevel(Database.level(asked.consistency))
                .setExecutionProfileName("read")
                .build());
    }

    /** What the pages before were like is known by now, where the driver alone would ask for as many rows as at first. */
    private Uni<AsyncResultSet> nextPage(AsyncResultSet page, Asked asked) {
        BoundStatement statement = (BoundStatement) page.getExecutionInfo().getRequest();
        // Of a page that is as large as the limit Cassandra takes no paging state, and begins anew.
        int mostRows = statement.getInt(LIMIT) - 1;
        return database.run(same -> statement
                .setPagingState(page.getExecutionInfo().getPagingState())
                .setPageSize(Math.min(asked.pageSize.rows(), mostRows)));
    }

    private static List<StoredReading> readings(AsyncResultSet page, Asked asked) {
        int rows = page.remaining();
        long bytes = 0;
        List<StoredReading> readings = new ArrayList<>(rows);
        for (Row row : page.currentPage()) {
            long timestampMillis = CqlBytes.toLong(row.getBytesUnsafe(0));
            ByteBuffer cell = CqlBytes.present(row.getBytesUnsafe(1));
            bytes += cell.remaining();
            if (!asked.isHidden(row, timestampMillis)) {
                readings.add(new StoredReading(timestampMillis, ReadingCell.value(cell), ReadingCell.origin(cell)));
            }
        }
        asked.pageSize.learn(rows, bytes);
        return readings;
    }

    /** How many readings a range may still give. */
    private static final class Remaining {
        private final AtomicLong count;

        Remaining(long count) {
            this.count = new AtomicLong(count);
        }

        boolean any() {
            return count.get() > 0;
        }

        long rows() {
            return count.get();
        }

        List<StoredReading> take(List<StoredReading> page) {
            long wanted = count.get();
            List<StoredReading> taken = page.size() <= wanted ? page : page.subList(0, (int) wanted);
            count.addAndGet(-taken.size());
            return taken;
        }
    }
}
