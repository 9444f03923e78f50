package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorId;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Reads and writes the summaries of packs. A valid pack has summaries of all its segments, so a sensor without any has
 * no readings in the span.
 */
@Singleton
class HistorySummaries {

    private static final int SENSORS_PER_BATCH = 100;

    private final Database database;

    /** The summaries of a segment, of a pack that may be valid or not. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Found(long spanMillis, UUID pack, byte[] bytes) {}

    /** A segment of a pack. */
    record SegmentKey(SensorId sensorId, long startMillis) {}

    @Inject
    HistorySummaries(Database database) {
        this.database = database;
    }

    /**
     * Reads the summaries of a sensor in the spans of a week that start in {@code [fromMillis, toMillis)}, in order of
     * time for each pack.
     */
    Uni<List<Found>> of(
            ShardWeek week, SensorId sensorId, long fromMillis, long toMillis, DefaultConsistencyLevel level) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.SUMMARIES)
                        .boundStatementBuilder()
                        .setString(0, week.type().name())
                        .setInt(1, week.shard())
                        .setBytesUnsafe(2, CqlBytes.ofLong(week.startMillis()))
                        .setString(3, sensorId.value())
                        .setBytesUnsafe(4, CqlBytes.ofLong(fromMillis))
                        .setBytesUnsafe(5, CqlBytes.ofLong(toMillis))
                        .setConsistencyLevel(level)
                        .setExecutionProfileName("read")
                        .build()))
                .collect()
                .in(ArrayList<Found>::new, HistorySummaries::add)
                .map(found -> found);
    }

    private static void add(List<Found> found, AsyncResultSet page) {
        for (Row row : page.currentPage()) {
            found.add(new Found(
                    CqlBytes.toLong(row.getBytesUnsafe(0)),
                    Objects.requireNonNull(row.getUuid(1)),
                    CqlBytes.copy(row.getBytesUnsafe(2))));
        }
    }

    /** Writes the summaries of segments of a pack in one request. Completes when they are durable. */
    Uni<Void> write(Span span, UUID pack, List<PackedSegment> segments) {
        return database.run(statements -> batch(statements.get(Cql.INSERT_SUMMARIES), span, pack, segments))
                .replaceWithVoid();
    }

    private BatchStatement batch(PreparedStatement insert, Span span, UUID pack, List<PackedSegment> segments) {
        BatchStatementBuilder batch = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel(span.type()))
                .setExecutionProfileName("write");
        for (PackedSegment segment : segments) {
            batch.addStatement(inWeek(insert, span)
                    .setString(3, segment.sensorId().value())
                    .setBytesUnsafe(4, CqlBytes.ofLong(span.startMillis()))
                    .setUuid(5, pack)
                    .setBytesUnsafe(6, CqlBytes.ofLong(segment.startMillis()))
                    .setBytesUnsafe(7, ByteBuffer.wrap(segment.summary()))
                    .setInt(8, segment.ttlSeconds())
                    .build());
        }
        return batch.build();
    }

    /** Reads the summaries of some sensors in a pack, at the write level. */
    Uni<Map<SegmentKey, byte[]>> ofPack(Span span, UUID pack, List<SensorId> sensorIds) {
        return Pages.of(database.run(statements -> inWeek(statements.get(Cql.SUMMARIES_OF_PACK), span)
                        .setList(3, sensorIds.stream().map(SensorId::value).toList(), String.class)
                        .setBytesUnsafe(4, CqlBytes.ofLong(span.startMillis()))
                        .setUuid(5, pack)
                        .setConsistencyLevel(database.writeLevel(span.type()))
                        .setExecutionProfileName("registry")
                        .build()))
                .collect()
                .in(HashMap<SegmentKey, byte[]>::new, (found, page) -> {
                    for (Row row : page.currentPage()) {
                        found.put(
                                new SegmentKey(
                                        new SensorId(Objects.requireNonNull(row.getString(0))),
                                        CqlBytes.toLong(row.getBytesUnsafe(1))),
                                CqlBytes.copy(row.getBytesUnsafe(2)));
                    }
                })
                .map(found -> found);
    }

    /**
     * Removes the summaries of a pack. Its segments name the sensors, so they must still exist.
     *
     * @param micros the write timestamp: summaries with later ones stay
     */
    Uni<Void> remove(Span span, UUID pack, long micros) {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.SENSORS_OF_PACK)
                        .boundStatementBuilder()
                        .setString(0, span.type().name())
                        .setInt(1, span.shard())
                        .setBytesUnsafe(2, CqlBytes.ofLong(span.startMillis()))
                        .setUuid(3, pack)
                        .setConsistencyLevel(database.writeLevel(span.type()))
                        .setExecutionProfileName("registry")
                        .build()))
                .plug(Concatenation.contents(HistorySummaries::sensorIds))
                .group()
                .intoLists()
                .of(SENSORS_PER_BATCH)
                .plug(Concatenation.unis(some -> remove(span, pack, some, micros)))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private static List<String> sensorIds(AsyncResultSet page) {
        List<String> ids = new ArrayList<>(page.remaining());
        page.currentPage().forEach(row -> ids.add(Objects.requireNonNull(row.getString(0))));
        return ids;
    }

    private Uni<AsyncResultSet> remove(Span span, UUID pack, List<String> sensorIds, long micros) {
        return database.run(statements -> BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel(span.type()))
                .setExecutionProfileName("write")
                .setQueryTimestamp(micros)
                .addStatements(sensorIds.stream()
                        .map(id -> inWeek(statements.get(Cql.DELETE_SUMMARIES), span)
                                .setString(3, id)
                                .setBytesUnsafe(4, CqlBytes.ofLong(span.startMillis()))
                                .setUuid(5, pack)
                                .build())
                        .collect(Collectors.toList()))
                .build());
    }

    private static BoundStatementBuilder inWeek(PreparedStatement prepared, Span span) {
        return prepared.boundStatementBuilder()
                .setString(0, span.type().name())
                .setInt(1, span.shard())
                .setBytesUnsafe(2, CqlBytes.ofLong(span.week().startMillis()));
    }
}
