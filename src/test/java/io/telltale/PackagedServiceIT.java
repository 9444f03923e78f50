package io.telltale;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.restassured.RestAssured;
import io.telltale.fleet.TestFleet;
import io.telltale.ingest.DeadLetterBox;
import io.telltale.ingest.ServiceMetrics;
import io.telltale.live.EventStream;
import io.telltale.live.EventStream.Event;
import io.telltale.local.LocalStackResource;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import io.telltale.sealing.TestKeyset;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The packaged service as it runs in production, in 256 MB: each thing that it does, once. In {@code mvn verify} the
 * jar, in {@code mvn verify -Dnative} the native executable, where whatever is reached by reflection or brings a
 * library of its own may be missing. Other tests cover the details, and {@code PackagedRequestsIT} the forms of requests.
 */
@Tag("servers")
@QuarkusIntegrationTest
@WithTestResource(LocalStackResource.class)
class PackagedServiceIT {

    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final String DAY = "from=2026-02-01T00:00:00Z&to=2026-02-02T00:00:00Z";
    private static final long START = 1_769_904_000_000L;
    /** More than percentiles are exact of, and more than one page of Cassandra's. */
    private static final int MANY = 12_000;

    @BeforeEach
    void itIsReady() {
        await().atMost(LIMIT.multipliedBy(2))
                .untilAsserted(() -> given().get("/q/health/ready").then().statusCode(200));
    }

    @Test
    void servesThePage() {
        given().get("/")
                .then()
                .statusCode(200)
                .header("Content-Security-Policy", containsString("default-src 'self'"))
                .body(containsString("<title>Telltale</title>"));
        String plot =
                given().get("/page/plot.js").then().statusCode(200).extract().asString();
        String files = plot.replaceFirst("(?s).*'\\.\\.(/webjars/[^']+)'.*", "$1");
        given().get(files + "uPlot.esm.js").then().statusCode(200).body(containsString("uPlot"));
        given().get("/page/missing.js").then().statusCode(404).contentType("application/problem+json");
    }

    @Test
    void readingsComeBackAsPagesStreamsTheNewestAndAggregates() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("packaged")) {
            String sensor = fleet.newSensor();
            for (int i = 0; i < MANY; i++) {
                fleet.send(sensor, START + 5_000L * i, i, i == 0 ? Map.of("unit", "Cel", "site", "hall-1") : Map.of());
            }
            fleet.awaitStored();

            given().get("/api/v1/sensors/{id}/readings?{range}&limit=2".replace("{range}", DAY), sensor)
                    .then()
                    .statusCode(200)
                    .body("readings.value", contains(0, 1))
                    .body("next", notNullValue())
                    .body("meta.complete", notNullValue());
            given().get("/api/v1/sensors/{id}/readings/latest", sensor).then().body("value", equalTo(MANY - 1));
            given().get("/api/v1/sensors/{id}", sensor)
                    .then()
                    .body("unit", equalTo("Cel"))
                    .body("site", equalTo("hall-1"));
            given().get("/api/v1/sensors?site=hall-1&type=packaged").then().body("sensors.sensorId", contains(sensor));

            assertThat(export(sensor, "application/x-ndjson").lines()).hasSize(MANY);
            assertThat(export(sensor, "text/csv").lines())
                    .hasSize(MANY + 1)
                    .startsWith("timestamp,value", "2026-02-01T00:00:00.000Z,0");
            assertThat(export(sensor, "application/senml+json")).contains("\"bn\":\"" + sensor);
            assertThat(gzipped(sensor, "application/x-ndjson").lines()).hasSize(MANY);
            assertThat(gzipped(sensor, "application/json")).contains("\"next\"");
            given().get("/api/v1/admin/layouts/packaged").then().statusCode(200);

            given().get("/api/v1/sensors/{id}/aggregates?" + DAY + "&interval=P1D&functions=count,avg,p50", sensor)
                    .then()
                    .statusCode(200)
                    .body("windows.count", contains(MANY))
                    .body("windows[0].avg", equalTo((MANY - 1) / 2f))
                    .body("windows[0].p50", notNullValue())
                    .body("meta.percentiles", startsWith("sketch"));
            given().get(
                            "/api/v1/sensors/{id}/aggregates?" + DAY
                                    + "&interval=PT6H&timezone=Australia/Lord_Howe&functions=p50",
                            sensor)
                    .then()
                    .statusCode(200)
                    .body("meta.percentiles", equalTo("exact"));
        }
    }

    @Tag("long")
    @Tag("native")
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "lz4", "snappy", "zstd"})
    void batchesAreReadHoweverTheirProducerCompressedThem(String compression) {
        try (TestFleet fleet = TestFleet.ofType("packaged-" + compression, compression)) {
            String sensor = fleet.newSensor();
            for (int i = 0; i < 100; i++) {
                fleet.send(sensor, START + i, "packed by " + compression);
            }
            fleet.awaitStored();
            given().get("/api/v1/sensors/{id}/readings?" + DAY, sensor).then().body("readings", hasSize(100));
        }
    }

    @Test
    void aLiveStreamGoesOnBehindTheLastEvent() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("packaged-live")) {
            String path = "/api/v1/readings/stream?type=packaged-live";
            String sensor = fleet.newSensor();
            Event seen;
            try (EventStream stream = EventStream.open(path)) {
                fleet.send(sensor, START, 1);
                fleet.flush();
                seen = stream.next();
                assertThat(seen.data()).contains("\"value\":1");
            }
            fleet.send(sensor, START + 1, 2);
            fleet.flush();
            try (EventStream stream = EventStream.open(path, seen.id())) {
                assertThat(stream.nextData()).contains("\"value\":2");
            }
        }
    }

    @Test
    void postedReadingsAreStoredAndDeletedOnesAreGone() {
        String sensor = "packaged-post-" + SharedStack.get().nextNumber();
        String readings = """
                [{"sensorId":"%1$s","type":"packaged-post","timestamp":"2026-02-01T02:00+0100","value":1,"unit":"\\u2126"},
                 {"sensorId":"%1$s","type":"packaged-post","timestamp":1.7699112e12,"value":1e16,"unit":7},
                 {"sensorId":"%1$s","type":"packaged-post","timestamp":"2026-02-01T02:00:00Z"}]""".formatted(sensor);
        given().contentType("application/json")
                .body(readings)
                .post("/api/v1/readings")
                .then()
                .statusCode(202)
                .body("accepted", equalTo(2))
                .body("rejected.reason", contains("missing-field"))
                .body("warnings.index", contains(1));
        await().atMost(LIMIT).untilAsserted(() -> given().get("/api/v1/sensors/{id}/readings?" + DAY, sensor)
                .then()
                .body(containsString("\"value\":1}"), containsString("\"value\":10000000000000000}")));
        // The data of the normal form NFC are resources of the JDK.
        given().get("/api/v1/sensors/{id}", sensor).then().body("unit", equalTo("\u03a9"));

        given().delete("/api/v1/sensors/{id}/readings?from=2026-02-01T01:30:00Z&to=2026-02-02T00:00:00Z", sensor)
                .then()
                .statusCode(204);
        given().get("/api/v1/sensors/{id}/readings?" + DAY, sensor).then().body("readings.value", contains(1));
        given().get("/api/v1/sensors/{id}/deletions", sensor).then().body("deletions", hasSize(1));

        given().contentType("application/json")
                .body("{\"name\":\"boiler\",\"labels\":{\"floor\":\"2\"},\"expectedInterval\":\"PT1M\"}")
                .put("/api/v1/sensors/{id}", sensor)
                .then()
                .statusCode(200)
                .body("labels.floor", equalTo("2"));
    }

    @Test
    void recordsThatAreNoReadingsAreDeadLetters() {
        try (DeadLetterBox box = DeadLetterBox.open();
                TestFleet fleet = TestFleet.ofType("packaged-bad")) {
            String sensor = fleet.newSensor();
            String pack = "[{\"bn\":\"%s\",\"bt\":1769904000,\"v\":1}]".formatted(sensor);
            fleet.sendRecord("some-key", "{\"sensorId\":\"");
            fleet.sendRecord(null, "{\"sensor_id\":\"a\",\"Timestamp\":\"2026-02-01T00:00:00Z\",\"ts\":1}");
            fleet.sendRecord(null, pack);
            fleet.sendRecord(null, pack, Map.of("CONTENT-TYPE", "application/senml+json"));
            fleet.awaitStored();
            given().get("/api/v1/sensors/{id}/readings?" + DAY, sensor).then().body("readings.value", contains(1));
            assertThat(box.letters().stream()
                            .filter(letter -> DeadLetterBox.header(letter, "dead-letter-topic")
                                    .equals(fleet.topic()))
                            .map(letter -> DeadLetterBox.header(letter, "dead-letter-reason") + ": "
                                    + DeadLetterBox.header(letter, "dead-letter-detail")))
                    .hasSize(3)
                    .anySatisfy(letter -> assertThat(letter).startsWith("malformed: body is not JSON"))
                    .anySatisfy(letter -> assertThat(letter)
                            .startsWith("missing-field: ")
                            .contains("sensorId is neither", "timestamp is missing", "value is missing")
                            .endsWith("found the fields 'sensor_id', 'Timestamp', 'ts'"))
                    .anySatisfy(letter -> assertThat(letter).contains("looks like a SenML pack: set the header"));
            assertThat(ServiceMetrics.of("http://localhost:" + RestAssured.port)
                            .sum("telltale_readings_rejected_total", "topic", fleet.topic()))
                    .isEqualTo(3);
        }
    }

    @Test
    void healthMetricsAndTheApiDocumentAreThere() {
        for (String kind : List.of("live", "ready", "started", "group/dependencies")) {
            given().get("/q/health/" + kind).then().statusCode(200).body("status", equalTo("UP"));
        }
        given().get("/q/metrics")
                .then()
                .statusCode(200)
                .body(containsString("telltale_kafka_to_stored_seconds_bucket"))
                .body(containsString("jvm_memory_used_bytes"));
        given().accept("application/json")
                .get("/q/openapi?format=json")
                .then()
                .statusCode(200)
                .body("info.title", equalTo("Telltale"));
        given().get("/q/swagger-ui/").then().statusCode(200);
    }

    @Test
    void ingestGoesOnAfterCassandraDidNotAnswer() {
        try (TestFleet fleet = TestFleet.ofType("packaged-outage")) {
            String sensor = fleet.newSensor();
            fleet.send(sensor, START, "before");
            fleet.awaitStored();
            SharedStack.get().cassandra().pause();
            try {
                fleet.send(sensor, START + 1, "meanwhile");
                fleet.flush();
                await().atMost(LIMIT).untilAsserted(() -> given().get("/q/health/ready")
                        .then()
                        .statusCode(200)
                        .body("checks.data.ingest.flatten()", notNullValue())
                        .body("checks.find { it.name == 'telltale' }.data.ingest", startsWith("waits: ")));
                given().get("/api/v1/sensors/{id}/readings?" + DAY, sensor)
                        .then()
                        .statusCode(503)
                        .header("Retry-After", notNullValue());
            } finally {
                SharedStack.get().cassandra().resume();
            }
            fleet.awaitStored();
            await().atMost(LIMIT).untilAsserted(() -> given().get("/api/v1/sensors/{id}/readings?" + DAY, sensor)
                    .then()
                    .body("readings.value", contains("before", "meanwhile")));
        }
    }

    /** Both replicas store the reading, and the sealed value of the one with the keyset remains. */
    @Test
    void aSealedValueIsReadWithTheKeysetAlone(@TempDir Path directory) throws Exception {
        SharedStack stack = SharedStack.get();
        String name = "packaged-sealed-" + stack.nextNumber();
        ServiceSettings settings = ServiceSettings.packaged(
                        stack.kafka(), stack.cassandra(), directory.resolve("service"))
                .with("telltale.storage.keyspace", "telltale_it")
                .with("mp.messaging.incoming.sensors.group.id", name)
                .ofTopic("sensors." + name)
                .with("telltale.security.sealed", "type:" + name)
                .with(
                        "telltale.security.keyset",
                        Files.writeString(directory.resolve("keyset.json"), TestKeyset.create())
                                .toString());
        try (TestFleet fleet = TestFleet.ofType(name);
                ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            String sensor = fleet.newSensor();
            fleet.send(sensor, START, "secret");
            fleet.flush();
            String readings = "/api/v1/sensors/" + sensor + "/readings?" + DAY;
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(given().get(readings).asString())
                            .contains("\"value\":null,\"sealed\":\"key-unavailable\""));
            assertThat(given().get(URI.create(service.baseUrl() + readings)).asString())
                    .contains("\"value\":\"secret\"");
        }
    }

    private static String export(String sensor, String mediaType) {
        return given().accept(mediaType)
                .get("/api/v1/sensors/{id}/readings?" + DAY, sensor)
                .then()
                .statusCode(200)
                .extract()
                .asString();
    }

    private static String gzipped(String sensor, String mediaType) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        "http://localhost:%d/api/v1/sensors/%s/readings?%s".formatted(RestAssured.port, sensor, DAY)))
                .header("Accept", mediaType)
                .header("Accept-Encoding", "gzip")
                .build();
        try (InputStream body = HttpClient.newHttpClient()
                        .send(request, BodyHandlers.ofInputStream())
                        .body();
                GZIPInputStream plain = new GZIPInputStream(body)) {
            return new String(plain.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
