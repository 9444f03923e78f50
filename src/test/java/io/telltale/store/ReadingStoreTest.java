package io.telltale.store;

import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ReadingStoreTest {

    private static final SensorType TYPE = new SensorType("store-test");
    private static final long T = Instant.parse("2026-01-01T00:07:00Z").toEpochMilli();
    private static final long MINUTE = 60_000;

    @Inject
    Database database;

    @Inject
    ReadingStore store;

    @Inject
    BucketIndex buckets;

    @Inject
    Layouts layouts;

    private Sensor sensor;

    @BeforeEach
    void createASensor() {
        await(database.whenReady());
        sensor = new Sensor(new SensorId("store-test-" + SharedStack.get().nextNumber()), TYPE, Description.NONE);
    }

    static Stream<Arguments> conflicts() {
        RecordOrigin early = new RecordOrigin(1, 0, 10);
        RecordOrigin late = new RecordOrigin(1, 0, 11);
        RecordOrigin elsewhere = new RecordOrigin(1, 7, 3);
        return Stream.of(
                Arguments.of("the later record time wins", 100, early, number(1), 200, late, number(2)),
                Arguments.of("also if it came to a partition before", 100, late, number(1), 200, early, number(2)),
                Arguments.of("also in another partition", 100, elsewhere, number(1), 200, early, number(2)),
                Arguments.of("also by a millisecond", 100, late, number(9), 101, early, number(-9)),
                Arguments.of("at one record time the higher offset", 100, early, number(2), 100, late, number(1)),
                Arguments.of("whatever its value", 100, early, number(-1), 100, late, number(-2)),
                Arguments.of("and its kind: flag", 100, early, text("\uffff"), 100, late, Value.Flag.FALSE),
                Arguments.of("and its kind: number", 100, early, Value.Flag.TRUE, 100, late, number(-1e300)),
                Arguments.of("and its kind: text", 100, early, number(1e300), 100, late, text("")),
                Arguments.of("a longer text leaves nothing", 100, early, text("open wide"), 200, late, text("o")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("conflicts")
    void theWinnerDependsOnTheRecordsAlone(
            String rule,
            long losingTime,
            RecordOrigin loser,
            Value lost,
            long winningTime,
            RecordOrigin winner,
            Value won) {
        RecordedReading loses = recorded(T, lost, loser, losingTime);
        RecordedReading wins = recorded(T, won, winner, winningTime);

        write(loses);
        write(wins);
        assertThat(all()).containsExactly(new StoredReading(T, won, winner));

        sensor = another();
        write(recorded(T, won, winner, winningTime));
        write(recorded(T, lost, loser, losingTime));
        assertThat(all()).containsExactly(new StoredReading(T, won, winner));

        sensor = another();
        write(recorded(T, won, winner, winningTime), recorded(T, lost, loser, losingTime));
        assertThat(all()).containsExactly(new StoredReading(T, won, winner));
    }

    @Test
    void writesAreIdempotentInAnyOrder() {
        Random random = new Random(3);
        List<RecordedReading> records = new ArrayList<>();
        for (int offset = 0; offset < 200; offset++) {
            // Few event times and record times, so that most readings have several records.
            records.add(recorded(
                    T + random.nextInt(20), number(offset), new RecordOrigin(1, 0, offset), 1_000 + offset / 10));
        }
        records.forEach(this::write);
        List<StoredReading> before = all();
        for (int round = 0; round < 3; round++) {
            Collections.shuffle(records, random);
            records.stream()
                    .collect(Collectors.groupingBy(record -> random.nextInt(30)))
                    .values()
                    .forEach(batch -> write(batch.toArray(RecordedReading[]::new)));
            assertThat(all()).isEqualTo(before);
        }
    }

    @Test
    void aRangeIsHalfOpenInBothDirections() {
        write(at(T), at(T + 1), at(T + 2));
        assertThat(timestamps(T, T + 2, Order.ASC, 10)).containsExactly(T, T + 1);
        assertThat(timestamps(T, T + 2, Order.DESC, 10)).containsExactly(T + 1, T);
        assertThat(timestamps(T + 1, T + 1, Order.ASC, 10)).isEmpty();
        assertThat(timestamps(T + 3, T + 100, Order.ASC, 10)).isEmpty();
        assertThat(timestamps(T + 2, T, Order.ASC, 10)).isEmpty();
    }

    @Test
    void aRangeSpansBucketsWeeksAndMillennia() {
        Random random = new Random(4);
        List<Long> expected = Stream.concat(
                        Stream.of(Reading.MIN_TIMESTAMP_MILLIS, -1L, 0L, 1L, Reading.MAX_TIMESTAMP_MILLIS - 1),
                        Stream.generate(() -> T + random.nextLong(-40 * 24 * 60 * MINUTE, 40 * 24 * 60 * MINUTE))
                                .limit(300))
                .distinct()
                .sorted()
                .toList();
        expected.forEach(timestamp -> write(at(timestamp)));
        long from = Reading.MIN_TIMESTAMP_MILLIS;
        long to = Reading.MAX_TIMESTAMP_MILLIS;
        assertThat(timestamps(from, to, Order.ASC, 10_000)).isEqualTo(expected);
        assertThat(timestamps(from, to, Order.DESC, 10_000)).isEqualTo(reversed(expected));
        assertThat(timestamps(from, to, Order.ASC, 7)).isEqualTo(expected.subList(0, 7));
        assertThat(timestamps(from, to, Order.DESC, 7))
                .isEqualTo(reversed(expected).subList(0, 7));
        long second = expected.get(101);
        assertThat(timestamps(expected.get(50), second, Order.ASC, 10_000)).isEqualTo(expected.subList(50, 101));
    }

    @Test
    void readsMoreRowsThanAPageOfTheDriver() {
        List<Long> expected = new ArrayList<>();
        List<RecordedReading> records = new ArrayList<>();
        for (int i = 0; i < 12_000; i++) {
            expected.add(T + i);
            records.add(at(T + i));
            if (records.size() == 500) {
                write(records.toArray(RecordedReading[]::new));
                records.clear();
            }
        }
        assertThat(timestamps(T, T + 20_000, Order.ASC, 20_000)).isEqualTo(expected);
        assertThat(timestamps(T, T + 20_000, Order.DESC, 20_000)).isEqualTo(reversed(expected));
        for (int limit : new int[] {260, 1_001, 2_000, 5_000, 5_001}) {
            assertThat(timestamps(T, T + 20_000, Order.ASC, limit))
                    .as("limit %d", limit)
                    .isEqualTo(expected.subList(0, limit));
        }
    }

    @Test
    void latestIsTheNewestByEventTime() {
        write(recorded(T, number(1), new RecordOrigin(1, 0, 1), 100));
        write(recorded(T - 30 * 24 * 60 * MINUTE, number(2), new RecordOrigin(1, 0, 2), 200));
        assertThat(await(store.latest(sensor, T + 1, Consistency.DEFAULT)))
                .contains(new StoredReading(T, number(1), new RecordOrigin(1, 0, 1)));
        assertThat(await(store.latest(sensor, T, Consistency.DEFAULT)))
                .contains(new StoredReading(T - 30 * 24 * 60 * MINUTE, number(2), new RecordOrigin(1, 0, 2)));
        assertThat(await(store.latest(another(), T + 1, Consistency.DEFAULT))).isEmpty();
    }

    @Test
    void theIndexHasExactlyTheBucketsWithReadings() {
        long day = 24 * 60 * MINUTE;
        long[] instants = {T - 21 * day, T - 15 * MINUTE, T, T + 1, T + 21 * day};
        for (long instant : instants) {
            write(at(instant));
        }
        assertThat(listed(T - 30 * day, T + 30 * day, Order.ASC))
                .containsExactly(
                        partition(T - 21 * day), partition(T - 15 * MINUTE), partition(T), partition(T + 21 * day));
        assertThat(listed(T - 30 * day, T + 30 * day, Order.DESC))
                .containsExactly(
                        partition(T + 21 * day), partition(T), partition(T - 15 * MINUTE), partition(T - 21 * day));
        assertThat(listed(T, T + 1, Order.ASC)).containsExactly(partition(T));
        assertThat(listed(T + day, T + 20 * day, Order.ASC)).isEmpty();
    }

    private List<ReadingPartition> listed(long from, long to, Order order) {
        return await(buckets.partitions(sensor, from, to, order, Consistency.DEFAULT)
                .collect()
                .asList());
    }

    private ReadingPartition partition(long timestamp) {
        return await(layouts.toPlace(TYPE, 0)).partitionOf(sensor.id(), timestamp);
    }

    private void write(RecordedReading... records) {
        Stream.of(records)
                .collect(Collectors.groupingBy(
                        record -> partition(record.reading().timestampMillis())))
                .forEach((partition, together) -> await(store.write(partition, rows(together))));
    }

    private RecordedReading at(long timestamp) {
        return recorded(timestamp, number((double) (timestamp % 1_000)), new RecordOrigin(1, 0, 5), 100);
    }

    private RecordedReading recorded(long timestamp, Value value, RecordOrigin origin, long recordTime) {
        return new RecordedReading(new Reading(sensor.id(), TYPE, timestamp, value), origin, recordTime);
    }

    private Sensor another() {
        return new Sensor(new SensorId("store-test-" + SharedStack.get().nextNumber()), TYPE, Description.NONE);
    }

    private List<StoredReading> all() {
        return range(T - MINUTE, T + MINUTE, Order.ASC, 1_000);
    }

    private List<Long> timestamps(long from, long to, Order order, long limit) {
        return range(from, to, order, limit).stream()
                .map(StoredReading::timestampMillis)
                .toList();
    }

    private List<StoredReading> range(long from, long to, Order order, long limit) {
        return await(store.range(sensor, from, to, order, limit, Consistency.DEFAULT)
                .onItem()
                .disjoint()
                .map(StoredReading.class::cast)
                .collect()
                .asList());
    }

    private static <T> List<T> reversed(List<T> list) {
        List<T> reversed = new ArrayList<>(list);
        Collections.reverse(reversed);
        return reversed;
    }

    private static Value number(double number) {
        return new Value.Numeric(number);
    }

    private static Value text(String text) {
        return new Value.Text(text);
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
