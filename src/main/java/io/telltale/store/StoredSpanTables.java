package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.SensorType;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The tables of packing of recent segments in Cassandra. */
@Singleton
class StoredSpanTables implements SpanTables {

    /** Of 64 KB, more with long texts or ids: about a megabyte. */
    private static final int PAGE_SEGMENTS = 16;

    private static final int PAGE_SPANS = 1_000;

    /** The clock of the replica that wrote the segments may be ahead. No pack is written again. */
    private static final long REMOVAL_MARGIN_MICROS = TimeUnit.HOURS.toMicros(1);

    private final Database database;
    private final Layouts layouts;
    private final History history;
    private final DeletionLog deletions;
    private final RecentPacks packs;
    private final Clock clock;
    private final Leases leases;

    @Inject
    StoredSpanTables(Database database, Layouts layouts, History history, DeletionLog deletions, Clock clock) {
        this.database = database;
        this.layouts = layouts;
        this.history = history;
        this.deletions = deletions;
        this.packs = new RecentPacks(database);
        this.clock = clock;
        this.leases = new Leases(database, UUID.randomUUID());
    }

    @Override
    public Uni<Void> whenNeeded() {
        return layouts.whenSegments();
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
    public Uni<List<SensorType>> types() {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.SEGMENT_TYPES)
                        .boundStatementBuilder()
                        .setExecutionProfileName("registry")
                        .build()))
                .plug(Concatenation.contents(StoredSpanTables::types))
                .plug(Concatenation.unis(this::layout))
                .filter(Layout::hasSegments)
                .map(Layout::type)
                .collect()
                .asList();
    }

    private static List<SensorType> types(AsyncResultSet page) {
        List<SensorType> types = new ArrayList<>(page.remaining());
        page.currentPage().forEach(row -> types.add(new SensorType(Objects.requireNonNull(row.getString(0)))));
        return types;
    }

    @Override
    public Uni<Layout> layout(SensorType type) {
        return layouts.toRead(type, clock.millis(), Consistency.DEFAULT);
    }

    @Override
    public Uni<List<RecentBucket>> buckets(SensorType type, int shard) {
        return entries(type, shard, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** Of the partitions of the span alone: another layout version may have placed the shard's buckets otherwise. */
    @Override
    public Uni<List<RecentBucket>> buckets(Span span, Layout layout) {
        Set<ReadingPartition> partitions = Set.copyOf(span.partitions(layout));
        return entries(span.type(), span.shard(), span.startMillis(), span.endMillis())
                .map(found -> found.stream()
                        .filter(entry -> partitions.contains(entry.partition()))
                        .toList());
    }

    private Uni<List<RecentBucket>> entries(SensorType type, int shard, long fromMillis, long toMillis) {
        return Pages.of(database.run(statements -> RecentPacks.inShard(
                                statements.get(Cql.RECENT_ENTRIES).boundStatementBuilder(), type, shard)
                        .setBytesUnsafe(2, CqlBytes.ofLong(fromMillis))
                        .setBytesUnsafe(3, CqlBytes.ofLong(toMillis))
                        .setConsistencyLevel(database.writeLevel(type))
                        .setExecutionProfileName("registry")
                        .build()))
                .collect()
                .in(ArrayList<RecentBucket>::new, (entries, page) -> page.currentPage()
                        .forEach(row -> entries.add(new RecentBucket(
                                new ReadingPartition(type, shard, CqlBytes.toLong(row.getBytesUnsafe(0))),
                                Objects.requireNonNull(row.getUuid(1)),
                                row.getLong(2)))))
                .map(entries -> entries);
    }

    @Override
    public Uni<Page<ShardWeek>> weeks() {
        return database.run(statements -> statements
                        .get(Cql.RECENT_PACK_SPANS)
                        .boundStatementBuilder()
                        .setPageSize(PAGE_SPANS)
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> distinct(Page.of(rows, StoredSpanTables::week)));
    }

    private static ShardWeek week(Row row) {
        return new ShardWeek(
                new SensorType(Objects.requireNonNull(row.getString(0))),
                row.getInt(1),
                Layout.weekStart(CqlBytes.toLong(row.getBytesUnsafe(2))));
    }

    private static <T> Page<T> distinct(Page<T> page) {
        return new Page<>(
                List.copyOf(new LinkedHashSet<>(page.items())),
                page.next().map(next -> () -> next.get().map(StoredSpanTables::distinct)));
    }

    @Override
    public Uni<Map<Long, List<SpanPack>>> packs(ShardWeek week) {
        return packs.first(
                        week.type(),
                        week.shard(),
                        week.startMillis(),
                        week.endMillis(),
                        Order.ASC,
                        week.spans().size(),
                        database.writeLevel(week.type()))
                .map(found -> found.stream()
                        .collect(Collectors.toMap(ofSpan -> ofSpan.span().startMillis(), RecentPacks.OfSpan::packs)));
    }

    @Override
    public Uni<Boolean> lease(Span span, Duration duration) {
        return leases.take(
                "packing-segments/%s/%d/%d".formatted(span.type(), span.shard(), span.startMillis()), duration);
    }

    @Override
    public Uni<Page<StoredSegment>> segments(ReadingPartition bucket) {
        return at(bucket, 0, Cql.RECENT_TO_PACK, "registry", statement -> statement.setPageSize(PAGE_SEGMENTS))
                .map(rows -> Page.of(rows, row -> segment(bucket, row)));
    }

    private static StoredSegment segment(ReadingPartition bucket, Row row) {
        return new StoredSegment(
                new RecentSegment(
                        new RecentSegment.Key(bucket, row.getInt(0), Objects.requireNonNull(row.getUuid(1))),
                        CqlBytes.copy(row.getBytesUnsafe(3)),
                        CqlBytes.copy(row.getBytesUnsafe(4)),
                        0),
                row.getLong(2));
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
    public Uni<Void> mark(Span span, UUID pack, Set<UUID> replaces) {
        return database.run(
                        statements -> of(statements.get(Cql.INSERT_RECENT_PACK).boundStatementBuilder(), span, pack)
                                .setSet(4, replaces, UUID.class)
                                .setConsistencyLevel(database.writeLevel(span.type()))
                                .setExecutionProfileName("write")
                                .build())
                .replaceWithVoid();
    }

    private static BoundStatementBuilder of(BoundStatementBuilder statement, Span span, UUID pack) {
        return RecentPacks.inShard(statement, span.type(), span.shard())
                .setBytesUnsafe(2, CqlBytes.ofLong(span.startMillis()))
                .setUuid(3, pack);
    }

    @Override
    public Uni<Void> remove(Span span, UUID pack) {
        return history.remove(span, pack);
    }

    @Override
    public Uni<Void> remove(StoredKey stored) {
        RecentSegment.Key key = stored.key();
        return at(key.partition(), 0, Cql.DELETE_RECENT, "write", statement -> statement
                        .setInt(3, key.group())
                        .setUuid(4, key.id())
                        .setQueryTimestamp(stored.writtenMicros()))
                .replaceWithVoid();
    }

    @Override
    public Uni<Void> forget(RecentBucket entry) {
        return at(entry.partition(), 1, Cql.DELETE_RECENT_ENTRY, "write", statement -> statement
                        .setLong(0, entry.writtenMicros())
                        .setUuid(4, entry.writer()))
                .replaceWithVoid();
    }

    @Override
    public Uni<Void> remove(Span span, SpanPack replaced) {
        return Uni.createFrom().deferred(() -> {
            long micros = Math.max(TimeUnit.MILLISECONDS.toMicros(clock.millis()), replaced.writtenMicros())
                    + REMOVAL_MARGIN_MICROS;
            return history.remove(span, replaced.id(), micros)
                    .chain(() -> database.run(statements -> of(
                                    statements.get(Cql.DELETE_RECENT_PACK).boundStatementBuilder(), span, replaced.id())
                            .setQueryTimestamp(micros)
                            .setConsistencyLevel(database.writeLevel(span.type()))
                            .setExecutionProfileName("write")
                            .build()))
                    .replaceWithVoid();
        });
    }

    @Override
    public Uni<Deletions> deletions() {
        return deletions.known();
    }

    /** @param first the index of the first column of the bucket's key in a statement */
    private Uni<AsyncResultSet> at(
            ReadingPartition bucket,
            int first,
            Cql cql,
            String profile,
            Function<BoundStatementBuilder, BoundStatementBuilder> bind) {
        return database.run(statements -> bind.apply(statements
                        .get(cql)
                        .boundStatementBuilder()
                        .setString(first, bucket.type().name())
                        .setInt(first + 1, bucket.shard())
                        .setBytesUnsafe(first + 2, CqlBytes.ofLong(bucket.bucketStartMillis())))
                .setConsistencyLevel(database.writeLevel(bucket.type()))
                .setExecutionProfileName(profile)
                .build());
    }
}
