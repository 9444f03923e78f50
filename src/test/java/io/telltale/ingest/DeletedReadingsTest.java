package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import com.datastax.oss.driver.api.core.CqlSession;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.query.DeletionsResource;
import io.telltale.settings.CapturedLog;
import io.telltale.store.FewReplicas;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Deleted readings stay hidden, whatever Kafka and Cassandra still hold. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class DeletedReadingsTest {

    private static final String DAY = "2026-01-05T";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @Inject
    Clock clock;

    private String id;
    private RecordSender sender;

    @BeforeEach
    void fiveReadingsAreStored() throws Exception {
        id = "deleted-" + SharedStack.get().nextNumber();
        // CreateTime, so that a record from before the deletion can arrive late.
        sender = RecordSender.toNewTopic(id, "CreateTime");
        for (int minute = 0; minute < 5; minute++) {
            send(minute, minute, clock.millis() - Duration.ofMinutes(5).toMillis());
        }
        awaitValues(0, 1, 2, 3, 4);
    }

    @AfterEach
    void close() {
        sender.close();
    }

    @Test
    void hidesDeletedReadingsFromEveryRead() throws Exception {
        delete(3, 5).then().statusCode(204);

        awaitValues(0, 1, 2);
        assertThat(given().accept("text/csv").get(range()).asString().lines().skip(1))
                .hasSize(3);
        given().get("/api/v1/sensors/{id}/readings/latest", id).then().body("value", equalTo(2));
        given().get("/api/v1/sensors/{id}/readings?from={from}&to={to}&order=desc&limit=1", id, at(0), at(9))
                .then()
                .body("readings.value", contains(2));

        send(3, 33, clock.millis() + 1);
        awaitValues(0, 1, 2, 33);
    }

    @Test
    void dropsRecordsOlderThanTheDeletion() throws Exception {
        long before = clock.millis();
        delete(0, 5).then().statusCode(204);
        double dropped = dropped();

        send(1, 1, before);
        send(2, 22, before);
        send(7, 7, before);

        awaitValues(7);
        await().atMost(LIMIT).untilAsserted(() -> assertThat(dropped()).isEqualTo(dropped + 2));
        assertThat(rows()).as("rows in Cassandra").isEqualTo(1);
    }

    /** Another replica that stops before it writes the tombstone. */
    @Test
    void appliesADeletionOfAnotherReplica() {
        // Old enough to be settled, and later than the readings, whose record times are in the past.
        long deletedAt = clock.millis() - Duration.ofMinutes(2).toMillis();
        try (CqlSession cassandra = SharedStack.get().cassandra().connect()) {
            cassandra.execute(
                    "INSERT INTO %s.deletions (sensor_id, deleted_at, from_ts, to_ts) VALUES (?, ?, ?, ?)"
                            .formatted(keyspace()),
                    id,
                    Instant.ofEpochMilli(deletedAt),
                    Instant.parse(at(1)),
                    Instant.parse(at(3)));
            cassandra.execute(
                    "INSERT INTO %s.revisions (name, revision) VALUES ('deletions', ?)".formatted(keyspace()),
                    UUID.randomUUID());
        }
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(values()).containsExactly(0, 3, 4));
        await().atMost(LIMIT).untilAsserted(() -> assertThat(rows()).isEqualTo(3));
    }

    @Test
    void logsEachDeletionBeforeAndAfter() {
        String what =
                "readings of sensor %s from 2026-01-05T00:01:00.000Z to 2026-01-05T00:02:00.000Z, as recorded until "
                        .formatted(id);
        try (CapturedLog log = CapturedLog.by(DeletionsResource.class)) {
            delete(1, 2).then().statusCode(204);

            assertThat(log.lines()).hasSize(2);
            assertThat(log.lines().get(0)).matches("Deletion requested by .+: " + Pattern.quote(what) + ".+");
            assertThat(log.lines().get(1)).matches("Deletion for .+ recorded: " + Pattern.quote(what) + ".+");
        }
        try (CapturedLog log = CapturedLog.by(DeletionsResource.class);
                FewReplicas few = new FewReplicas()) {
            delete(1, 2).then().statusCode(503).body("detail", containsString(few.reason()));

            assertThat(log.lines()).hasSize(2);
            assertThat(log.lines().get(0)).startsWith("Deletion requested by ").contains(what);
            assertThat(log.lines().get(1))
                    .startsWith("Deletion for ")
                    .contains(what)
                    .endsWith(few.reason());
        }
    }

    @Test
    void replacesADeletionThatItIncludes() {
        delete(1, 2).then().statusCode(204);
        delete(3, 4).then().statusCode(204);
        given().get("/api/v1/sensors/{id}/deletions", id).then().statusCode(200).body("deletions", hasSize(2));

        delete(0, 4).then().statusCode(204);

        given().get("/api/v1/sensors/{id}/deletions", id)
                .then()
                .statusCode(200)
                .body("sensorId", equalTo(id))
                .body("deletions", hasSize(1))
                .body("deletions[0].from", equalTo("2026-01-05T00:00:00.000Z"))
                .body("deletions[0].to", equalTo("2026-01-05T00:04:00.000Z"));
        awaitValues(4);
    }

    @ParameterizedTest
    @CsvSource({
        "from=2026-01-05T00:00:00Z, 400, parameter to is missing",
        "to=2026-01-05T00:00:00Z, 400, parameter from is missing",
        "from=yesterday&to=now, 400, yesterday",
        "from=now&to=now-1h, 400, from",
        "from=2026-01-05T00:00:00Z&to=2026-01-05T00:05:00Z&limit=1, 400, limit",
    })
    void deletesNothingOnAnInvalidRequest(String query, int status, String named) {
        given().delete("/api/v1/sensors/" + id + "/readings?" + query)
                .then()
                .statusCode(status)
                .body("detail", containsString(named));

        assertThat(values()).hasSize(5);
    }

    @Test
    void deletesNothingOfAnUnknownSensor() {
        given().delete("/api/v1/sensors/never-{id}/readings?from=now-1h&to=now", id)
                .then()
                .statusCode(404);
        delete(2, 2).then().statusCode(204);

        given().get("/api/v1/sensors/{id}/deletions", id).then().body("deletions", hasSize(0));
        assertThat(values()).hasSize(5);
    }

    private Response delete(int fromMinute, int toMinute) {
        return given().delete("/api/v1/sensors/{id}/readings?from={from}&to={to}", id, at(fromMinute), at(toMinute));
    }

    private void send(int minute, int value, long recordTime) throws Exception {
        sender.sendAt(
                0,
                recordTime,
                id,
                "{\"sensorId\":\"%s\",\"timestamp\":\"%s\",\"value\":%d}".formatted(id, at(minute), value));
    }

    private void awaitValues(Integer... expected) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(values()).containsExactly(expected));
    }

    private List<Integer> values() {
        return given().get(range()).jsonPath().getList("readings.value", Integer.class);
    }

    private String range() {
        return "/api/v1/sensors/%s/readings?from=%s&to=%s".formatted(id, at(0), at(9));
    }

    private static String at(int minute) {
        return DAY + "00:0%d:00Z".formatted(minute);
    }

    private static double dropped() {
        return ServiceMetrics.of("http://localhost:" + RestAssured.port).sum("telltale_readings_deleted_total");
    }

    private long rows() {
        try (CqlSession cassandra = SharedStack.get().cassandra().connect()) {
            return cassandra
                    .execute("SELECT sensor_id FROM %s.readings WHERE type = '%s' ALLOW FILTERING"
                            .formatted(keyspace(), id))
                    .all()
                    .size();
        }
    }

    private static String keyspace() {
        return ConfigProvider.getConfig().getValue("telltale.storage.keyspace", String.class);
    }
}
