package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.Statement;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.sensors.SensorId;
import io.telltale.store.HistorySummaries.SegmentKey;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Reads and writes the segments of packs, with their summaries. Knows nothing of which pack is valid: see
 * {@link HistoryMarks}.
 */
@Singleton
class History {

    private static final int READ_BACK_ROWS = 32;
    private static final byte[] NONE = {};

    private final Database database;
    private final HistorySummaries summaries;

    /** A segment of the requested sensor. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Found(long startMillis, byte[] bytes) {}

    @Inject
    History(Database database) {
        this.database = database;
        this.summaries = new HistorySummaries(database);
    }

    /** Reads the segment that holds an instant: the last one of a sensor that starts at or before it. */
    Uni<List<Found>> at(Span span, UUID pack, SensorId sensorId, long millis, DefaultConsistencyLevel level) {
        return database.run(statements -> ofPack(statements.get(Cql.SEGMENT_AT), span, pack)
                        .setString(4, sensorId.value())
                        .setBytesUnsafe(5, CqlBytes.ofLong(millis))
                        .setConsistencyLevel(level)
                        .setExecutionProfileName("read")
                        .build())
                .map(History::found);
    }

    /** Reads segments of a sensor that start between two instants, both exclusive, in one request. */
    Uni<List<Found>> between(
            Span span,
            UUID pack,
            SensorId sensorId,
            long afterMillis,
            long beforeMillis,
            Order order,
            int limit,
            DefaultConsistencyLevel level) {
        Cql cql = order == Order.ASC ? Cql.SEGMENTS_ASCENDING : Cql.SEGMENTS_DESCENDING;
        return database.run(statements -> ofPack(statements.get(cql), span, pack)
                        .setString(4, sensorId.value())
                        .setBytesUnsafe(5, CqlBytes.ofLong(afterMillis))
                        .setBytesUnsafe(6, CqlBytes.ofLong(beforeMillis))
                        .setInt(7, limit)
                        .setConsistencyLevel(level)
                        .setExecutionProfileName("read")
                        .build())
                .map(History::found);
    }

    private static List<Found> found(AsyncResultSet rows) {
        List<Found> found = new ArrayList<>(rows.remaining());
        for (Row row : rows.currentPage()) {
            found.add(new Found(CqlBytes.toLong(row.getBytesUnsafe(0)), CqlBytes.copy(row.getBytesUnsafe(1))));
        }
        return found;
    }

    private static BoundStatementBuilder ofPack(PreparedStatement prepared, Span span, UUID pack) {
        return prepared.boundStatementBuilder()
                .setString(0, span.type().name())
                .setInt(1, span.shard())
                .setBytesUnsafe(2, CqlBytes.ofLong(span.startMillis()))
                .setUuid(3, pack);
    }

    /**
     * Writes segments of a pack in one request, then their summaries in another. Completes when they are durable. In
     * this order, each summary has a segment, by which it is found when the pack is removed.
     */
    Uni<Void> write(Span span, UUID pack, List<PackedSegment> segments) {
        return database.run(statements -> batch(statements.get(Cql.INSERT_SEGMENT), span, pack, segments))
                .chain(() -> summaries.write(span, pack, segments));
    }

    private BatchStatement batch(PreparedStatement insert, Span span, UUID pack, List<PackedSegment> segments) {
        BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel(span.type()))
                .setExecutionProfileName("write");
        for (PackedSegment segment : segments) {
            batch.addStatement(ofPack(insert, span, pack)
                    .setString(4, segment.sensorId().value())
                    .setBytesUnsafe(5, CqlBytes.ofLong(segment.startMillis()))
                    .setBytesUnsafe(6, ByteBuffer.wrap(segment.segment()))
                    .setInt(7, segment.ttlSeconds())
                    .build());
        }
        return batch.build();
    }

    /**
     * Reads a whole pack at the write level, some segments per page, with an empty summary where there is none. Their
     * time to live is not read.
     */
    Uni<Page<PackedSegment>> readBack(Span span, UUID pack) {
        return database.run(statements -> ofPack(statements.get(Cql.SEGMENTS_OF_PACK), span, pack)
                        .setPageSize(READ_BACK_ROWS)
                        .setConsistencyLevel(database.writeLevel(span.type()))
                        .setExecutionProfileName("registry")
                        .build())
                .chain(rows -> withSummaries(span, pack, rows));
    }

    private Uni<Page<PackedSegment>> withSummaries(Span span, UUID pack, AsyncResultSet rows) {
        List<PackedSegment> segments = new ArrayList<>(rows.remaining());
        rows.currentPage().forEach(row -> segments.add(segment(row)));
        Optional<Supplier<Uni<Page<PackedSegment>>>> next = rows.hasMorePages()
                ? Optional.of(() -> Database.nextPage(rows).chain(more -> withSummaries(span, pack, more)))
                : Optional.empty();
        List<SensorId> sensors =
                segments.stream().map(PackedSegment::sensorId).distinct().toList();
        return sensors.isEmpty()
                ? Uni.createFrom().item(new Page<>(segments, next))
                : summaries
                        .ofPack(span, pack, sensors)
                        .map(found -> new Page<>(
                                segments.stream()
                                        .map(segment -> segment.withSummary(found.getOrDefault(
                                                new SegmentKey(segment.sensorId(), segment.startMillis()), NONE)))
                                        .toList(),
                                next));
    }

    private static PackedSegment segment(Row row) {
        return new PackedSegment(
                new SensorId(Objects.requireNonNull(row.getString(0))),
                CqlBytes.toLong(row.getBytesUnsafe(1)),
                CqlBytes.copy(row.getBytesUnsafe(2)),
                NONE,
                0);
    }

    /** Removes the segments that this process wrote of a pack, which never becomes valid. */
    Uni<Void> remove(Span span, UUID pack) {
        return remove(span, pack, Statement.NO_DEFAULT_TIMESTAMP);
    }

    /**
     * Removes a pack. Never one that a read may still use, and never one that may become valid.
     *
     * @param micros the write timestamp: segments with later ones stay
     */
    Uni<Void> remove(Span span, UUID pack, long micros) {
        return summaries
                .remove(span, pack, micros)
                .chain(() -> database.run(statements -> ofPack(statements.get(Cql.DELETE_PACK), span, pack)
                        .setQueryTimestamp(micros)
                        .setConsistencyLevel(database.writeLevel(span.type()))
                        .setExecutionProfileName("write")
                        .build()))
                .replaceWithVoid();
    }
}
