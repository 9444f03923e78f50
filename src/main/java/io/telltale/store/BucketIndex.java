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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Which buckets of a sensor hold readings. A bucket is listed before any reading in it is acknowledged, and never taken
 * off the list while a reading in it may live, so that what is not listed is certainly empty; what is listed may be.
 */
@Singleton
public class BucketIndex {

    /** So many sensors are listed by one batch: some 60 bytes each, far below Cassandra's limits. */
    private static final int LISTINGS_PER_BATCH = 500;

    private static final int WEEKS_AT_ONCE = 128;
    /** Partitions that are not asked for first: an hour of the usual layout, and some more. */
    static final int FEW = 8;

    /** How far the clocks of replicas and of Cassandra may differ without a reading outliving its listing. */
    private static final int SLACK_SECONDS = 3_600;

    private final Database database;
    private final Layouts layouts;
    private final Retention retention;
    private final BucketIndexCache cache;

    /**
     * How an entry of the index is written. Its write timestamp is its rank, so that of two entries for one bucket the
     * one that lives longer wins, whichever was written last: a bucket that holds readings from before a retention was
     * set stays listed when new ones join them. Whoever takes an entry off the list one day has to mind that.
     *
     * @param rank the second of its expiry, or a number above all of them
     * @param ttlSeconds how long it lives
     */
    private record Listing(long rank, int ttlSeconds) {
        static final Listing FOR_EVER = new Listing(1L << 40, Retention.NO_TTL);
    }

    @Inject
    BucketIndex(Database database, Layouts layouts, Retention retention, StoreConfig config) {
        this.database = database;
        this.layouts = layouts;
        this.retention = retention;
        this.cache = new BucketIndexCache(
                Bounds.within("telltale.storage.remembered-buckets", config.rememberedBuckets(), 1_000, 10_000_000));
    }

    /** Lists a bucket for the sensors of these readings. Completes when that is durable; at once if it was before. */
    Uni<Void> list(ReadingPartition partition, RowBatch rows) {
        long bucket = partition.bucketStartMillis();
        Set<SensorId> inBucket = cache.missing(rows, bucket);
        if (inBucket.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        long week = Layout.weekStart(bucket);
        List<SensorId> inWeek = inBucket.stream()
                .filter(sensorId -> !cache.contains(sensorId, week, true))
                .toList();
        // Weeks first: a reader finds buckets by way of their week.
        return listWeek(partition.type(), week, inWeek)
                .chain(() -> layouts.toRead(partition.type(), bucket, Consistency.DEFAULT))
                .chain(layout -> listBucket(
                        partition, bucket + layout.versionAt(bucket).bucketMillis(), week, List.copyOf(inBucket)));
    }

    private Uni<Void> listWeek(SensorType type, long week, List<SensorId> sensorIds) {
        Listing listing = listingUntil(type, week + Layout.WEEK_MILLIS);
        return Multi.createFrom()
                .iterable(sensorIds)
                .onItem()
                .transformToUni(sensorId -> database.run(statements -> statements
                                .get(Cql.INSERT_WEEK)
                                .boundStatementBuilder()
                                .setString(0, sensorId.value())
                                .setBytesUnsafe(1, CqlBytes.ofLong(week))
                                .setLong(2, listing.rank())
                                .setInt(3, listing.ttlSeconds())
                                .setConsistencyLevel(database.writeLevel())
                                .setExecutionProfileName("write")
                                .build())
                        .invoke(() -> cache.add(sensorId, week, true)))
                .merge(WEEKS_AT_ONCE)
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<Void> listBucket(ReadingPartition partition, long endMillis, long week, List<SensorId> sensorIds) {
        Listing listing = listingUntil(partition.type(), endMillis);
        return Multi.createFrom()
                .iterable(sensorIds)
                .group()
                .intoLists()
                .of(LISTINGS_PER_BATCH)
                .plug(Concatenation.unis(some -> database.run(
                                statements -> batch(statements, partition, week, listing, some))
                        .invoke(() -> some.forEach(id -> cache.add(id, partition.bucketStartMillis(), false)))))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private BatchStatement batch(
            Statements statements, ReadingPartition partition, long week, Listing listing, List<SensorId> sensorIds) {
        BatchStatementBuilder builder = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel())
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
                    .setLong(5, listing.rank())
                    .setInt(6, listing.ttlSeconds())
                    .build());
        }
        return builder.build();
    }

    /** For as long as a reading before {@code endMillis} may live, and a little longer: clocks differ. */
    private Listing listingUntil(SensorType type, long endMillis) {
        if (retention.isForEver(type)) {
            return Listing.FOR_EVER;
        }
        long expirySecond = retention.expirySecond(type, endMillis) + SLACK_SECONDS;
        long ttlSeconds = Math.max(1, expirySecond - retention.nowSecond());
        return ttlSeconds > Retention.MAX_TTL_SECONDS ? Listing.FOR_EVER : new Listing(expirySecond, (int) ttlSeconds);
    }

    /**
     * The partitions that may hold readings of a sensor in {@code [fromMillis, toMillis)}, in order of time, read week by
     * week as they are asked for.
     */
    public Multi<ReadingPartition> partitions(
            Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
        return partitionsByWeek(sensor, fromMillis, toMillis, order, consistency)
                .plug(Concatenation.contents(items -> items));
    }

    /**
     * The partitions to read for readings of a sensor in {@code [fromMillis, toMillis)}, in order of time, some together.
     * Where they are few, to look into one that is empty costs less than to ask first which are not.
     */
    Multi<List<ReadingPartition>> partitionsToRead(
            Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
        return layouts.toRead(sensor.type(), toMillis, consistency)
                .onItem()
                .transformToMulti(layout -> layout.partitionsIfFew(sensor.id(), fromMillis, toMillis, FEW)
                        .map(few -> Multi.createFrom().item(inOrder(new ArrayList<>(few), order)))
                        .orElseGet(() -> partitionsByWeek(sensor, fromMillis, toMillis, order, consistency)));
    }

    private Multi<List<ReadingPartition>> partitionsByWeek(
            Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
        return layouts.toRead(sensor.type(), toMillis, consistency).onItem().transformToMulti(layout -> weeks(
                        sensor, fromMillis, toMillis, order, consistency)
                .plug(Concatenation.unis(
                        week -> inWeek(sensor, layout, week, fromMillis, toMillis, order, consistency))));
    }

    private Multi<Long> weeks(Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
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
        // A layout that changes within the week moves the sensor to another shard, so to another partition of the
        // index.
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
            starts.sort(order == Order.ASC ? Collections.reverseOrder().reversed() : Collections.reverseOrder());
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
     * The newest bucket, from one on, that may hold readings of each of some sensors of a shard; without those that have
     * none. Of sensors that share a shard it takes one question, or two where a week of the index ends within the hour.
     *
     * @param nowMillis no reading is more than an hour later
     */
    Uni<Map<SensorId, Long>> newestBuckets(
            SensorType type,
            int shard,
            List<SensorId> ids,
            long fromBucketMillis,
            long nowMillis,
            Consistency consistency) {
        return Multi.createFrom()
                .items(Layout.weekStart(fromBucketMillis), Layout.weekStart(nowMillis + 1_000L * SLACK_SECONDS))
                .select()
                .distinct()
                .plug(Concatenation.streams(week -> Pages.of(database.run(statements -> statements
                        .get(Cql.BUCKETS_OF_SOME)
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

    /** At most 5,218 weeks a century, and 10,080 buckets of a minute a week: few enough to hold. */
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
