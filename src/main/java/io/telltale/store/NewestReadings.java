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
 * The newest reading of each of many sensors. Most of them sent something lately, and neighbours share partitions: so the
 * bucket index is asked once for all sensors of a shard, then their newest bucket once for what came in the last seconds,
 * and only then for each of those that have nothing there. Whoever is in no recent bucket, has deletions, or is of a type
 * whose layout is about to change is looked for alone, as {@link ReadingStore#latest} does.
 */
@Singleton
public class NewestReadings {

    /** Sensors that send less often are asked for one by one; what is read of those that send each second is little. */
    private static final long LATELY_MILLIS = 10_000;

    /** So many readings of a sensor are read for its newest one, on the average of its neighbours. */
    private static final int ROWS_OF_SENSOR = 16;

    private static final int QUESTIONS_AT_ONCE = 16;

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
     * The newest reading of each by event time; without those that have none.
     *
     * @param sensors some hundreds at most, each once
     * @return fails with {@link StoreUnavailableException} when Cassandra cannot answer at that level
     */
    public Uni<Map<SensorId, StoredReading>> of(List<Sensor> sensors, Consistency consistency) {
        Map<SensorId, Sensor> byId = sensors.stream().collect(Collectors.toMap(Sensor::id, sensor -> sensor));
        return deletions
                .known(consistency)
                .chain(known -> all(
                        sensors.stream()
                                .filter(sensor -> known.of(sensor.id()).isEmpty())
                                .collect(Collectors.groupingBy(Sensor::type)),
                        (type, ofType) -> recent(type, ofType, consistency)))
                .chain(found -> others(
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
            if (last.validFromMillis() > fromBucket) {
                return Uni.createFrom().item(Map.of());
            }
            return all(
                    sensors.stream().map(Sensor::id).collect(Collectors.groupingBy(version::shardOf)),
                    (shard, ids) -> buckets.newestBuckets(type, shard, ids, fromBucket, nowMillis, consistency)
                            .chain(listed -> all(
                                    listed.keySet().stream().collect(Collectors.groupingBy(listed::get)),
                                    (bucket, inBucket) -> newestIn(
                                            new ReadingPartition(type, shard, bucket),
                                            inBucket,
                                            // What ended before holds nothing that came lately.
                                            bucket + version.bucketMillis() > nowMillis - LATELY_MILLIS,
                                            nowMillis,
                                            consistency))));
        });
    }

    private Uni<Map<SensorId, StoredReading>> newestIn(
            ReadingPartition partition, List<SensorId> ids, boolean isOpen, long nowMillis, Consistency consistency) {
        Uni<Map<SensorId, StoredReading>> lately = isOpen && ids.size() > 1
                ? lately(partition, ids, nowMillis, consistency)
                : Uni.createFrom().item(Map.of());
        return lately.chain(found -> others(found, ids, id -> readings.newestIn(partition, id, consistency)));
    }

    /** The first of each is its newest, also where what is read does not come to all of them. */
    private Uni<Map<SensorId, StoredReading>> lately(
            ReadingPartition partition, List<SensorId> ids, long nowMillis, Consistency consistency) {
        int rows = ROWS_OF_SENSOR * ids.size();
        return readings.ofNeighbours(
                        partition,
                        ids,
                        nowMillis - LATELY_MILLIS,
                        Reading.MAX_TIMESTAMP_MILLIS + 1,
                        rows,
                        rows,
                        consistency)
                .collect()
                .in(
                        HashMap::new,
                        (newest, page) -> page.forEach(found -> newest.putIfAbsent(found.sensorId(), found.reading())));
    }

    /** What was found, and of the others what is found of each alone. */
    private static Uni<Map<SensorId, StoredReading>> others(
            Map<SensorId, StoredReading> found,
            Collection<SensorId> ids,
            Function<SensorId, Uni<Optional<StoredReading>>> newest) {
        return Multi.createFrom()
                .iterable(ids)
                .filter(id -> !found.containsKey(id))
                .onItem()
                .transformToUni(id -> newest.apply(id)
                        .map(reading -> reading.map(some -> Map.of(id, some)).orElse(Map.of())))
                .merge(QUESTIONS_AT_ONCE)
                .collect()
                .in(() -> new HashMap<>(found), Map::putAll);
    }

    /** What is found of each group, in one. */
    private static <K, V> Uni<Map<SensorId, StoredReading>> all(
            Map<K, List<V>> groups, BiFunction<K, List<V>, Uni<Map<SensorId, StoredReading>>> newest) {
        return Multi.createFrom()
                .iterable(groups.entrySet())
                .onItem()
                .transformToUni(group -> newest.apply(group.getKey(), group.getValue()))
                .merge(QUESTIONS_AT_ONCE)
                .collect()
                .in(HashMap::new, Map::putAll);
    }
}
