package io.telltale.store;

import static io.restassured.RestAssured.given;
import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

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
import io.telltale.settings.ManualClock;
import io.telltale.store.Layout.Version;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes a layout that two replicas with separate caches and clocks use. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class LayoutChangesTest {

    private static final Instant NOON = Instant.parse("2026-03-02T12:00:00Z");
    private static final long MINUTE = 60_000;

    @Inject
    Database database;

    @Inject
    StoreConfig config;

    private final ManualClock clock = new ManualClock(NOON);
    private final ManualClock otherClock = new ManualClock(NOON);
    private SensorType type;
    private Layouts layouts;
    private Layouts otherLayouts;

    @BeforeEach
    void createTwoReplicasWithACachedLayout() {
        await(database.whenReady());
        type = new SensorType("moving-" + SharedStack.get().nextNumber());
        layouts = new Layouts(database, config, clock);
        otherLayouts = new Layouts(database, config, otherClock);
        assertThat(await(layouts.toPlace(type, NOON.toEpochMilli())).versions()).hasSize(1);
        assertThat(await(otherLayouts.toPlace(type, NOON.toEpochMilli())).versions())
                .hasSize(1);
    }

    @Test
    void aNewVersionStartsOnACommonBoundaryAhead() {
        Layout changed = change(16, Duration.ofHours(4));

        assertThat(changed.versions()).hasSize(2);
        Version next = changed.versions().get(1);
        // 13:15 is the earliest, and 16:00 the next boundary of a quarter and of four hours.
        assertThat(Instant.ofEpochMilli(next.validFromMillis())).isEqualTo(Instant.parse("2026-03-02T16:00:00Z"));
        assertThat(change(16, Duration.ofHours(4))).as("once more").isEqualTo(changed);
    }

    @Test
    void placesByAnOldLayoutOnlyBeforeTheNextVersion() {
        Layout changed = change(7, Duration.ofMinutes(15));
        long boundary = changed.versions().get(1).validFromMillis();
        SensorId sensor = new SensorId("a");

        // A replica uses its old layout up to the limit, also after a long pause.
        otherClock.move(Duration.ofHours(9));
        long certain = NOON.toEpochMilli() + Layouts.CERTAIN_FOR.toMillis() - 1;
        assertThat(certain).isLessThan(boundary);
        assertThat(await(otherLayouts.toPlace(type, certain)).versions())
                .as("an old layout")
                .hasSize(1);
        assertThat(await(otherLayouts.toPlace(type, certain)).partitionOf(sensor, certain))
                .isEqualTo(changed.partitionOf(sensor, certain));

        // Beyond the limit it reads the layout first.
        assertThat(await(otherLayouts.toPlace(type, boundary)).partitionOf(sensor, boundary))
                .isEqualTo(changed.partitionOf(sensor, boundary));
    }

    /**
     * The other replica has an old layout, and pauses between placing and writing readings until after the boundary.
     */
    @Test
    void findsWritesOfAReplicaPausedOverTheBoundary() {
        Sensor sensor = new Sensor(new SensorId("paused-" + SharedStack.get().nextNumber()), type, Description.NONE);
        ReadingStore pausedStore = store(otherLayouts, otherClock);
        Layout changed = change(7, Duration.ofMinutes(15));
        long boundary = changed.versions().get(1).validFromMillis();
        long certain = NOON.toEpochMilli() + Layouts.CERTAIN_FOR.toMillis() - 1;
        ReadingPartition placedBefore =
                await(otherLayouts.toPlace(type, certain)).partitionOf(sensor.id(), certain);

        Duration pause = Duration.ofMillis(boundary - NOON.toEpochMilli()).plusHours(1);
        clock.move(pause);
        otherClock.move(pause);
        write(pausedStore, placedBefore, sensor, certain);
        List<Long> written = new ArrayList<>(List.of(certain));
        for (long timestamp : new long[] {
            certain - 40 * MINUTE, certain + 1, boundary - 1, boundary, boundary + 16 * MINUTE, boundary + 70 * MINUTE
        }) {
            Layout layout = await(otherLayouts.toPlace(type, timestamp));
            assertThat(layout.versions()).hasSize(timestamp <= certain ? 1 : 2);
            write(pausedStore, layout.partitionOf(sensor.id(), timestamp), sensor, timestamp);
            written.add(timestamp);
        }

        ReadingStore reader = store(new Layouts(database, config, clock), clock);
        List<Long> inOrder = written.stream().sorted().toList();
        assertThat(timestamps(reader, sensor, Order.ASC)).isEqualTo(inOrder);
        assertThat(timestamps(reader, sensor, boundary - 90 * MINUTE, boundary + 80 * MINUTE, Order.ASC, 100))
                .as("a short range, without the index")
                .isEqualTo(inOrder.stream()
                        .filter(at -> at >= boundary - 90 * MINUTE)
                        .toList());
        assertThat(await(reader.latest(sensor, Reading.MAX_TIMESTAMP_MILLIS, Consistency.DEFAULT))
                        .orElseThrow()
                        .timestampMillis())
                .isEqualTo(boundary + 70 * MINUTE);
    }

    @Test
    void rejectsEventTimesBeyondTheCertainLayout() {
        long undecided = NOON.toEpochMilli() + Layouts.CERTAIN_FOR.toMillis();

        assertThatThrownBy(() -> await(layouts.toPlace(type, undecided)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("clock is behind");
    }

    @Test
    void withoutAQuorumOnlyWeakReadsUseACachedLayout() {
        Layout changed = change(7, Duration.ofMinutes(15));
        // Long after the limit of the cached layouts.
        Duration later = Layouts.CERTAIN_FOR.plusHours(2);
        clock.move(later);
        otherClock.move(later);
        long now = NOON.plus(later).toEpochMilli();
        Layouts restarted = new Layouts(database, config, otherClock);
        try (FewReplicas few = new FewReplicas()) {
            for (Layouts replica : List.of(layouts, otherLayouts, restarted)) {
                assertThat(await(replica.toRead(type, now, Consistency.LOCAL_ONE)))
                        .isEqualTo(changed);
                assertThatThrownBy(() -> await(replica.toRead(type, now, Consistency.LOCAL_QUORUM)))
                        .isInstanceOf(StoreUnavailableException.class)
                        .hasMessageContaining(few.reason());
                assertThatThrownBy(() -> await(replica.toPlace(type, now)))
                        .as("placement")
                        .isInstanceOf(StoreUnavailableException.class);
            }
            SensorType unknown = new SensorType(type + "-unknown");
            assertThatThrownBy(() -> await(layouts.toRead(unknown, now, Consistency.LOCAL_ONE)))
                    .as("a type without a layout")
                    .isInstanceOf(StoreUnavailableException.class);
        }
        assertThat(await(otherLayouts.toPlace(type, now)))
                .as("with a quorum again")
                .isEqualTo(changed);
    }

    @Test
    void aRangeOverVersionsIsCompleteAndOrdered() {
        readsOverVersions(new SensorId("moved-" + SharedStack.get().nextNumber()));
    }

    /** Its first and its third partitions are in one span of packed history, and its second ones are between them. */
    @Test
    void aSensorThatReturnsToItsShardIsReadInOrder() {
        Version moved = new Version(2, 0, 7, 15 * MINUTE);
        readsOverVersions(IntStream.iterate(0, number -> number + 1)
                .mapToObj(number -> new SensorId("returned-" + number))
                .filter(id -> moved.shardOf(id) == 0)
                .findFirst()
                .orElseThrow());
    }

    private void readsOverVersions(SensorId id) {
        ReadingStore store = store();
        Sensor sensor = new Sensor(id, type, Description.NONE);
        List<Long> written = new ArrayList<>();
        for (int[] shardsAndMinutes : new int[][] {{7, 15}, {300, 60}, {1, 5}}) {
            Layout layout = change(shardsAndMinutes[0], Duration.ofMinutes(shardsAndMinutes[1]));
            long boundary = layout.versions().get(layout.versions().size() - 1).validFromMillis();
            clock.move(Duration.ofMillis(boundary - clock.millis()));
            for (long timestamp : new long[] {boundary - 20 * MINUTE, boundary - 1, boundary, boundary + 9 * MINUTE}) {
                write(store, sensor, timestamp);
                written.add(timestamp);
            }
        }

        assertThat(timestamps(store, sensor, Order.ASC)).isEqualTo(written);
        assertThat(timestamps(store, sensor, Order.DESC).get(0)).isEqualTo(written.get(written.size() - 1));
        assertThat(await(store.latest(sensor, Reading.MAX_TIMESTAMP_MILLIS, Consistency.DEFAULT))
                        .orElseThrow()
                        .timestampMillis())
                .isEqualTo(written.get(written.size() - 1));
    }

    /**
     * Readings and bounds of ranges are at, before and after the boundaries of versions and buckets, and between
     * them.
     */
    @ParameterizedTest
    @ValueSource(longs = {20_261_125, 20_261_126, 20_261_127})
    void anyRangeOverVersionsEqualsASortedMap(long seed) {
        Random random = new Random(seed);
        ReadingStore store = store();
        Sensor sensor = new Sensor(new SensorId("moved-" + SharedStack.get().nextNumber()), type, Description.NONE);
        List<Long> edges = new ArrayList<>(List.of(NOON.toEpochMilli()));
        NavigableSet<Long> written = new TreeSet<>();
        for (int version = 0; version < 4; version++) {
            int minutes = List.of(5, 15, 60, 240, 1_440).get(random.nextInt(5));
            Layout layout = change(1 + random.nextInt(300), Duration.ofMinutes(minutes));
            edges.add(layout.versions().get(layout.versions().size() - 1).validFromMillis());
            clock.move(Duration.ofMillis(edges.get(edges.size() - 1) - clock.millis()));
            for (int i = 0; i < 40; i++) {
                long timestamp = Math.min(instant(random, edges), clock.millis() + 9 * MINUTE);
                write(store, sensor, timestamp);
                written.add(timestamp);
            }
        }
        for (int i = 0; i < 60; i++) {
            long a = instant(random, edges);
            long b = instant(random, edges);
            NavigableSet<Long> within = written.subSet(Math.min(a, b), true, Math.max(a, b), false);
            Order order = random.nextBoolean() ? Order.ASC : Order.DESC;
            int limit = random.nextBoolean() ? 10_000 : 1 + random.nextInt(20);
            List<Long> expected = (order == Order.ASC ? within : within.descendingSet())
                    .stream().limit(limit).toList();
            assertThat(timestamps(store, sensor, Math.min(a, b), Math.max(a, b), order, limit))
                    .as("seed %d, from %d to %d, %s, limit %d", seed, Math.min(a, b), Math.max(a, b), order, limit)
                    .isEqualTo(expected);
        }
    }

    private static long instant(Random random, List<Long> edges) {
        long edge = edges.get(random.nextInt(edges.size()));
        return switch (random.nextInt(3)) {
            case 0 -> edge + random.nextInt(-1, 2);
            case 1 -> edge + random.nextInt(-20, 20) * 15L * MINUTE + random.nextInt(-1, 2);
            default -> edge + random.nextLong(-3_000 * MINUTE, 3_000 * MINUTE);
        };
    }

    @Test
    void oneOfTwoConcurrentChangesIsRejected() {
        List<Object> outcomes = await(Uni.join()
                .all(List.of(
                        outcome(layouts.change(type, 8, Duration.ofMinutes(15))),
                        outcome(otherLayouts.change(type, 9, Duration.ofMinutes(15)))))
                .andFailFast());

        int applied = await(layouts.agreed(type)).orElseThrow().versions().size() - 1;
        assertThat(outcomes.stream().filter(LayoutChangedException.class::isInstance))
                .as("rejected changes, of two of which %d were applied: %s", applied, outcomes)
                .hasSize(2 - applied);
        assertThat(applied).isPositive();
    }

    @Test
    void anUnknownTypeHasNoLayoutToChange() {
        assertThat(await(layouts.change(new SensorType("never-seen"), 8, Duration.ofMinutes(15))))
                .isEmpty();
    }

    @Test
    void changesAndShowsALayoutOverHttp() {
        String path = "/api/v1/admin/layouts/" + type.name();
        given().get(path)
                .then()
                .statusCode(200)
                .body("versions", hasSize(1))
                .body("versions[0].bucket", equalTo("PT15M"));

        given().post(path + "?shards=8&bucket=PT1H")
                .then()
                .statusCode(200)
                .body("versions", hasSize(2))
                .body("versions[1].shards", equalTo(8));

        given().get(path).then().body("versions[1].validFrom", endsWith(":00:00.000Z"));
    }

    @ParameterizedTest
    @CsvSource({
        "shards=0&bucket=PT15M, shards is '0'",
        "shards=8&bucket=PT11M, bucket is 'PT11M'",
        "shards=8&bucket=15m, bucket is '15m'",
        "bucket=PT15M, shards is missing",
        "shards=8, bucket is missing",
    })
    void rejectsAnInvalidLayoutWithoutAChange(String query, String named) {
        String path = "/api/v1/admin/layouts/" + type.name();
        given().post(path + "?" + query).then().statusCode(400).body("detail", containsString(named));

        given().get(path).then().body("versions", hasSize(1));
        given().post("/api/v1/admin/layouts/never-seen?shards=8&bucket=PT15M")
                .then()
                .statusCode(404);
    }

    private Layout change(int shards, Duration bucket) {
        return await(layouts.change(type, shards, bucket)).orElseThrow();
    }

    private static Uni<Object> outcome(Uni<?> change) {
        return change.onItem()
                .<Object>transform(Objects::requireNonNull)
                .onFailure()
                .recoverWithItem(failure -> failure);
    }

    private ReadingStore store() {
        return store(layouts, clock);
    }

    /** The store of a replica. */
    private ReadingStore store(Layouts layouts, ManualClock clock) {
        return UnsealedStore.on(database, layouts, config, clock);
    }

    private void write(ReadingStore store, Sensor sensor, long timestamp) {
        write(store, await(layouts.toPlace(type, timestamp)).partitionOf(sensor.id(), timestamp), sensor, timestamp);
    }

    private void write(ReadingStore store, ReadingPartition partition, Sensor sensor, long timestamp) {
        Reading reading = new Reading(sensor.id(), type, timestamp, new Value.Numeric(1));
        await(store.write(partition, rows(new RecordedReading(reading, new RecordOrigin(1, 0, 1), timestamp))));
    }

    private static List<Long> timestamps(ReadingStore store, Sensor sensor, Order order) {
        return timestamps(store, sensor, 0, NOON.toEpochMilli() + 999 * 60 * MINUTE, order, 100);
    }

    private static List<Long> timestamps(
            ReadingStore store, Sensor sensor, long from, long to, Order order, int limit) {
        return await(store.range(sensor, from, to, order, limit, Consistency.DEFAULT)
                .onItem()
                .<StoredReading>disjoint()
                .map(StoredReading::timestampMillis)
                .collect()
                .asList());
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
