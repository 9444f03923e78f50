package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.segment.SegmentReading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.SpanMarks.Mark;
import io.telltale.store.SpanMarks.State;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** The tables of packing in Cassandra. */
@Singleton
class StoredPackingTables implements PackingTables {

    private static final int PAGE_WEEKS = 1_000;

    /** Marks have the precision of milliseconds, segments that of microseconds. No pack is written again. */
    private static final long REMOVAL_MARGIN_MICROS = 1_000_000;

    private final Database database;
    private final Layouts layouts;
    private final HistoryMarks marks;
    private final History history;
    private final Retention retention;
    private final Clock clock;
    private final UUID replica = UUID.randomUUID();
    private final Leases leases;

    @Inject
    StoredPackingTables(
            Database database, Layouts layouts, HistoryMarks marks, History history, Retention retention, Clock clock) {
        this.database = database;
        this.layouts = layouts;
        this.marks = marks;
        this.history = history;
        this.retention = retention;
        this.clock = clock;
        this.leases = new Leases(database, replica);
    }

    @Override
    public boolean isReady() {
        return database.isReady();
    }

    @Override
    public boolean isPackable(SensorType type) {
        return database.isUnionCertain(type, database.writeLevel(type));
    }

    @Override
    public Uni<Page<ShardWeek>> weeks() {
        return database.run(statements -> statements
                        .get(Cql.WEEKS_OF_SHARDS)
                        .boundStatementBuilder()
                        .setPageSize(PAGE_WEEKS)
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> Page.of(rows, StoredPackingTables::week));
    }

    private static ShardWeek week(Row row) {
        return new ShardWeek(
                new SensorType(Objects.requireNonNull(row.getString(0))),
                row.getInt(1),
                CqlBytes.toLong(row.getBytesUnsafe(2)));
    }

    @Override
    public Uni<Layout> layout(SensorType type) {
        return layouts.toRead(type, clock.millis(), Consistency.DEFAULT);
    }

    @Override
    public Uni<Map<Long, SpanMarks>> marks(ShardWeek week) {
        return marks.of(week, week.startMillis(), week.endMillis(), database.writeLevel(week.type()));
    }

    @Override
    public Uni<SpanMarks> marks(Span span) {
        return marks.of(span.week(), span.startMillis(), span.startMillis() + 1, database.writeLevel(span.type()))
                .map(found -> found.getOrDefault(span.startMillis(), SpanMarks.NONE));
    }

    @Override
    public Uni<Boolean> lease(Span span, Duration duration) {
        return leases.take("packing/%s/%d/%d".formatted(span.type(), span.shard(), span.startMillis()), duration);
    }

    @Override
    public Uni<Page<PackableReading>> rows(ReadingPartition partition, int pageRows) {
        return database.run(statements -> statements
                        .get(Cql.ROWS_TO_PACK)
                        .boundStatementBuilder()
                        .setString(0, partition.type().name())
                        .setInt(1, partition.shard())
                        .setBytesUnsafe(2, CqlBytes.ofLong(partition.bucketStartMillis()))
                        .setPageSize(pageRows)
                        .setConsistencyLevel(database.writeLevel(partition.type()))
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> Page.of(rows, this::reading));
    }

    private PackableReading reading(Row row) {
        ByteBuffer cell = CqlBytes.present(row.getBytesUnsafe(2));
        if (ReadingCell.isSealed(cell)) {
            throw new SealedRowException();
        }
        RecordOrigin origin = ReadingCell.origin(cell);
        return new PackableReading(
                new SensorId(Objects.requireNonNull(row.getString(0))),
                CqlBytes.toLong(row.getBytesUnsafe(1)),
                ReadingCell.value(cell),
                ReadingStore.recordTimeMillis(row.getLong(3)),
                origin.position(),
                origin.epoch(),
                row.isNull(4) ? SegmentReading.NEVER : retention.nowSecond() + row.getInt(4));
    }

    @Override
    public Uni<Void> write(Span span, UUID pack, List<PackedSegment> segments) {
        return history.write(span, pack, segments);
    }

    @Override
    public Uni<Page<PackedSegment>> readBack(Span span, UUID pack) {
        return history.readBack(span, pack);
    }

    @Override
    public Mark completion(UUID pack) {
        return new Mark(pack, State.PACKED, marks.nextMicros());
    }

    @Override
    public Uni<Void> complete(Span span, Mark completion, SpanMarks seen) {
        return marks.complete(span, completion, seen);
    }

    @Override
    public Uni<Void> retire(Span span, List<Mark> packs) {
        return Uni.createFrom()
                .deferred(() -> marks.retire(span, packs, new Mark(replica, State.LATE, marks.nextMicros())));
    }

    @Override
    public Uni<Void> remove(Span span, UUID pack) {
        return history.remove(span, pack);
    }

    /**
     * The clock of the replica that wrote the segments may be ahead. They are older than its mark, and the next one.
     */
    @Override
    public Uni<Void> remove(Span span, Mark replaced) {
        return Uni.createFrom()
                .deferred(() -> history.remove(
                        span,
                        replaced.id(),
                        Math.max(marks.nextMicros(), replaced.writtenMicros()) + REMOVAL_MARGIN_MICROS));
    }

    @Override
    public Uni<Void> forget(Span span, Mark replaced) {
        return marks.remove(span, replaced);
    }
}
