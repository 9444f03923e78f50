package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import io.quarkus.arc.Arc;
import io.telltale.api.Consistency;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** Access of tests outside this package to packed history of the running service. */
public final class HistoryAccess {

    private HistoryAccess() {}

    /** Turns reading of history on or off. */
    public static void read(boolean on) {
        bean(PackedReadings.class).enable(on);
    }

    public static Layout layout(SensorType type) {
        bean(Database.class).whenReady().await().atMost(Duration.ofSeconds(60));
        return bean(Layouts.class).toRead(type, 0, Consistency.DEFAULT).await().atMost(Duration.ofSeconds(30));
    }

    public static void write(ReadingPartition partition, List<RecordedReading> readings) {
        bean(ReadingStore.class)
                .write(partition, RowBatchTest.rows(readings))
                .await()
                .atMost(Duration.ofSeconds(30));
    }

    public static void delete(Deletion deletion) {
        bean(DeletionLog.class).add(deletion).await().atMost(Duration.ofSeconds(30));
    }

    /** Marks a span as changed. */
    public static void change(Span span) {
        bean(LateWrites.class).changed(span).await().atMost(Duration.ofSeconds(30));
    }

    /** Ends the marks of late writes of a span, as ten quiet seconds do. */
    public static void endLateWrites(Span span) {
        bean(LateWrites.class).endIdle(Duration.ZERO);
        Awaitility.await()
                .until(() -> marks(span).marks().stream().noneMatch(mark -> mark.state() == SpanMarks.State.WRITING));
    }

    public static SpanMarks marks(Span span) {
        return bean(StoredPackingTables.class).marks(span).await().atMost(Duration.ofSeconds(30));
    }

    /** The tables as another replica uses them. */
    public static PackingTables otherReplica() {
        return new StoredPackingTables(
                bean(Database.class),
                bean(Layouts.class),
                bean(HistoryMarks.class),
                bean(History.class),
                bean(Retention.class),
                Clock.systemUTC());
    }

    /** How long the lease of a span lasts. */
    public static int leaseSeconds(Span span) {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            return Objects.requireNonNull(session.execute(
                                    "SELECT TTL(holder) FROM %s.leases WHERE name = ?"
                                            .formatted(bean(StoreConfig.class).keyspace()),
                                    "packing/%s/%d/%d".formatted(span.type(), span.shard(), span.startMillis()))
                            .one())
                    .getInt(0);
        }
    }

    /** Writes a segment at a time of another clock. */
    public static void writeSegment(Span span, UUID pack, SensorId sensorId, long micros) {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            session.execute(
                    ("INSERT INTO %s.history (type, shard, span, pack, sensor_id, start, segment)"
                                    + " VALUES (?, ?, ?, ?, ?, ?, 0x01) USING TIMESTAMP ?")
                            .formatted(bean(StoreConfig.class).keyspace()),
                    span.type().name(),
                    span.shard(),
                    Instant.ofEpochMilli(span.startMillis()),
                    pack,
                    sensorId.value(),
                    Instant.ofEpochMilli(span.startMillis()),
                    micros);
        }
    }

    /** Gives the rows of a sensor a time to live. */
    public static void expire(ReadingPartition partition, SensorId sensorId, Duration ttl) {
        rewrite(partition, sensorId, (int) ttl.toSeconds(), cell -> cell);
    }

    /** Replaces the values of a sensor by what looks like sealed ones. */
    public static void seal(ReadingPartition partition, SensorId sensorId) {
        rewrite(
                partition,
                sensorId,
                0,
                cell -> ReadingCell.sealed(ReadingCell.origin(cell), ReadingCell.kindAndContent(cell)));
    }

    private static void rewrite(
            ReadingPartition partition, SensorId sensorId, int ttlSeconds, UnaryOperator<ByteBuffer> change) {
        String table = bean(StoreConfig.class).keyspace() + ".readings";
        Object[] key = {
            partition.type().name(),
            partition.shard(),
            Instant.ofEpochMilli(partition.bucketStartMillis()),
            sensorId.value()
        };
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            session.execute(
                            "SELECT ts, reading FROM " + table
                                    + " WHERE type = ? AND shard = ? AND bucket = ? AND sensor_id = ?",
                            key)
                    .forEach(row -> session.execute(
                            "INSERT INTO " + table + " (type, shard, bucket, sensor_id, ts, reading)"
                                    + " VALUES (?, ?, ?, ?, ?, ?) USING TTL ?",
                            key[0],
                            key[1],
                            key[2],
                            key[3],
                            Objects.requireNonNull(row.getInstant("ts")),
                            change.apply(Objects.requireNonNull(row.getByteBuffer("reading"))),
                            ttlSeconds));
        }
    }

    /** The times to live of the segments of a sensor in seconds; 0 for none. */
    public static List<Integer> segmentTtls(Span span, SensorId sensorId) {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            return session
                    .execute(
                            ("SELECT TTL(segment) FROM %s.history WHERE type = ? AND shard = ? AND span = ? AND pack = ?"
                                            + " AND sensor_id = ?")
                                    .formatted(bean(StoreConfig.class).keyspace()),
                            span.type().name(),
                            span.shard(),
                            Instant.ofEpochMilli(span.startMillis()),
                            marks(span).pack().orElseThrow(),
                            sensorId.value())
                    .all()
                    .stream()
                    .map(row -> row.getInt(0))
                    .toList();
        }
    }

    /** The failure of a row with a sealed value. */
    public static SealedRowException sealedRow() {
        return new SealedRowException();
    }

    /** Removes the rows of a sensor from a partition, behind the service's back. */
    public static void removeRows(ReadingPartition partition, SensorId sensorId) {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            session.execute(
                    "DELETE FROM %s.readings WHERE type = ? AND shard = ? AND bucket = ? AND sensor_id = ?"
                            .formatted(bean(StoreConfig.class).keyspace()),
                    partition.type().name(),
                    partition.shard(),
                    Instant.ofEpochMilli(partition.bucketStartMillis()),
                    sensorId.value());
        }
    }

    /** Removes all segments of a span, behind the service's back; summaries stay. */
    public static void removeSegments(Span span) {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            session.execute(
                    "DELETE FROM %s.history WHERE type = ? AND shard = ? AND span = ?"
                            .formatted(bean(StoreConfig.class).keyspace()),
                    span.type().name(),
                    span.shard(),
                    Instant.ofEpochMilli(span.startMillis()));
        }
    }

    /** The number of segments whose summaries are stored of a shard in the week of a span. */
    public static int summaries(Span span) {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            return session.execute(
                            "SELECT start FROM %s.history_summaries WHERE type = ? AND shard = ? AND week = ?"
                                    .formatted(bean(StoreConfig.class).keyspace()),
                            span.type().name(),
                            span.shard(),
                            Instant.ofEpochMilli(span.week().startMillis()))
                    .all()
                    .size();
        }
    }

    /** Changes a byte of each segment of a sensor. */
    public static void damage(Span span, SensorId sensorId) {
        UUID pack = marks(span).pack().orElseThrow();
        History history = bean(History.class);
        Page<PackedSegment> page = history.readBack(span, pack).await().atMost(Duration.ofSeconds(30));
        page.items().stream()
                .filter(segment -> segment.sensorId().equals(sensorId))
                .forEach(segment -> {
                    byte[] bytes = segment.segment().clone();
                    bytes[bytes.length / 2] ^= 8;
                    history.write(
                                    span,
                                    pack,
                                    List.of(new PackedSegment(
                                            sensorId, segment.startMillis(), bytes, segment.summary(), 0)))
                            .await()
                            .atMost(Duration.ofSeconds(30));
                });
    }

    private static <T> T bean(Class<T> type) {
        return Arc.container().instance(type).get();
    }
}
