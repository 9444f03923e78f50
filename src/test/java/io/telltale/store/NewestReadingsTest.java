package io.telltale.store;

import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares the newest readings of many sensors with those written, and counts the requests. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class NewestReadingsTest {

    private static final SensorType TYPE = new SensorType("newest-test");
    private static final SensorType OTHER_TYPE = new SensorType("newest-test-other");
    private static final long HOUR = 3_600_000;

    @Inject
    Database database;

    @Inject
    ReadingStore store;

    @Inject
    NewestReadings newest;

    @Inject
    Layouts layouts;

    @Inject
    StoreConfig config;

    @Inject
    DeletionLog deletions;

    private final Map<SensorId, StoredReading> expected = new HashMap<>();
    private final List<Sensor> sensors = new ArrayList<>();
    private final long now = System.currentTimeMillis();

    @BeforeEach
    void awaitCassandra() {
        await(database.whenReady());
    }

    @Test
    void findsReadingsOfAnyAgeOrNone() {
        long[] ages = {0, 1, 2_000, 9_000, 11_000, 16 * 60_000, HOUR, 30 * HOUR, 24 * 366 * HOUR, -60_000, -20 * 60_000
        };
        for (SensorType type : List.of(TYPE, OTHER_TYPE)) {
            for (long age : ages) {
                for (int i = 0; i < 4; i++) {
                    Sensor sensor = sensor(type);
                    write(sensor, now - age - 400 * HOUR);
                    write(sensor, now - age - 1);
                    write(sensor, now - age);
                }
            }
            sensor(type);
        }
        assertThat(await(newest.of(sensors, Consistency.DEFAULT))).isEqualTo(expected);
        assertThat(await(newest.of(sensors.subList(0, 1), Consistency.ONE)))
                .containsOnlyKeys(sensors.get(0).id());
        assertThat(await(newest.of(List.of(), Consistency.DEFAULT))).isEmpty();
    }

    @Test
    void frequentSendersDoNotHideOthers() {
        for (Sensor sensor : NeighborSensors.of(TYPE, 5)) {
            int readings = sensors.size() % 2 == 0 ? 100 : 1;
            for (int i = 0; i < readings; i++) {
                write(sensor, now - 1_000 - i);
            }
            sensors.add(sensor);
        }
        assertThat(await(newest.of(sensors, Consistency.DEFAULT))).isEqualTo(expected);
    }

    @Test
    void skipsADeletedNewestReading() {
        for (Sensor sensor : NeighborSensors.of(TYPE, 3)) {
            sensors.add(sensor);
            write(sensor, now - 5_000);
        }
        Sensor deleted = sensors.get(1);
        StoredReading left = Objects.requireNonNull(expected.get(deleted.id()));
        write(deleted, now - 1_000);
        // Without a tombstone: the log entry alone must be sufficient.
        await(deletions.add(new Deletion(deleted.id(), now + 1, now - 2_000, now)));
        expected.put(deleted.id(), left);
        assertThat(await(newest.of(sensors, Consistency.DEFAULT))).isEqualTo(expected);
    }

    @Test
    void aHundredNeighborsTakeOneRequestEachOfIndexAndReadings() {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            // Retries with other sensors if a bucket ended meanwhile, or deletions of another test were swept.
            Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                sensors.clear();
                expected.clear();
                sensors.addAll(NeighborSensors.of(TYPE, 100));
                long sent = System.currentTimeMillis();
                writeAll(sent);
                long before = NeighborSensors.requests(session, config.keyspace());
                assertThat(await(newest.of(sensors, Consistency.DEFAULT))).isEqualTo(expected);
                // In the last hour of a week, the index of the next week is read too.
                long weeks = Layout.weekStart(sent - HOUR / 4) == Layout.weekStart(sent + HOUR) ? 1 : 2;
                assertThat(NeighborSensors.requests(session, config.keyspace()) - before)
                        .isEqualTo(1 + weeks);
            });
        }
    }

    private Sensor sensor(SensorType type) {
        Sensor sensor = new Sensor(new SensorId("newest-" + SharedStack.get().nextNumber()), type, Description.NONE);
        sensors.add(sensor);
        return sensor;
    }

    private void write(Sensor sensor, long timestamp) {
        await(store.write(partition(sensor, timestamp), rows(recorded(sensor, timestamp))));
    }

    /** In one write: otherwise the first reading could be too old when the last one is written. */
    private void writeAll(long timestamp) {
        await(store.write(
                partition(sensors.get(0), timestamp),
                rows(sensors.stream().map(sensor -> recorded(sensor, timestamp)).toList())));
    }

    private ReadingPartition partition(Sensor sensor, long timestamp) {
        return await(layouts.toPlace(sensor.type(), timestamp)).partitionOf(sensor.id(), timestamp);
    }

    /** Builds a record, and expects its reading if that is the newest. */
    private RecordedReading recorded(Sensor sensor, long timestamp) {
        Reading reading = new Reading(sensor.id(), sensor.type(), timestamp, new Value.Numeric(timestamp % 1_000));
        RecordOrigin origin = new RecordOrigin(1, 0, 5);
        expected.merge(
                sensor.id(),
                new StoredReading(timestamp, reading.value(), origin),
                (one, other) -> one.timestampMillis() > other.timestampMillis() ? one : other);
        return new RecordedReading(reading, origin, now);
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
