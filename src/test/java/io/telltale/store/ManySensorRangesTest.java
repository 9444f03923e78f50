package io.telltale.store;

import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.telltale.api.Consistency;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.store.ManySensorRanges.SensorReadings;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares ranges of many sensors with sorted maps, for each strategy and for the service's choice. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ManySensorRangesTest {

    private static final long SEED = 20_261_125;
    private static final List<SensorType> TYPES =
            List.of(new SensorType("ranges-test"), new SensorType("ranges-test-2"));
    private static final long BUCKET = 900_000;
    private static final long BEGIN = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();

    private static final Duration SETTLED = Duration.ofMillis(200);

    @Inject
    Database database;

    @Inject
    ReadingStore store;

    @Inject
    ManySensorRanges ranges;

    @Inject
    Layouts layouts;

    @Inject
    DeletionLog deletions;

    @Inject
    StoreConfig config;

    private final Random random = new Random(SEED);
    private final Map<SensorId, NavigableMap<Long, StoredReading>> oracle =
            new TreeMap<>(Comparator.comparing(SensorId::value));

    @BeforeEach
    void awaitCassandra() {
        await(database.whenReady());
    }

    @Test
    void bothStrategiesEqualSortedMaps() {
        List<Sensor> sensors = sensors(60);
        sensors.forEach(sensor -> store(sensor, random.nextInt(4) == 0 ? 0 : random.nextInt(1, 60), i -> instant()));
        for (Sensor sensor : sensors.subList(0, 5)) {
            delete(sensor, BEGIN + random.nextLong(BUCKET), BEGIN + 2 * BUCKET);
        }
        for (int i = 0; i < 40; i++) {
            long a = instant();
            long b = instant();
            Collections.shuffle(sensors, random);
            assertRange(
                    sensors.subList(0, random.nextInt(sensors.size() + 1)),
                    Math.min(a, b),
                    Math.max(a, b) + random.nextInt(2));
        }
        assertRange(sensors, BEGIN - 400 * BUCKET, BEGIN + 400 * BUCKET);
        assertRange(sensors, BEGIN, BEGIN + BUCKET);
    }

    @Test
    void keepsADenseSensorCompleteAndInOrder() {
        List<Sensor> sensors = sensors(20);
        sensors.forEach(sensor -> store(sensor, 30, i -> BEGIN + 1_000L * i));
        for (int dense : List.of(0, 7, 8, 19)) {
            store(sensors.get(dense), ManySensorRanges.MAX_BATCH_READINGS + 1, i -> BEGIN + 100L * i);
        }
        assertRange(sensors, BEGIN, BEGIN + 8 * BUCKET);
        assertRange(sensors, BEGIN, BEGIN + BUCKET);
    }

    @Test
    void aShortRangeOfNeighborsTakesFewRequests() {
        List<Sensor> sensors = NeighborSensors.of(TYPES.get(0), 64);
        sensors.forEach(sensor -> store(sensor, 10, i -> BEGIN + 1_000L * i));
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            long before = NeighborSensors.requests(session, config.keyspace());
            assertThat(flat(ranges.read(sensors, BEGIN, BEGIN + BUCKET, Consistency.DEFAULT)))
                    .hasSize(640);
            // Two batches; one by one would take 64.
            assertThat(NeighborSensors.requests(session, config.keyspace()) - before)
                    .isBetween(2L, 8L);
        }
    }

    /** So the memory is bounded by what is read ahead, and a client that left costs nothing more. */
    @Test
    void readsOnDemandAndStopsWhenItIsCancelled() {
        List<Sensor> sensors = sensors(200);
        sensors.forEach(sensor -> store(sensor, 1, i -> BEGIN + i));
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            LongSupplier requests = () -> NeighborSensors.requests(session, config.keyspace());
            long start = requests.getAsLong();
            assertThat(flat(oneByOne(sensors))).hasSize(sensors.size());
            long begin = requests.getAsLong();
            long allOfThem = begin - start;

            AssertSubscriber<List<SensorReadings>> client =
                    oneByOne(sensors).subscribe().withSubscriber(AssertSubscriber.create(1));
            client.awaitItems(1);
            // What is read ahead completes.
            AtomicLong last = new AtomicLong(-1);
            Awaitility.await().pollInterval(SETTLED).until(() -> last.getAndSet(requests.getAsLong()) == last.get());
            assertThat(last.get() - begin).isBetween(1L, allOfThem / 4);

            client.request(1);
            client.cancel();
            Awaitility.await().pollInterval(SETTLED).until(() -> last.getAndSet(requests.getAsLong()) == last.get());
            assertThat(last.get() - begin).isLessThan(allOfThem / 3);
        }
    }

    private Multi<List<SensorReadings>> oneByOne(List<Sensor> sensors) {
        return ranges.oneByOne(sensors, BEGIN, BEGIN + BUCKET, Consistency.DEFAULT);
    }

    @Test
    void longTextsFillABatchSooner() {
        List<Sensor> sensors = sensors(20);
        for (Sensor sensor : sensors) {
            for (int at = 0; at < 100; at += 50) {
                write(sensor, longTexts(sensor, at));
            }
        }
        assertRange(sensors, BEGIN, BEGIN + BUCKET);
    }

    @Test
    void readsFewerLongTextsAheadAndKeepsTheOrder() {
        int texts = ManySensorRanges.READINGS_AHEAD;
        List<Sensor> sensors = sensors(3);
        for (Sensor sensor : sensors) {
            for (int at = 0; at < texts; at += 50) {
                write(sensor, longTexts(sensor, at));
            }
        }
        assertRange(sensors, BEGIN, BEGIN + BUCKET);
        List<SensorReadings> batches =
                await(ranges.oneByOne(sensors, BEGIN, BEGIN + BUCKET, Consistency.DEFAULT)
                                .collect()
                                .asList())
                        .stream()
                        .flatMap(List::stream)
                        .toList();
        for (Sensor sensor : sensors) {
            SensorReadings ahead = batches.stream()
                    .filter(ofSensor -> ofSensor.sensorId().equals(sensor.id()))
                    .findFirst()
                    .orElseThrow();
            // Up to the limit of characters, and the rest of a page of half a megabyte.
            assertThat(ahead.readings()).hasSizeBetween(65, 65 + 525);
        }
    }

    private static List<Reading> longTexts(Sensor sensor, int from) {
        return IntStream.range(from, from + 50)
                .mapToObj(i -> reading(sensor, BEGIN + i, new Value.Text("x".repeat(1_000) + i)))
                .toList();
    }

    private void assertRange(List<Sensor> sensors, long from, long to) {
        List<Map.Entry<SensorId, StoredReading>> expected = sensors.stream()
                .flatMap(sensor -> stored(sensor.id()).subMap(from, true, to, false).values().stream()
                        .map(reading -> Map.entry(sensor.id(), reading)))
                .toList();
        String range = "seed %d, %d sensors, from %d to %d".formatted(SEED, sensors.size(), from, to);
        assertThat(flat(ranges.oneByOne(sensors, from, to, Consistency.DEFAULT)))
                .as("one by one, " + range)
                .isEqualTo(expected);
        assertThat(flat(ranges.together(sensors, from, to, Consistency.DEFAULT)))
                .as("together, " + range)
                .isEqualTo(expected);
        assertThat(flat(ranges.read(sensors, from, to, Consistency.ONE)))
                .as(range)
                .isEqualTo(expected);
    }

    private static List<Map.Entry<SensorId, StoredReading>> flat(Multi<List<SensorReadings>> batches) {
        return await(batches.collect().asList()).stream()
                .flatMap(List::stream)
                .flatMap(ofSensor ->
                        ofSensor.readings().stream().map(reading -> Map.entry(ofSensor.sensorId(), reading)))
                .toList();
    }

    /** On a boundary of a bucket, or anywhere within several buckets. */
    private long instant() {
        return random.nextInt(4) == 0
                ? BEGIN + random.nextInt(-2, 5) * BUCKET + random.nextInt(-1, 2)
                : BEGIN + random.nextLong(-2 * BUCKET, 5 * BUCKET);
    }

    private static List<Sensor> sensors(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Sensor(
                        new SensorId("ranges-" + SharedStack.get().nextNumber()),
                        TYPES.get(i % 3 == 0 ? 1 : 0),
                        Description.NONE))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private interface Instants {
        long at(int i);
    }

    private void store(Sensor sensor, int count, Instants instants) {
        List<Reading> readings = IntStream.range(0, count)
                .mapToObj(i -> reading(sensor, instants.at(i), new Value.Numeric(i)))
                .toList();
        for (int at = 0; at < count; at += 500) {
            write(sensor, readings.subList(at, Math.min(at + 500, count)));
        }
    }

    private static Reading reading(Sensor sensor, long timestamp, Value value) {
        return new Reading(sensor.id(), sensor.type(), timestamp, value);
    }

    private void write(Sensor sensor, List<Reading> readings) {
        Layout layout = await(layouts.toPlace(sensor.type(), BEGIN));
        Stream<RecordedReading> recorded = IntStream.range(0, readings.size())
                .mapToObj(i -> new RecordedReading(readings.get(i), new RecordOrigin(1, 0, i), 1_000));
        recorded.collect(Collectors.groupingBy(record ->
                        layout.partitionOf(sensor.id(), record.reading().timestampMillis())))
                .forEach((partition, together) -> {
                    await(store.write(partition, rows(together)));
                    together.forEach(record -> stored(sensor.id())
                            .merge(
                                    record.reading().timestampMillis(),
                                    new StoredReading(
                                            record.reading().timestampMillis(),
                                            record.reading().value(),
                                            record.origin()),
                                    (one, other) -> one.origin().offset()
                                                    > other.origin().offset()
                                            ? one
                                            : other));
                });
    }

    /** Adds the deletion to the log, without tombstones. */
    private void delete(Sensor sensor, long from, long to) {
        await(deletions.add(new Deletion(sensor.id(), 2_000, from, to)));
        stored(sensor.id()).subMap(from, true, to, false).clear();
    }

    private NavigableMap<Long, StoredReading> stored(SensorId id) {
        return Objects.requireNonNull(oracle.computeIfAbsent(id, first -> new TreeMap<>()));
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(60));
    }
}
