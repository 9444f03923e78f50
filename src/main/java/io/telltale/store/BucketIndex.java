package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.Row;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.settings.Bounds;
import io.telltale.store.Statements.Cql;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which buckets of a sensor hold readings. A bucket is listed before any reading in it is acknowledged, and never taken
 * off the list, so that what is not listed is certainly empty; what is listed may be.
 */
@Singleton
public class BucketIndex {

    /** So many sensors are listed by one batch: some 60 bytes each, far below Cassandra's limits. */
    private static final int LISTINGS_PER_BATCH = 500;

    private final Database database;
    private final Layouts layouts;
    private final Cache<Listing, Boolean> listed;

    private record Listing(String sensorId, long startMillis, boolean week) {}

    @Inject
    BucketIndex(Database database, Layouts layouts, StoreConfig config) {
        this.database = database;
        this.layouts = layouts;
        this.listed = Caffeine.newBuilder()
                .maximumSize(Bounds.within(
                        "telltale.storage.remembered-buckets", config.rememberedBuckets(), 1_000, 10_000_000))
                .build();
    }

    /** Lists a bucket for the sensors of these readings. Completes when that is durable; at once if it was before. */
    Uni<Void> list(ReadingPartition partition, Collection<RecordedReading> readings) {
        long bucket = partition.bucketStartMillis();
        long week = Layout.weekStart(bucket);
        List<Listing> buckets = new ArrayList<>();
        List<Listing> weeks = new ArrayList<>();
        Set<SensorId> seen = new HashSet<>();
        for (RecordedReading recorded : readings) {
            SensorId sensorId = recorded.reading().sensorId();
            Listing listing = new Listing(sensorId.value(), bucket, false);
            if (listed.getIfPresent(listing) == null && seen.add(sensorId)) {
                buckets.add(listing);
                Listing weekListing = new Listing(sensorId.value(), week, true);
                if (listed.getIfPresent(weekListing) == null) {
                    weeks.add(weekListing);
                }
            }
        }
        if (buckets.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        // Weeks first: a reader finds buckets by way of their week.
        return listWeeks(weeks).chain(() -> listBuckets(partition, week, buckets));
    }

    private Uni<Void> listWeeks(List<Listing> weeks) {
        return Multi.createFrom()
                .iterable(weeks)
                .onItem()
                .transformToUni(week -> database.run(statements -> statements
                                .get(Cql.INSERT_WEEK)
                                .boundStatementBuilder()
                                .setString(0, week.sensorId())
                                .setBytesUnsafe(1, CqlBytes.ofLong(week.startMillis()))
                                .setConsistencyLevel(database.writeLevel())
                                .setExecutionProfileName("write")
                                .build())
                        .invoke(() -> listed.put(week, true)))
                .merge(32)
                .collect()
                .last()
                .replaceWithVoid();
    }

    private Uni<Void> listBuckets(ReadingPartition partition, long week, List<Listing> buckets) {
        List<List<Listing>> batches = new ArrayList<>();
        for (int from = 0; from < buckets.size(); from += LISTINGS_PER_BATCH) {
            batches.add(buckets.subList(from, Math.min(buckets.size(), from + LISTINGS_PER_BATCH)));
        }
        return Multi.createFrom()
                .iterable(batches)
                .onItem()
                .transformToUniAndConcatenate(
                        batch -> database.run(statements -> batch(statements, partition, week, batch))
                                .invoke(() -> batch.forEach(listing -> listed.put(listing, true))))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private BatchStatement batch(Statements statements, ReadingPartition partition, long week, List<Listing> batch) {
        BatchStatementBuilder builder = BatchStatement.builder(DefaultBatchType.UNLOGGED)
                .setConsistencyLevel(database.writeLevel())
                .setExecutionProfileName("write");
        for (Listing listing : batch) {
            builder.addStatement(statements
                    .get(Cql.INSERT_BUCKET)
                    .boundStatementBuilder()
                    .setString(0, partition.type().name())
                    .setInt(1, partition.shard())
                    .setBytesUnsafe(2, CqlBytes.ofLong(week))
                    .setString(3, listing.sensorId())
                    .setBytesUnsafe(4, CqlBytes.ofLong(listing.startMillis()))
                    .build());
        }
        return builder.build();
    }

    /**
     * The partitions that may hold readings of a sensor in {@code [fromMillis, toMillis)}, in order of time, read week by
     * week as they are asked for.
     */
    public Multi<ReadingPartition> partitions(
            Sensor sensor, long fromMillis, long toMillis, Order order, Consistency consistency) {
        return layouts.of(sensor.type()).onItem().transformToMulti(layout -> weeks(
                        sensor, fromMillis, toMillis, order, consistency)
                .onItem()
                .transformToMultiAndConcatenate(
                        week -> inWeek(sensor, layout, week, fromMillis, toMillis, order, consistency)));
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
                .map(newestFirst -> inOrder(newestFirst, order))
                .onItem()
                .transformToMulti(weeks -> Multi.createFrom().iterable(weeks));
    }

    private Multi<ReadingPartition> inWeek(
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
        return Uni.join().all(byVersion).andFailFast().onItem().transformToMulti(found -> {
            List<Long> starts = new ArrayList<>();
            found.forEach(starts::addAll);
            starts.sort(order == Order.ASC ? Collections.reverseOrder().reversed() : Collections.reverseOrder());
            return Multi.createFrom()
                    .iterable(starts)
                    .map(start -> layout.partitionOf(sensor.id(), start))
                    .skip()
                    .repetitions();
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

    private static List<Long> inOrder(List<Long> newestFirst, Order order) {
        if (order == Order.ASC) {
            Collections.reverse(newestFirst);
        }
        return newestFirst;
    }
}
