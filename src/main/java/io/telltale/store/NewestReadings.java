package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads the newest reading of each of many sensors. Most of them sent a reading within seconds, and many share
 * partitions. So one request reads the bucket index for all sensors of a shard, and one request reads the last
 * seconds of their newest bucket. Only sensors without a reading there take a request each. Sensors without a recent
 * bucket, with deletions, or of a type whose layout changes at this time or has segments are read one by one, by
 * {@link ReadingStore#latest}.
 */
@Singleton
public class NewestReadings {

    /**
     * Short, so that few rows are read of sensors that send each second. Sensors that send less often are read one by
     * one.
     */
    private static final long RECENT_MILLIS = 10_000;

    /** The row limit of a shared request, per sensor on average. */
    private static final int ROWS_PER_SENSOR = 16;

    private static final int CONCURRENT_REQUESTS = 16;

    private final ReadingStore readings;
    private final BucketIndex buckets;
    private final Layouts layouts;
    private final DeletionLog deletions;
    private final Clock clock;

    @Inject
    NewestReadings(ReadingStore readings, BucketIndex buckets, Layouts layouts, DeletionLog deletions, Clock clock) {
        this.readings = readings;
        this.buckets = buckets;
        this.layouts = layouts;
        this.deletions = deletions;
        this.clock = clock;
    }

    /**
     * Reads the newest reading of each sensor by event time; without sensors that have none.
     *
     * @param sensors at most some hundreds, without duplicates
     * @return fails with {@link StoreUnavailableException} when Cassandra cannot answer at this level
     */
    public Uni<Map<SensorId, StoredReading>> of(List<Sensor> sensors, Consistency consistency) {
        Map<SensorId, Sensor> byId = sensors.stream().collect(Collectors.toMap(Sensor::id, sensor -> sensor));
        return deletions
                .known(consistency)
                .chain(known -> inGroups(
                        sensors.stream()
                                .filter(sensor -> known.of(sensor.id()).isEmpty())
                                .collect(Collectors.groupingBy(Sensor::type)),
                        (type, ofType) -> recent(type, ofType, consistency)))
                .chain(found -> addMissing(
                        found,
                        byId.keySet(),
                        id -> readings.latest(
                                Objects.requireNonNull(byId.get(id)), Reading.MAX_TIMESTAMP_MILLIS, consistency)));
    }

    private Uni<Map<SensorId, StoredReading>> recent(SensorType type, List<Sensor> sensors, Consistency consistency) {
        long nowMillis = clock.millis();
        return layouts.toRead(type, Reading.MAX_TIMESTAMP_MILLIS, consistency).chain(layout -> {
            Layout.Version version = layout.versionAt(nowMillis);
            long fromBucket = version.bucketStart(nowMillis) - version.bucketMillis();
            Layout.Version last = layout.versions().get(layout.versions().size() - 1);
            if (last.validFromMillis() > fromBucket || layout.hasSegments()) {
                return Uni.createFrom().item(Map.of());
            }
            return inGroups(
                    sensors.stream().map(Sensor::id).collect(Collectors.groupingBy(version::shardOf)),
                    (shard, ids) -> buckets.newestBuckets(type, shard, ids, fromBucket, nowMillis, consistency)
                            .chain(listed -> inGroups(
                                    listed.keySet().stream().collect(Collectors.groupingBy(listed::get)),
                                    (bucket, inBucket) -> newestIn(
                                            new ReadingPartition(type, shard, bucket),
                                            inBucket,
                                            // A bucket that ended earlier has no recent reading.
                                            bucket + version.bucketMillis() > nowMillis - RECENT_MILLIS,
                                            nowMillis,
                                            consistency))));
        });
    }

    private Uni<Map<SensorId, StoredReading>> newestIn(
            ReadingPartition partition, List<SensorId> ids, boolean isOpen, long nowMillis, Consistency consistency) {
        Uni<Map<SensorId, StoredReading>> shared = isOpen && ids.size() > 1
                ? newestRecent(partition, ids, nowMillis, consistency)
                : Uni.createFrom().item(Map.of());
        return shared.chain(found -> addMissing(found, ids, id -> readings.newestIn(partition, id, consistency)));
    }

    /** The first row of each sensor is its newest reading, also where the row limit cuts off the following sensors. */
    private Uni<Map<SensorId, StoredReading>> newestRecent(
            ReadingPartition partition, List<SensorId> ids, long nowMillis, Consistency consistency) {
        int rows = ROWS_PER_SENSOR * ids.size();
        return readings.ofNeighbors(
                        partition,
                        ids,
                        nowMillis - RECENT_MILLIS,
                        Reading.MAX_TIMESTAMP_MILLIS + 1,
                        rows,
                        rows,
                        consistency)
                .collect()
                .in(
                        HashMap::new,
                        (newest, page) -> page.forEach(found -> newest.putIfAbsent(found.sensorId(), found.reading())));
    }

    /** Adds the newest readings of the sensors that were not found, with a request each. */
    private static Uni<Map<SensorId, StoredReading>> addMissing(
            Map<SensorId, StoredReading> found,
            Collection<SensorId> ids,
            Function<SensorId, Uni<Optional<StoredReading>>> newest) {
        return Multi.createFrom()
                .iterable(ids)
                .filter(id -> !found.containsKey(id))
                .onItem()
                .transformToUni(id -> newest.apply(id)
                        .map(reading -> reading.map(some -> Map.of(id, some)).orElse(Map.of())))
                .merge(CONCURRENT_REQUESTS)
                .collect()
                .in(() -> new HashMap<>(found), Map::putAll);
    }

    /** Reads group by group, concurrently, and combines the results. */
    private static <K, V> Uni<Map<SensorId, StoredReading>> inGroups(
            Map<K, List<V>> groups, BiFunction<K, List<V>, Uni<Map<SensorId, StoredReading>>> newest) {
        return Multi.createFrom()
                .iterable(groups.entrySet())
                .onItem()
                .transformToUni(group -> newest.apply(group.getKey(), group.getValue()))
                .merge(CONCURRENT_REQUESTS)
                .collect()
                .in(HashMap::new, Map::putAll);
    }
}
