package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import io.quarkus.arc.Arc;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.local.SharedStack;
import io.telltale.segment.ReadingCursor;
import io.telltale.segment.SegmentReading;
import io.telltale.segment.WinnerRule;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.TimeRange;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongUnaryOperator;

/** Access of tests outside this package to fresh and recent segments. */
public final class MergingAccess {

    private static final TimeRange EVER = new TimeRange(Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS);

    private MergingAccess() {}

    /** What a writer writes for some records that arrive in a minute: rows with numbers from a first one. */
    public static List<FreshRow> rows(
            FreshMinute minute, List<RecordedReading> records, UUID writer, long firstSeq, long micros) {
        return rows(minute, records, writer, firstSeq, micros, timestampMillis -> SegmentReading.NEVER);
    }

    /**
     * The same, of readings that expire.
     *
     * @param expirySecond the second of the expiry, by event time
     */
    public static List<FreshRow> rows(
            FreshMinute minute,
            List<RecordedReading> records,
            UUID writer,
            long firstSeq,
            long micros,
            LongUnaryOperator expirySecond) {
        RowBatch batch = RowBatchTest.rows(records);
        List<FreshSegment> segments = FreshEncoder.encode(
                batch,
                Deduplication.winners(batch),
                minute.startMillis() - FreshWriter.HORIZON.toMillis(),
                expirySecond);
        List<FreshRow> rows = new ArrayList<>();
        for (FreshSegment segment : segments) {
            rows.add(new FreshRow(
                    new FreshKey(segment.isLate(), segment.shard(), writer, firstSeq + rows.size(), micros),
                    segment.sensors(),
                    segment.segment()));
        }
        return rows;
    }

    /** The longest write that a writer acknowledges. */
    public static Duration maxWrite() {
        return FreshWriter.MAX_WRITE;
    }

    public static FreshMinute minute(SensorType type, long millis) {
        return new FreshMinute(new Lane(type, Lane.FIRST), FreshMinute.startOf(millis));
    }

    /** The readings of a sensor in a segment. */
    public static List<PackableReading> readings(byte[] sensors, byte[] segment, SensorId id) {
        List<PackableReading> readings = new ArrayList<>();
        Optional<ReadingCursor> found =
                FreshSegment.readings(ByteBuffer.wrap(sensors), ByteBuffer.wrap(segment), id, EVER);
        while (found.isPresent() && found.get().next()) {
            readings.add(PackableReading.of(id, found.get()));
        }
        return readings;
    }

    /** Of two readings of one instant the winner. */
    public static PackableReading winner(PackableReading one, PackableReading other) {
        return WinnerRule.ORDER.compare(one, other) >= 0 ? one : other;
    }

    /** The tables as one replica of the running service uses them. */
    public static MergingTables tables() {
        return new StoredMergingTables(bean(Database.class), bean(Layouts.class), Clock.systemUTC());
    }

    /** The week of an instant. */
    public static ShardWeek week(SensorType type, int shard, long millis) {
        return new ShardWeek(type, shard, Layout.weekStart(millis));
    }

    /** The tables of packs as one replica of the running service uses them. */
    public static SpanTables spanTables() {
        return new StoredSpanTables(
                bean(Database.class),
                bean(Layouts.class),
                bean(History.class),
                bean(DeletionLog.class),
                Clock.systemUTC());
    }

    /** Creates a type whose readings are written as segments, before the service sees it. */
    public static SensorType typeWithSegments(String name) {
        bean(Database.class).whenReady().await().atMost(Duration.ofSeconds(60));
        SensorType type = new SensorType(name + "-" + SharedStack.get().nextNumber());
        new Layouts(bean(Database.class), StoreSettings.in(keyspace()).withSegments(), Clock.systemUTC())
                .toPlace(type, 0)
                .await()
                .atMost(Duration.ofSeconds(30));
        return type;
    }

    /** Writes readings that arrive at a time. */
    public static void write(SensorType type, long arrivalMillis, List<RecordedReading> records) {
        new FreshWriter(
                        bean(Database.class),
                        bean(Retention.class),
                        Clock.fixed(Instant.ofEpochMilli(arrivalMillis), ZoneOffset.UTC))
                .write(new Lane(type, Lane.FIRST), RowBatchTest.rows(records))
                .await()
                .atMost(Duration.ofSeconds(30));
    }

    /** Writes a segment into a minute behind the service's back, with a write timestamp. */
    public static void writeAt(FreshMinute minute, List<RecordedReading> records, long micros) {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            for (FreshRow row : rows(minute, records, UUID.randomUUID(), 1, micros)) {
                session.execute(
                        ("INSERT INTO %s.fresh (type, lane, minute, late, shard, writer, seq, sensors, segment)"
                                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?")
                                .formatted(keyspace()),
                        minute.lane().type().name(),
                        minute.lane().number(),
                        Instant.ofEpochMilli(minute.startMillis()),
                        row.key().isLate(),
                        row.key().shard(),
                        row.key().writer(),
                        row.key().seq(),
                        ByteBuffer.wrap(row.sensors()),
                        ByteBuffer.wrap(row.segment()),
                        micros);
            }
        }
    }

    /** The readings that the service gives for a range. */
    public static List<StoredReading> range(Sensor sensor, long from, long to, Order order, long limit) {
        return bean(ReadingStore.class)
                .range(sensor, from, to, order, limit, Consistency.DEFAULT)
                .collect()
                .in(ArrayList<StoredReading>::new, List::addAll)
                .await()
                .atMost(Duration.ofSeconds(60));
    }

    /** The number of recent segments of a type. */
    public static int recentSegments(SensorType type) {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            return (int) session.execute("SELECT type FROM %s.recent".formatted(keyspace())).all().stream()
                    .filter(row -> type.name().equals(row.getString(0)))
                    .count();
        }
    }

    private static String keyspace() {
        return bean(StoreConfig.class).keyspace();
    }

    private static <T> T bean(Class<T> type) {
        return Arc.container().instance(type).get();
    }
}
