package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The tables of merging in Cassandra. */
@Singleton
class StoredMergingTables implements MergingTables {

    /** Of {@link FreshEncoder#MAX_BYTES} at most: a megabyte. Cassandra reads the segments for their keys, too. */
    private static final int PAGE_ROWS = 64;

    private static final int PAGE_PARTITIONS = 500;
    private static final int CONCURRENT = 4;

    private final Database database;
    private final Layouts layouts;
    private final FreshMinutes minutes;
    private final Leases leases;

    /** Of the entries that this process writes. */
    private final UUID writer = UUID.randomUUID();

    private final Clock clock;
    private long lastMicros;

    @Inject
    StoredMergingTables(Database database, Layouts layouts, Clock clock) {
        this.database = database;
        this.layouts = layouts;
        this.clock = clock;
        this.minutes = new FreshMinutes(database);
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
    public boolean isMergeable(SensorType type) {
        return database.isUnionCertain(type, database.writeLevel(type));
    }

    @Override
    public Uni<List<SensorType>> types() {
        return Pages.of(database.run(statements -> statements
                        .get(Cql.FRESH_TYPES)
                        .boundStatementBuilder()
                        .setExecutionProfileName("registry")
                        .build()))
                .collect()
                .in(ArrayList::new, (types, page) -> page.currentPage()
                        .forEach(row -> types.add(new SensorType(Objects.requireNonNull(row.getString(0))))));
    }

    @Override
    public Uni<List<MinuteState>> minutes(SensorType type) {
        return minutes.of(type, database.writeLevel(type));
    }

    @Override
    public Uni<Boolean> lease(FreshMinute minute, Duration duration) {
        return leases.take(
                "merging/%s/%d/%d".formatted(minute.lane().type(), minute.lane().number(), minute.startMillis()),
                duration);
    }

    @Override
    public Uni<Page<FreshRow>> rows(FreshMinute minute) {
        return ofMinute(Cql.FRESH_TO_MERGE, minute)
                .map(rows -> Page.of(
                        rows,
                        row -> new FreshRow(
                                key(row), CqlBytes.copy(row.getBytesUnsafe(5)), CqlBytes.copy(row.getBytesUnsafe(6)))));
    }

    @Override
    public Uni<Page<FreshKey>> keys(FreshMinute minute) {
        return ofMinute(Cql.FRESH_KEYS, minute).map(rows -> Page.of(rows, StoredMergingTables::key));
    }

    private Uni<AsyncResultSet> ofMinute(Cql cql, FreshMinute minute) {
        return database.run(statements -> statements
                .get(cql)
                .boundStatementBuilder()
                .setString(0, minute.lane().type().name())
                .setInt(1, minute.lane().number())
                .setBytesUnsafe(2, CqlBytes.ofLong(minute.startMillis()))
                .setPageSize(PAGE_ROWS)
                .setConsistencyLevel(database.writeLevel(minute.lane().type()))
                .setExecutionProfileName("registry")
                .build());
    }

    private static FreshKey key(Row row) {
        return new FreshKey(
                row.getBoolean(0),
                row.getInt(1),
                Objects.requireNonNull(row.getUuid(2)),
                row.getLong(3),
                row.getLong(4));
    }

    @Override
    public Uni<Layout> layout(SensorType type, long latestMillis) {
        return layouts.toPlace(type, latestMillis);
    }

    @Override
    public Uni<Void> write(RecentSegment segment) {
        RecentSegment.Key key = segment.key();
        return at(key.partition(), Cql.INSERT_RECENT, "write", statement -> statement
                        .setInt(3, key.group())
                        .setUuid(4, key.id())
                        .setBytesUnsafe(5, ByteBuffer.wrap(segment.sensors()))
                        .setBytesUnsafe(6, ByteBuffer.wrap(segment.segment()))
                        .setInt(7, segment.ttlSeconds()))
                .replaceWithVoid();
    }

    @Override
    public Uni<Void> index(Collection<ReadingPartition> buckets) {
        return Multi.createFrom()
                .iterable(buckets)
                .onItem()
                .transformToUni(bucket -> at(bucket, Cql.INSERT_RECENT_ENTRY, "write", statement -> statement
                        .setUuid(3, writer)
                        .setLong(4, nextMicros())))
                .merge(CONCURRENT)
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** A write timestamp after all earlier ones of this process: an entry is removed by the one that was read. */
    private synchronized long nextMicros() {
        lastMicros = Math.max(lastMicros + 1, TimeUnit.MILLISECONDS.toMicros(clock.millis()));
        return lastMicros;
    }

    @Override
    public Uni<Optional<RecentSegment>> readBack(RecentSegment.Key key) {
        return at(key.partition(), Cql.RECENT_SEGMENT, "registry", statement -> statement
                        .setInt(3, key.group())
                        .setUuid(4, key.id()))
                .map(rows -> Optional.ofNullable(rows.one())
                        .map(row -> new RecentSegment(
                                key, CqlBytes.copy(row.getBytesUnsafe(0)), CqlBytes.copy(row.getBytesUnsafe(1)), 0)));
    }

    @Override
    public Uni<Void> remove(RecentSegment.Key key) {
        return at(key.partition(), Cql.DELETE_RECENT, "write", statement -> statement
                        .setInt(3, key.group())
                        .setUuid(4, key.id()))
                .replaceWithVoid();
    }

    private Uni<AsyncResultSet> at(
            ReadingPartition bucket,
            Cql cql,
            String profile,
            Function<BoundStatementBuilder, BoundStatementBuilder> bind) {
        return database.run(statements -> {
            PreparedStatement prepared = statements.get(cql);
            return bind.apply(prepared.boundStatementBuilder()
                            .setString(0, bucket.type().name())
                            .setInt(1, bucket.shard())
                            .setBytesUnsafe(2, CqlBytes.ofLong(bucket.bucketStartMillis())))
                    .setConsistencyLevel(database.writeLevel(bucket.type()))
                    .setExecutionProfileName(profile)
                    .build();
        });
    }

    @Override
    public Uni<Void> mark(FreshMinute minute, ByteBuffer content) {
        return minutes.mark(minute, content);
    }

    @Override
    public Uni<Void> remove(FreshMinute minute, long micros) {
        return database.run(statements -> statements
                        .get(Cql.DELETE_FRESH)
                        .boundStatementBuilder()
                        .setLong(0, micros)
                        .setString(1, minute.lane().type().name())
                        .setInt(2, minute.lane().number())
                        .setBytesUnsafe(3, CqlBytes.ofLong(minute.startMillis()))
                        .setConsistencyLevel(database.writeLevel(minute.lane().type()))
                        .setExecutionProfileName("write")
                        .build())
                .replaceWithVoid();
    }

    @Override
    public Uni<Void> forget(FreshMinute minute, MinuteState.Mark mark) {
        return minutes.remove(minute, mark);
    }

    @Override
    public Uni<Page<FreshMinute>> partitions(int slice) {
        return database.run(statements -> statements
                        .get(Cql.FRESH_PARTITIONS)
                        .boundStatementBuilder()
                        .setLong(0, lastToken(slice - 1))
                        .setLong(1, lastToken(slice))
                        .setPageSize(PAGE_PARTITIONS)
                        .setExecutionProfileName("registry")
                        .build())
                .map(rows -> Page.of(
                        rows,
                        row -> new FreshMinute(
                                new Lane(new SensorType(Objects.requireNonNull(row.getString(0))), row.getInt(1)),
                                CqlBytes.toLong(row.getBytesUnsafe(2)))));
    }

    /** Of Cassandra's default partitioner, whose tokens are all numbers but the least. */
    static long lastToken(int slice) {
        long width = -(Long.MIN_VALUE / (SLICES / 2));
        return slice == SLICES - 1 ? Long.MAX_VALUE : Long.MIN_VALUE + (slice + 1) * width;
    }

    @Override
    public Uni<Void> add(FreshMinute minute) {
        return minutes.add(minute);
    }
}
