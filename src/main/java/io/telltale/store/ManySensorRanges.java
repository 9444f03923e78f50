package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.ReadingStore.SensorReading;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Reads the readings of many sensors in a range, sensor by sensor.
 *
 * <p>There are two strategies. One reads each sensor with its own requests, some sensors ahead. The other reads each
 * partition once for all sensors of a batch, which saves requests, but holds all readings of the batch. The second
 * strategy pays if the range has few buckets and each sensor has few readings in it. So the batch size adapts to the
 * readings found; when batches become small, the remaining sensors are read one by one.
 */
@Singleton
public class ManySensorRanges {

    /** How many sensors are read ahead. */
    static final int SENSORS_AHEAD = 16;

    /** How many readings of a sensor are read ahead; the others are read on demand. */
    static final int READINGS_AHEAD = 1_000;

    /** The same limit in characters of texts; exceeded by up to a page. */
    static final long CHARACTERS_AHEAD = 64 << 10;

    /** The maximum number of readings held of a batch. One more batch may be in flight. */
    static final int MAX_BATCH_READINGS = 8_000;

    private static final int MIN_BATCH_SENSORS = 16;
    private static final int MAX_BATCH_SENSORS = 256;
    private static final long MAX_BATCH_CHARACTERS = 1 << 20;
    private static final int CONCURRENT_PARTITIONS = 8;
    private static final int PAGE_ROWS = 1_000;

    private final ReadingStore readings;
    private final Layouts layouts;
    private final DeletionLog deletions;

    /** Some readings of a sensor, ordered by event time. */
    public record SensorReadings(SensorId sensorId, List<StoredReading> readings) {}

    @Inject
    ManySensorRanges(ReadingStore readings, Layouts layouts, DeletionLog deletions) {
        this.readings = readings;
        this.layouts = layouts;
        this.deletions = deletions;
    }

    /**
     * Reads the readings of sensors in {@code [fromMillis, toMillis)}, in the order of the sensors and then by event
     * time, on demand. Memory is bounded regardless of the range and the number of sensors.
     *
     * @param sensors without duplicates
     * @return fails with {@link StoreUnavailableException} when Cassandra cannot answer at this level
     */
    public Multi<List<SensorReadings>> read(
            List<Sensor> sensors, long fromMillis, long toMillis, Consistency consistency) {
        SharedRange range = new SharedRange(fromMillis, toMillis, consistency);
        return Multi.createFrom()
                .deferred(() -> {
                    RemainingSensors remaining = new RemainingSensors(sensors);
                    return Concatenation.repeated(() -> remaining.next(range), NextReadings::isMore);
                })
                // Prefetches one batch while the subscriber handles the previous one.
                .emitOn(Runnable::run, 1)
                .plug(Concatenation.streams(NextReadings::readings));
    }

    private record SharedRange(long fromMillis, long toMillis, Consistency consistency) {}

    private record NextReadings(Multi<List<SensorReadings>> readings, boolean isMore) {}

    /** The sensors that are not read yet, and the size of the next batch. */
    private final class RemainingSensors {
        private List<Sensor> sensors;
        private int batchSize = MIN_BATCH_SENSORS;

        RemainingSensors(List<Sensor> sensors) {
            this.sensors = sensors;
        }

        Uni<NextReadings> next(SharedRange range) {
            if (batchSize < MIN_BATCH_SENSORS) {
                return Uni.createFrom().item(new NextReadings(oneByOne(sensors, range), false));
            }
            List<Sensor> batch = sensors.subList(0, Math.min(batchSize, sensors.size()));
            sensors = sensors.subList(batch.size(), sensors.size());
            return readBatch(batch, range).map(read -> {
                batchSize = read.nextBatchSize(batch.size());
                return new NextReadings(readings(batch, read, range), !sensors.isEmpty());
            });
        }
    }

    /** Reads all sensors by the first strategy. */
    Multi<List<SensorReadings>> oneByOne(
            List<Sensor> sensors, long fromMillis, long toMillis, Consistency consistency) {
        return oneByOne(sensors, new SharedRange(fromMillis, toMillis, consistency));
    }

    /** Reads the first readings of a sensor; the result gives these, and reads the rest on demand. */
    Uni<Multi<SensorReadings>> start(Sensor sensor, long fromMillis, long toMillis, Consistency consistency) {
        SharedRange range = new SharedRange(fromMillis, toMillis, consistency);
        return readFirst(sensor, range).map(first -> readRest(first, range));
    }

    /** Reads all sensors by the second strategy, as one batch; one by one what exceeds a batch. */
    Multi<List<SensorReadings>> together(
            List<Sensor> sensors, long fromMillis, long toMillis, Consistency consistency) {
        SharedRange range = new SharedRange(fromMillis, toMillis, consistency);
        return readBatch(sensors, range).onItem().transformToMulti(read -> readings(sensors, read, range));
    }

    private Multi<List<SensorReadings>> oneByOne(List<Sensor> sensors, SharedRange range) {
        return ReadAhead.inOrder(sensors, SENSORS_AHEAD, sensor -> readFirst(sensor, range))
                .plug(Concatenation.streams(first -> readRest(first, range)))
                .map(List::of);
    }

    private Uni<FirstReadings> readFirst(Sensor sensor, SharedRange range) {
        return Uni.createFrom().item(() -> new FirstReadings(sensor)).call(first -> readings.range(
                        sensor, range.fromMillis, range.toMillis, Order.ASC, READINGS_AHEAD, range.consistency)
                .invoke(first::add)
                .select()
                .first(page -> !first.isFull())
                .collect()
                .last());
    }

    /** The readings of a sensor that are read ahead; all of its readings if they are few. */
    private static final class FirstReadings {
        private final Sensor sensor;
        private final List<StoredReading> readings = new ArrayList<>();
        private long characters;

        FirstReadings(Sensor sensor) {
            this.sensor = sensor;
        }

        void add(List<StoredReading> page) {
            readings.addAll(page);
            for (StoredReading reading : page) {
                characters += reading.value().characters();
            }
        }

        boolean isFull() {
            return readings.size() >= READINGS_AHEAD || characters > CHARACTERS_AHEAD;
        }
    }

    /** The readings that were read ahead, and then the rest. */
    private Multi<SensorReadings> readRest(FirstReadings first, SharedRange range) {
        List<StoredReading> ahead = first.readings;
        Sensor sensor = first.sensor;
        if (ahead.isEmpty()) {
            return Multi.createFrom().empty();
        }
        Multi<SensorReadings> emitted = Multi.createFrom().item(new SensorReadings(sensor.id(), ahead));
        if (!first.isFull()) {
            return emitted;
        }
        long lastMillis = ahead.get(ahead.size() - 1).timestampMillis();
        Multi<SensorReadings> rest = readings.range(
                        sensor, lastMillis + 1, range.toMillis, Order.ASC, Long.MAX_VALUE, range.consistency)
                .map(page -> new SensorReadings(sensor.id(), page));
        return Concatenation.of(List.of(emitted, rest));
    }

    /** The readings of a batch. Sensors that the batch read incompletely are read one by one, in their place. */
    private Multi<List<SensorReadings>> readings(List<Sensor> batch, BatchReadings read, SharedRange range) {
        List<Multi<List<SensorReadings>>> runs = new ArrayList<>();
        for (int at = 0; at < batch.size(); ) {
            boolean isComplete = read.isComplete(batch.get(at).id());
            int end = at + 1;
            while (end < batch.size() && read.isComplete(batch.get(end).id()) == isComplete) {
                end++;
            }
            List<Sensor> run = batch.subList(at, end);
            runs.add(isComplete ? Multi.createFrom().item(read.of(run)) : oneByOne(run, range));
            at = end;
        }
        return Concatenation.of(runs);
    }

    /** Reads each partition of these sensors once, until the batch is full. */
    private Uni<BatchReadings> readBatch(List<Sensor> batch, SharedRange range) {
        return deletions.known(range.consistency).chain(known -> layoutsOf(batch, range)
                .chain(byType -> readBatch(batch, range, known, byType)));
    }

    private Uni<BatchReadings> readBatch(
            List<Sensor> batch, SharedRange range, Deletions known, Map<SensorType, Layout> byType) {
        BatchReadings read = new BatchReadings();
        Map<ReadingPartition, List<SensorId>> partitions = new LinkedHashMap<>();
        for (Sensor sensor : batch) {
            Layout layout = Objects.requireNonNull(byType.get(sensor.type()));
            // These reads know only rows, and not their write times, which decide whether a deletion covers a reading.
            if (!layout.hasSegments()
                    && known.of(sensor.id(), range.fromMillis, range.toMillis).isEmpty()) {
                layout.partitionsIfFew(sensor.id(), range.fromMillis, range.toMillis, BucketIndex.MAX_UNINDEXED)
                        .ifPresent(few -> {
                            read.expect(sensor.id(), few.size());
                            few.forEach(partition -> partitions
                                    .computeIfAbsent(partition, first -> new ArrayList<>())
                                    .add(sensor.id()));
                        });
            }
        }
        return Multi.createFrom()
                .iterable(partitions.entrySet())
                .onItem()
                .transformToUni(partition -> read(partition.getKey(), partition.getValue(), range, read))
                .merge(CONCURRENT_PARTITIONS)
                .collect()
                .last()
                .replaceWith(read);
    }

    private Uni<Map<SensorType, Layout>> layoutsOf(List<Sensor> batch, SharedRange range) {
        return Multi.createFrom()
                .iterable(batch.stream().map(Sensor::type).collect(Collectors.toSet()))
                .plug(Concatenation.unis(type -> layouts.toRead(type, range.toMillis, range.consistency)))
                .collect()
                .asMap(Layout::type);
    }

    private Uni<Void> read(ReadingPartition partition, List<SensorId> ids, SharedRange range, BatchReadings read) {
        return read.isFull()
                ? Uni.createFrom().voidItem()
                : readings.ofNeighbors(
                                partition,
                                ids,
                                range.fromMillis,
                                range.toMillis,
                                Integer.MAX_VALUE,
                                PAGE_ROWS,
                                range.consistency)
                        .invoke(read::add)
                        .select()
                        .first(page -> !read.isFull())
                        .collect()
                        .last()
                        .invoke(last -> read.complete(ids))
                        .replaceWithVoid();
    }

    /**
     * The readings of a batch. Ends the reads when it is full. Thread-safe: pages of several partitions arrive
     * concurrently.
     */
    private static final class BatchReadings {
        private final Map<SensorId, List<StoredReading>> bySensor = new HashMap<>();
        private final Map<SensorId, Integer> unreadPartitions = new HashMap<>();
        private long readings;
        private long characters;

        /** Registers a sensor of the batch and the number of its partitions. Called before any page is added. */
        void expect(SensorId sensorId, int partitions) {
            bySensor.put(sensorId, new ArrayList<>());
            unreadPartitions.put(sensorId, partitions);
        }

        synchronized void add(List<SensorReading> page) {
            readings += page.size();
            for (SensorReading found : page) {
                Objects.requireNonNull(bySensor.get(found.sensorId())).add(found.reading());
                characters += found.reading().value().characters();
            }
        }

        synchronized boolean isFull() {
            return readings > MAX_BATCH_READINGS || characters > MAX_BATCH_CHARACTERS;
        }

        /** Marks one partition of these sensors as read, unless the batch became full and ended the read. */
        synchronized void complete(List<SensorId> ids) {
            if (!isFull()) {
                ids.forEach(id -> unreadPartitions.merge(id, -1, Integer::sum));
            }
        }

        synchronized boolean isComplete(SensorId sensorId) {
            return unreadPartitions.getOrDefault(sensorId, 1) == 0;
        }

        synchronized List<SensorReadings> of(List<Sensor> sensors) {
            return sensors.stream()
                    .map(sensor -> new SensorReadings(sensor.id(), Objects.requireNonNull(bySensor.get(sensor.id()))))
                    .filter(ofSensor -> !ofSensor.readings().isEmpty())
                    .peek(ofSensor ->
                            ofSensor.readings().sort(Comparator.comparingLong(StoredReading::timestampMillis)))
                    .toList();
        }

        /**
         * The number of sensors that would half fill a batch, judged by this one; 0 if no sensor was read in this
         * batch.
         */
        synchronized int nextBatchSize(int sensors) {
            if (unreadPartitions.isEmpty()) {
                return 0;
            }
            long fitting = MAX_BATCH_READINGS / 2L * sensors / Math.max(1, readings);
            return (int) Math.min(Math.min(fitting, 4L * sensors), MAX_BATCH_SENSORS);
        }
    }
}
