package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static io.telltale.ingest.DeadLetterBox.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The record formats besides plain JSON. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class FormatsTest {

    private static final Map<String, String> SENML = Map.of("content-type", "application/senml+json");

    @Test
    void storesTheGoodReadingsOfABadPack() {
        try (DeadLetterBox box = DeadLetterBox.open();
                TestFleet others = TestFleet.ofType("senml-other");
                TestFleet fleet = TestFleet.ofType("senml")) {
            String foreign = others.newSensor();
            others.send(foreign, "2026-01-01T00:00:00Z", 1);
            others.awaitStored();
            String first = fleet.newSensor();
            String second = fleet.newSensor();
            String pack = """
                    [{"bn":"%s","bt":1767225600.123,"bu":"Cel","v":21.5}, {"t":1,"v":"hot"},{"t":2,"v":22.5},
                     {"bn":"%s","v":1},
                     {"bn":"%s","u":"lx","vs":"bright"}]""".formatted(first, foreign, second);

            fleet.sendRecord("gateway", pack, SENML);
            fleet.awaitStored();

            given().get("/api/v1/sensors/%s/readings?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
                            .formatted(first))
                    .then()
                    .statusCode(200)
                    .body(
                            "readings.timestamp",
                            equalTo(List.of("2026-01-01T00:00:00.123Z", "2026-01-01T00:00:02.123Z")))
                    .body("readings.value", equalTo(List.of(21.5f, 22.5f)));
            given().get("/api/v1/sensors/%s".formatted(first)).then().body("unit", equalTo("Cel"));
            given().get("/api/v1/sensors/%s/readings/latest".formatted(second))
                    .then()
                    .body("value", equalTo("bright"))
                    .body("timestamp", equalTo("2026-01-01T00:00:00.123Z"));
            given().get("/api/v1/sensors/%s/readings/latest".formatted(foreign))
                    .then()
                    .body("timestamp", equalTo("2026-01-01T00:00:00.000Z"));
            assertThat(of(fleet, box)).singleElement().satisfies(letter -> {
                assertThat(new String(letter.key(), UTF_8)).isEqualTo("gateway");
                assertThat(letter.value()).isEqualTo(pack.getBytes(UTF_8));
                assertThat(header(letter, "content-type")).isEqualTo("application/senml+json");
                assertThat(header(letter, "dead-letter-reason")).isEqualTo("invalid-value");
                assertThat(header(letter, "dead-letter-detail"))
                        .startsWith("bad entries of the pack: 1, 3; entry 1: v is 'hot'; expected")
                        .contains("; entry 3: type is '")
                        .contains("; expected 'senml-other', under which sensor '%s' is registered".formatted(foreign));
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Type", "CONTENT-TYPE", "content-Type"})
    void readsAPackWithItsHeaderInAnyLetterCase(String header) {
        try (TestFleet fleet = TestFleet.ofType("senml-headers")) {
            String sensor = fleet.newSensor();
            fleet.sendRecord(
                    null,
                    "[{\"bn\":\"%s\",\"bt\":1767225600,\"v\":21.5}]".formatted(sensor),
                    Map.of(header, "application/senml+json"));
            fleet.sendRecord(
                    null, "{\"value\":7}", Map.of("CE_Subject", sensor + "-event", "Ce_Time", "2026-01-01T01:00+0100"));
            fleet.awaitStored();

            given().get("/api/v1/sensors/%s/readings/latest".formatted(sensor))
                    .then()
                    .statusCode(200)
                    .body("value", is(21.5f));
            given().get("/api/v1/sensors/%s-event/readings/latest".formatted(sensor))
                    .then()
                    .statusCode(200)
                    .body("timestamp", equalTo("2026-01-01T00:00:00.000Z"));
        }
    }

    /** One poll with far more readings than the capacity of ingest. */
    @Test
    void storesLargePacksCompletely() {
        int packs = 40;
        int entries = 2_000;
        try (DeadLetterBox box = DeadLetterBox.open();
                TestFleet fleet = TestFleet.ofType("senml-many")) {
            String sensor = fleet.newSensor();
            for (int p = 0; p < packs; p++) {
                StringBuilder pack = new StringBuilder(
                        "[{\"bn\":\"%s\",\"bt\":%d,\"v\":0}".formatted(sensor, 1_767_225_600 + p * entries));
                for (int t = 1; t < entries; t++) {
                    pack.append(",{\"t\":")
                            .append(t)
                            .append(",\"v\":")
                            .append(p)
                            .append('}');
                }
                fleet.sendRecord("gateway", pack + "]", SENML);
            }
            fleet.awaitStored();

            String lines = given().accept("application/x-ndjson")
                    .get("/api/v1/sensors/%s/readings?from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z"
                            .formatted(sensor))
                    .asString();
            assertThat(lines.lines().count()).isEqualTo((long) packs * entries);
            assertThat(of(fleet, box)).isEmpty();
        }
    }

    @Test
    void readsACloudEventInBinaryMode() {
        try (DeadLetterBox box = DeadLetterBox.open();
                TestFleet fleet = TestFleet.ofType("cloud-events")) {
            String sensor = fleet.newSensor();

            fleet.sendRecord(
                    null,
                    "{\"value\":7}",
                    Map.of(
                            "ce_specversion", "1.0",
                            "ce_id", "4711",
                            "ce_source", "/plant-2",
                            "ce_type", "io.telltale.reading",
                            "content-type", "application/json",
                            "ce_subject", sensor,
                            "ce_time", "2026-01-01T01:00:00.5+01:00"));
            fleet.awaitStored();

            given().get("/api/v1/sensors/%s/readings/latest".formatted(sensor))
                    .then()
                    .statusCode(200)
                    .body("timestamp", equalTo("2026-01-01T00:00:00.500Z"))
                    .body("value", is(7));
            assertThat(of(fleet, box)).isEmpty();
        }
    }

    @Test
    void rejectsACloudEventInStructuredMode() {
        try (DeadLetterBox box = DeadLetterBox.open();
                TestFleet fleet = TestFleet.ofType("cloud-events-structured")) {
            fleet.sendRecord(
                    null,
                    "{\"specversion\":\"1.0\",\"subject\":\"x\",\"time\":\"2026-01-01T00:00:00Z\",\"data\":{\"value\":7}}",
                    Map.of("content-type", "application/cloudevents+json; charset=UTF-8"));
            fleet.awaitStored();

            assertThat(of(fleet, box)).singleElement().satisfies(letter -> assertThat(
                            header(letter, "dead-letter-reason"))
                    .isEqualTo("missing-field"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
    void readsCompressedRecords(String compression) {
        try (TestFleet fleet = TestFleet.ofType("compressed", compression)) {
            String sensor = fleet.newSensor();
            for (int second = 0; second < 60; second++) {
                fleet.send(sensor, "2026-01-01T00:00:%02dZ".formatted(second), second);
            }
            fleet.awaitStored();

            given().get("/api/v1/sensors/%s/readings?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
                            .formatted(sensor))
                    .then()
                    .body("readings.size()", is(60));
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> of(TestFleet fleet, DeadLetterBox box) {
        return box.letters().stream()
                .filter(letter -> header(letter, "dead-letter-topic").equals(fleet.topic()))
                .toList();
    }
}
