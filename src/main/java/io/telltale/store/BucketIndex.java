package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import io.telltale.store.Statements.Cql;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The index of the buckets that hold readings of a sensor. A bucket's entry is durable before any of its readings is
 * acknowledged, and it expires after all of them. So a bucket without an entry is certainly empty; one with an entry
 * may be.
 */
@Singleton
public class BucketIndex {

    /** Some 60 bytes each, so a batch stays far below Cassandra's limits. */
    private static final int ENTRIES_PER_BATCH = 500;

    private static final int CONCURRENT_WEEKS = 128;

    /**
     * Up to how many partitions are read without a lookup in the index: an hour of the default layout, and some more.
     */
    static final int MAX_UNINDEXED = 8;

    /** The clock skew between replicas and Cassandra up to which no reading outlives its entry. */
    private static final int CLOCK_SKEW_SECONDS = 3_600;

    private final Database database;
    private final Layouts layouts;
    private final Retention retention;
    private final BucketIndexCache cache;

    /**
     * The expiry of an index entry. The rank is the entry's write timestamp: of two entries for one bucket the one
     * that expires later wins, whichever was written last. So a bucket that has readings from before a retention was
     * set keeps its entry when new readings join them. Code that deletes an entry must use a greater write timestamp.
     *
     * @param rank the second of the expiry, or a number above all of them
     * @param ttlSeconds the TTL
     */
    private record EntryExpiry(long rank, int ttlSeconds) {
        static final EntryExpiry NEVER = new EntryExpiry(1L << 40, Retention.NO_TTL);
    }

    @Inject
    BucketIndex(Database database, Layouts layouts, Retention retention, StoreConfig config) {
        this.database = database;
        this.layouts = layouts;
        this.retention = retention;
        this.cache = new BucketIndexCache(
                Bounds.within("telltale.storage.remembered-buckets", config.rememberedBuckets(), 1_000, 10_000_000));
    }

    /** Adds a bucket for the sensors of these rows. Completes when that is durable; immediately if it already is. */
    Uni<Void> add(ReadingPartition partition, RowBatch rows) {
        long bucket = partition.bucketStartMillis();
        Set<SensorId> inBucket = cache.missing(rows, bucket);
        if (inBucket.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        long week = Layout.weekStart(bucket);
        List<SensorId> inWeek = inBucket.stream()
                .filter(sensorId -> !cache.contains(sensorId, week, true))
                .toList();
        // Weeks first: a reader finds buckets through their week.
        return addWeek(partition.type(), week, inWeek)
                .chain(() -> layouts.toRead(partition.type(), bucket, Consistency.DEFAULT))
                .chain(layout -> addBucket(
                        partition, bucket + layout.versionAt(bucket).bucketMillis(), week, List.copyOf(inBucket)));
    }

    private Uni<Void> addWeek(SensorType type, long week, List<SensorId> sensorIds) {
        EntryExpiry expiry = expiryOf(type, week + Layout.WEEK_MILLIS);
        return Multi.createFrom()
                .iterable(sensorIds)
                .onItem()
                .transformToUni(sensorId -> database.run(statements -> statements
                                .get(Cql.INSERT_WEEK)
                                .boundStatementBuilder()
                                .setString(0, sensorId.value())
                                .setBytesUnsafe(1, CqlBytes.ofLong(week))
                                .setLong(2, expiry.rank())
                                .setInt(3, expiry.ttlSeconds())
                                .setConsistencyLevel(database.writeLevel(type))
                                .setExecutionProfileName("write")
                                .build())
                        .invoke(() -> cache.add(sensorId, week, true)))
                .merge(CONCURRENT_WEEKS)
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<Void> addBucket(ReadingPartition partition, long endMillis, long week, List<SensorId> sensorIds) {
        EntryExpiry expiry = expiryOf(partition.type(), endMillis);
        return Multi.createFrom()
                .iterable(sensorIds)
                .group()
                .intoLists()
                .of(ENTRIES_PER_BATCH)
                .plug(Concatenation.unis(
                        some -> database.run(statements -> batch(statements, partition, week, expiry, some))
                                .invoke(() -> some.forEach(id -> cache.add(id, partition.bucketStartMillis(), false)))))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private BatchStatement batch(
            Statements statements,
            ReadingPartition partition,
            long week,
            EntryExpiry expiry,
            List<SensorId> sensorIds) {
        BatchStatementBuilder builder = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel(partition.type()))
                .setExecutionProfileName("write");
        for (SensorId sensorId : sensorIds) {
            builder.addStatement(statements
                    .get(Cql.INSERT_BUCKET)
                    .boundStatementBuilder()
                    .setString(0, partition.type().name())
                    .setInt(1, partition.shard())
                    .setBytesUnsafe(2, CqlBytes.ofLong(week))
                    .setString(3, sensorId.value())
                    .setBytesUnsafe(4, CqlBytes.ofLong(partition.bucketStartMillis()))
                    .setLong(5, expiry.rank())
                    .setInt(6, expiry.ttlSeconds())
                    .build());
        }
        return builder.build();
    }

    /** After the expiry of all readings before {@code endMillis}, with a margin for clock skew. */
    private EntryExpiry expiryOf(SensorType type, long endMillis) {
        if (retention.isUnlimited(type)) {
            return EntryExpiry.NEVER;
        }
        long expirySecond = retention.expirySecond(type, endMillis) + CLOCK_SKEW_SECONDS;
        long ttlSeconds = Math.max(1, expirySecond - retention.nowSecond());
        return ttlSeconds > Retention.MAX_TTL_SECONDS
                ? EntryExpiry.NEVER
                : new EntryExpiry(expirySecond, (int) ttlSeconds);
    }

    /**
     * The partitions that may hold readings of a sensor in {@code [fromMillis, toMillis)}, in order of time. Reads
     * the index week by week on demand.
     */
    public Multi<ReadingPartition> partitions(
            Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
        return layouts.toRead(sensor.type(), toMillis, consistency)
                .onItem()
                .transformToMulti(layout -> partitionsByWeek(layout, sensor, fromMillis, toMillis, order, consistency))
                .plug(Concatenation.contents(items -> items));
    }

    /**
     * The partitions to read for readings of a sensor in {@code [fromMillis, toMillis)}, in order of time and in
     * groups. For few partitions it skips the index: to read an empty partition costs less than the lookup.
     */
    Multi<List<ReadingPartition>> partitionsToRead(
            Layout layout, Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
        return layout.partitionsIfFew(sensor.id(), fromMillis, toMillis, MAX_UNINDEXED)
                .map(few -> Multi.createFrom().item(inOrder(new ArrayList<>(few), order)))
                .orElseGet(() -> partitionsByWeek(layout, sensor, fromMillis, toMillis, order, consistency));
    }

    private Multi<List<ReadingPartition>> partitionsByWeek(
            Layout layout, Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
        return weeks(sensor, fromMillis, toMillis, order, consistency)
                .plug(Concatenation.unis(
                        week -> inWeek(sensor, layout, week, fromMillis, toMillis, order, consistency)));
    }

    /** The weeks that may hold readings of a sensor in {@code [fromMillis, toMillis)}, in the order of the range. */
    Multi<Long> weeks(Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
        List<Long> few = fewWeeks(fromMillis, toMillis);
        if (!few.isEmpty()) {
            return Multi.createFrom().iterable(inOrder(few, order));
        }
        return database.run(statements -> statements
                        .get(Cql.WEEKS)
                        .boundStatementBuilder()
                        .setString(0, sensor.id().value())
                        .setBytesUnsafe(1, CqlBytes.ofLong(Layout.weekStart(fromMillis)))
                        .setBytesUnsafe(2, CqlBytes.ofLong(toMillis))
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("read")
                        .build())
                .chain(BucketIndex::allLongs)
                .map(newestFirst -> {
                    Collections.reverse(newestFirst);
                    return inOrder(newestFirst, order);
                })
                .onItem()
                .transformToMulti(weeks -> Multi.createFrom().iterable(weeks));
    }

    /** The weeks of a range of at most two; empty for more. To read an empty week costs no more than to look it up. */
    private static List<Long> fewWeeks(long fromMillis, long toMillis) {
        long first = Layout.weekStart(fromMillis);
        long last = Layout.weekStart(toMillis - 1);
        if (last - first > Layout.WEEK_MILLIS) {
            return List.of();
        }
        return new ArrayList<>(first == last ? List.of(first) : List.of(first, last));
    }

    private Uni<List<ReadingPartition>> inWeek(
            Sensor sensor,
            Layout layout,
            long week,
            long fromMillis,
            long toMillis,
            Order order,
            Consistency consistency) {
        long from = Math.max(fromMillis, week);
        long to = Math.min(toMillis, week + Layout.WEEK_MILLIS);
        // A layout change within the week moves the sensor to another shard, so to another partition of the index.
        List<Uni<List<Long>>> byVersion = layout.versions().stream()
                .filter(version -> version.validFromMillis() < to)
                .map(version -> version.shardOf(sensor.id()))
                .distinct()
                .map(shard ->
                        buckets(sensor, shard, week, layout.versionAt(from).bucketStart(from), to, consistency))
                .toList();
        return Uni.join().all(byVersion).andFailFast().map(found -> {
            List<Long> starts = new ArrayList<>();
            found.forEach(starts::addAll);
            starts.sort(order == Order.ASC ? Comparator.naturalOrder() : Comparator.reverseOrder());
            return starts.stream()
                    .map(start -> layout.partitionOf(sensor.id(), start))
                    .distinct()
                    .toList();
        });
    }

    private Uni<List<Long>> buckets(
            Sensor sensor, int shard, long week, long fromMillis, long toMillis, Consistency consistency) {
        return database.run(statements -> statements
                        .get(Cql.BUCKETS)
                        .boundStatementBuilder()
                        .setString(0, sensor.type().name())
                        .setInt(1, shard)
                        .setBytesUnsafe(2, CqlBytes.ofLong(week))
                        .setString(3, sensor.id().value())
                        .setBytesUnsafe(4, CqlBytes.ofLong(fromMillis))
                        .setBytesUnsafe(5, CqlBytes.ofLong(toMillis))
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("read")
                        .build())
                .chain(BucketIndex::allLongs);
    }

    /**
     * Finds the newest bucket of each sensor, from a bucket on; without sensors that have none. Takes one request for
     * all sensors of the shard, or two if a week of the index ends within the hour.
     *
     * @param nowMillis the current time; no reading is more than an hour later
     */
    Uni<Map<SensorId, Long>> newestBuckets(
            SensorType type,
            int shard,
            List<SensorId> ids,
            long fromBucketMillis,
            long nowMillis,
            Consistency consistency) {
        return Multi.createFrom()
                .items(Layout.weekStart(fromBucketMillis), Layout.weekStart(nowMillis + 1_000L * CLOCK_SKEW_SECONDS))
                .select()
                .distinct()
                .plug(Concatenation.streams(week -> Pages.of(database.run(statements -> statements
                        .get(Cql.BUCKETS_OF_SENSORS)
                        .boundStatementBuilder()
                        .setString(0, type.name())
                        .setInt(1, shard)
                        .setBytesUnsafe(2, CqlBytes.ofLong(week))
                        .setList(3, ids.stream().map(SensorId::value).toList(), String.class)
                        .setBytesUnsafe(4, CqlBytes.ofLong(fromBucketMillis))
                        .setConsistencyLevel(Database.level(consistency))
                        .setExecutionProfileName("read")
                        .build()))))
                .collect()
                .in(HashMap::new, BucketIndex::addNewest);
    }

    private static void addNewest(Map<SensorId, Long> newest, AsyncResultSet page) {
        for (Row row : page.currentPage()) {
            newest.merge(
                    new SensorId(Objects.requireNonNull(row.getString(0))),
                    CqlBytes.toLong(row.getBytesUnsafe(1)),
                    Math::max);
        }
    }

    /** Holds all values: a century has 5,218 weeks, and a week at most 10,080 buckets. */
    private static Uni<List<Long>> allLongs(AsyncResultSet first) {
        List<Long> all = new ArrayList<>();
        return collect(first, all).replaceWith(all);
    }

    private static Uni<Void> collect(AsyncResultSet page, List<Long> into) {
        for (Row row : page.currentPage()) {
            into.add(CqlBytes.toLong(row.getBytesUnsafe(0)));
        }
        return page.hasMorePages()
                ? Database.nextPage(page).chain(next -> collect(next, into))
                : Uni.createFrom().voidItem();
    }

    private static <T> List<T> inOrder(List<T> oldestFirst, Order order) {
        if (order == Order.DESC) {
            Collections.reverse(oldestFirst);
        }
        return oldestFirst;
    }
}
