package io.telltale.store;

import static io.restassured.RestAssured.given;
import static io.telltale.store.RowBatchTest.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.api.Consistency;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.settings.SuppliedClock;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Writes types whose layout says so as segments, and reads them with the service, alone and together with rows. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class FreshReadingsTest extends FreshFixture {

    @Inject
    NewestReadings newest;

    @Inject
    ManySensorRanges ranges;

    @Test
    void segmentsAloneGiveWhatWasWritten() {
        Sensor sensor = newSensor(typeWithSegments("fresh-contract"));
        SourceContract contract = new SourceContract(sensor, clock.millis() - 43_000_000, new Random(4));
        for (int batch = 0; batch < 4; batch++) {
            write(sensor, contract.records(3_000));
        }
        HistoryAccess.delete(contract.deletion());
        contract.check(source(sensor));
    }

    @Test
    void segmentsAndRowsAreMergedByTheWinnerRule() {
        Sensor sensor = newSensor(typeWithSegments("fresh-merged"));
        SourceContract contract = new SourceContract(sensor, clock.millis() - 43_000_000, new Random(5));
        Layout layout = HistoryAccess.layout(sensor.type());
        for (int batch = 0; batch < 4; batch++) {
            List<RecordedReading> records = contract.records(3_000);
            // Some records are in both.
            write(sensor, records.subList(0, 2_000));
            records.subList(1_000, 3_000).stream()
                    .collect(Collectors.groupingBy(record ->
                            layout.partitionOf(sensor.id(), record.reading().timestampMillis())))
                    .forEach(HistoryAccess::write);
        }
        HistoryAccess.delete(contract.deletion());
        contract.check(source(sensor));
    }

    @Test
    void manySensorsAndTheNewestReadingsComeFromBoth() {
        SensorType type = typeWithSegments("fresh-many");
        Layout layout = HistoryAccess.layout(type);
        long now = clock.millis();
        List<Sensor> sensors =
                IntStream.range(0, 40).mapToObj(i -> newSensor(type)).toList();
        for (int i = 0; i < 3; i++) {
            long millis = now - 3_000 + i * 1_000L;
            List<RecordedReading> records = new ArrayList<>();
            for (Sensor sensor : sensors) {
                records.add(new RecordedReading(
                        new Reading(sensor.id(), type, millis, new Value.Numeric(i)), new RecordOrigin(1, 0, i), now));
            }
            if (i == 1) {
                records.forEach(record ->
                        HistoryAccess.write(layout.partitionOf(record.reading().sensorId(), millis), List.of(record)));
            } else {
                await(store.write(new Lane(type, Lane.FIRST), rows(records)));
            }
        }
        assertThat(await(newest.of(sensors, Consistency.DEFAULT)).values())
                .hasSize(sensors.size())
                .allSatisfy(reading -> assertThat(reading.timestampMillis()).isEqualTo(now - 1_000));
        Map<SensorId, List<StoredReading>> bySensor =
                await(ranges.read(sensors, now - 10_000, now + 1, Consistency.DEFAULT)
                                .collect()
                                .asList())
                        .stream()
                        .flatMap(List::stream)
                        .collect(Collectors.toMap(
                                ManySensorRanges.SensorReadings::sensorId, ManySensorRanges.SensorReadings::readings));
        assertThat(bySensor).hasSize(sensors.size());
        assertThat(bySensor.values()).allSatisfy(readings -> assertThat(readings)
                .extracting(reading -> ((Value.Numeric) reading.value()).number())
                .containsExactly(0.0, 1.0, 2.0));
    }

    /** The mark may be visible before what replaces the minute. */
    @Test
    void aMarkCountsOnlyAtALevelThatIsCertainOfIt() {
        Sensor sensor = newSensor(typeWithSegments("fresh-marked"));
        long millis = clock.millis();
        write(
                sensor,
                List.of(new RecordedReading(
                        new Reading(sensor.id(), sensor.type(), millis, new Value.Numeric(1)),
                        new RecordOrigin(1, 0, 1),
                        millis)));
        FreshMinutes minutes = new FreshMinutes(database);
        for (MinuteState state : await(minutes.of(sensor.type(), database.writeLevel()))) {
            await(minutes.mark(state.minute(), ByteBuffer.allocate(40)));
        }
        assertThat(readings(sensor, clock)).isEmpty();
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            Database uncertain =
                    new Database(
                            new Sessions(() -> CompletableFuture.completedFuture(session)),
                            StoreSettings.in(config.keyspace()),
                            retention,
                            status -> {}) {
                        @Override
                        boolean isUnionCertain(SensorType type, DefaultConsistencyLevel level) {
                            return false;
                        }
                    };
            await(uncertain.whenReady());
            assertThat(readings(sensor, uncertain, clock)).hasSize(1);
        }
    }

    /** Meanwhile its minutes may have been merged and removed. */
    @Test
    void aReadThatTookTooLongBeginsAgain() {
        Sensor sensor = newSensor(typeWithSegments("fresh-restart"));
        write(
                sensor,
                List.of(new RecordedReading(
                        new Reading(sensor.id(), sensor.type(), clock.millis(), new Value.Numeric(1)),
                        new RecordOrigin(1, 0, 1),
                        clock.millis())));
        for (int slow = 0; slow < 4; slow++) {
            AtomicInteger looks = new AtomicInteger();
            int jumps = slow;
            // Each pass looks twice. The clock leaps within the first ones.
            Clock leaping = new SuppliedClock(() -> {
                int look = looks.getAndIncrement();
                return clock.millis() + Math.min((look + 1) / 2, jumps) * 61_000L;
            });
            if (slow < 3) {
                assertThat(readings(sensor, leaping)).hasSize(1);
                assertThat(looks.get()).isEqualTo(2 * (slow + 1) + 1);
            } else {
                assertThatThrownBy(() -> readings(sensor, leaping))
                        .isInstanceOf(StoreUnavailableException.class)
                        .hasMessageContaining("longer than 60 s");
            }
        }
    }

    /** The same records, consumed from Kafka, as rows and as segments. */
    @Test
    void theApiAnswersAsWithRows() {
        SensorType segments = typeWithSegments("fresh-http");
        try (TestFleet inRows = TestFleet.ofType("rows-" + segments.name());
                TestFleet inSegments = TestFleet.ofType(segments.name())) {
            List<TestFleet> fleets = List.of(inRows, inSegments);
            long now = clock.millis();
            long hour = Duration.ofHours(1).toMillis();
            for (TestFleet fleet : fleets) {
                for (int i = 0; i < 600; i++) {
                    // Most are late, some are on time.
                    fleet.send("a." + fleet.type(), now - i * 60_000L, i % 7 == 0 ? "text " + i : i);
                    fleet.send("b." + fleet.type(), now - i * 60_000L, i / 10.0);
                }
                fleet.awaitStored();
                fleet.send("a." + fleet.type(), now - 60_000L, "corrected");
                fleet.send("b." + fleet.type(), now - 3 * hour + 1, 4711);
                fleet.awaitStored();
            }
            assertThat(answers(inSegments.type(), now))
                    .isEqualTo(answers(inRows.type(), now))
                    .contains("corrected", "4711");
            for (TestFleet fleet : fleets) {
                given().delete("/api/v1/sensors/a.%s/readings?from=%s&to=%s"
                                .formatted(
                                        fleet.type(), Instant.ofEpochMilli(now - hour), Instant.ofEpochMilli(now - 1)))
                        .then()
                        .statusCode(204);
            }
            assertThat(answers(inSegments.type(), now))
                    .isEqualTo(answers(inRows.type(), now))
                    .doesNotContain("corrected");
        }
        assertThat(rowsOf(segments)).as("segments in place of rows").isZero();
    }

    private static String answers(String type, long now) {
        String range = "from=%s&to=%s"
                .formatted(Instant.ofEpochMilli(now - Duration.ofHours(9).toMillis()), Instant.ofEpochMilli(now + 1));
        return Stream.of(
                        "/sensors/a.%1$s/readings?limit=100&" + range,
                        "/sensors/a.%1$s/readings?limit=10000&order=desc&" + range,
                        "/sensors/b.%1$s/readings?format=csv&" + range,
                        "/sensors/a.%1$s/readings/latest",
                        "/sensors/b.%1$s/aggregates?interval=1h&functions=count,min,max,avg,first,last,p95&" + range,
                        "/readings/latest?sensor=a.%1$s&sensor=b.%1$s",
                        "/readings?format=ndjson&sensor=a.%1$s&sensor=b.%1$s&" + range)
                .map(path -> given().get("/api/v1" + path.formatted(type))
                        .then()
                        .statusCode(200)
                        .extract()
                        .asString()
                        .replaceAll("\"(meta|ageMs|next)\".*", "")
                        .replace(type, "TYPE"))
                .collect(Collectors.joining("\n"));
    }

    private long rowsOf(SensorType type) {
        try (CqlSession session = SharedStack.get().cassandra().connect()) {
            return session
                    .execute("SELECT DISTINCT type, shard, bucket FROM %s.readings".formatted(config.keyspace()))
                    .all()
                    .stream()
                    .filter(row -> type.name().equals(row.getString(0)))
                    .count();
        }
    }
}
