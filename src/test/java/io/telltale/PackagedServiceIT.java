package io.telltale;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.ZstdOutputStream;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.restassured.RestAssured;
import io.telltale.api.RawHttp;
import io.telltale.fleet.TestFleet;
import io.telltale.ingest.DeadLetterBox;
import io.telltale.live.EventStream;
import io.telltale.live.EventStream.Event;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SelfSignedCertificate;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import io.telltale.sealing.TestKeyset;
import io.vertx.core.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The packaged service as it runs in production, in 256 MB: each thing that it does, once. In {@code mvn verify} the
 * jar, in {@code mvn verify -Dnative} the native executable, where whatever is reached by reflection or brings a
 * library of its own may be missing. What each thing does exactly is said by other tests.
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
            given().get("/api/v1/sensors/{id}/aggregates?" + DAY + "&interval=P1D&timezone=est", sensor)
                    .then()
                    .statusCode(200)
                    .body("windows[1].start", equalTo("2026-02-01T05:00:00.000Z"));
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
    void aRecordThatIsNoReadingIsADeadLetter() {
        try (DeadLetterBox box = DeadLetterBox.open();
                TestFleet fleet = TestFleet.ofType("packaged-bad")) {
            fleet.sendRecord("some-key", "{\"sensorId\":\"");
            fleet.awaitStored();
            assertThat(box.letters())
                    .filteredOn(letter ->
                            DeadLetterBox.header(letter, "dead-letter-topic").equals("sensors.packaged-bad"))
                    .singleElement()
                    .satisfies(letter -> assertThat(DeadLetterBox.header(letter, "dead-letter-reason"))
                            .isEqualTo("malformed"));
        }
    }

    @Test
    void refusalsSayWhatIsWrong() {
        given().get("/api/v1/sensors/never-seen/readings?from=yesterday")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("type", startsWith("urn:telltale:problem:"))
                .body("detail", containsString("yesterday"));
        given().get("/api/v1/sensors/never-seen/aggregates?interval=P1D&timezone=America/Nowhere")
                .then()
                .statusCode(400)
                .body(
                        "detail",
                        matchesPattern(
                                ".* 'America/Nowhere'; expected an IANA time zone of version 20[0-9]{2}[a-z] .*"));
        given().get("/api/v1/sensors/never-seen").then().statusCode(404);
        given().get("/nothing/here").then().statusCode(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/api/v1/readings/stream", "/api/v1/sensors", "/q/health/live", "/q/openapi", "/q/swagger-ui/"})
    void headLeavesTheConnectionUsable(String path) throws Exception {
        String head = "HEAD " + path + " HTTP/1.1\r\nHost: telltale\r\n\r\n";
        String answers = RawHttp.exchange(
                RestAssured.port,
                head + head + "GET /q/health/live HTTP/1.1\r\nHost: telltale\r\nConnection: close\r\n\r\n");
        assertThat(RawHttp.statuses(answers)).containsExactly(200, 200, 200);
        for (RawHttp.Answer answer : RawHttp.http2(RestAssured.port, HttpMethod.HEAD, List.of(path, path))) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEmpty();
        }
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> given().get("/q/metrics").then().body(containsString("telltale_live_subscribers 0")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    GET /api/v1/sensors?site={plant} HTTP/1.1\\r\\nHost: a                     | '{' at character 22
                    GET /api/v1/sensors?site=%zz HTTP/1.1\\r\\nHost: a                         | '%zz' at character 22
                    GET /q/health/live HTTP/1.1                                                 | Host is missing
                    POST /api/v1/readings HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked | malformed chunk
                    POST /api/v1/readings HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\nContent-Length: 4 | without Content-Length
                    """)
    void invalidHttpIsAProblem(String head, String detail) throws Exception {
        String request = head.replace("\\r\\n", "\r\n");
        String answer = RawHttp.exchange(
                RestAssured.port,
                request + "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\nnochunk\r\n");
        assertThat(RawHttp.statuses(answer)).containsExactly(400);
        assertThat(answer).contains("application/problem+json", detail);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "zstd"})
    void aCompressedPostIsAccepted(String coding) throws Exception {
        String reading =
                "{\"sensorId\":\"packaged-%1$s\",\"type\":\"packaged-packed\",\"timestamp\":%2$d,\"value\":1}\n"
                        .formatted(coding, START);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (OutputStream compressing =
                switch (coding) {
                    case "gzip" -> new GZIPOutputStream(body);
                    case "deflate" -> new DeflaterOutputStream(body);
                    default -> new ZstdOutputStream(body);
                }) {
            compressing.write(reading.repeat(3).getBytes(StandardCharsets.UTF_8));
        }
        given().contentType("application/x-ndjson")
                .header("Content-Encoding", coding)
                .body(body.toByteArray())
                .post("/api/v1/readings")
                .then()
                .statusCode(202)
                .body("accepted", equalTo(3));
        given().contentType("application/x-ndjson")
                .header("Content-Encoding", "br")
                .body(body.toByteArray())
                .post("/api/v1/readings")
                .then()
                .statusCode(415)
                .body("detail", containsString("gzip, deflate, zstd"));
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

    /** A replica of its own, which logs as JSON. While Cassandra keeps it waiting, it can be seen how it stops. */
    @Test
    void onSigtermItIsNotReadyStoresWhatItHoldsAndSaysGoodbyeLast(@TempDir Path directory) throws Exception {
        SharedStack stack = SharedStack.get();
        String name = "packaged-end-" + stack.nextNumber();
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .with("telltale.storage.keyspace", "telltale_it")
                .with("mp.messaging.incoming.sensors.group.id", name)
                // Longer than the test: what is stored was stored because the end came.
                .with("telltale.ingest.linger", "10s")
                .with("quarkus.log.console.json.enabled", "true");
        String ignored = "sensors.Held_" + stack.nextNumber();
        stack.kafka().createTopic(ignored, 1, Map.of());
        try (TestFleet fleet = TestFleet.ofType(name);
                ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            // Before anybody asked for anything: what is nought is a figure, too.
            given().get(service.baseUrl() + "/q/metrics")
                    .then()
                    .body(containsString("telltale_live_subscribers 0"))
                    .body(containsString("telltale_live_gaps_total{reason=\"retention\"} 0"))
                    .body(containsString("telltale_queries_waiting 0"))
                    .body(containsString("telltale_posts_waiting 0"));
            String sensor = fleet.type() + "-held";
            try (EventStream stream = EventStream.open(service.baseUrl(), "/api/v1/readings/stream?type=" + name, "")) {
                fleet.send(sensor, START, "held");
                fleet.flush();
                assertThat(stream.nextData()).contains("held");
                await().atMost(LIMIT).until(() -> given().get(service.baseUrl() + "/q/metrics")
                        .asString()
                        .contains("telltale_readings_held 1"));
                CompletableFuture<Void> stopping;
                stack.cassandra().pause();
                try {
                    stopping = CompletableFuture.runAsync(service::stop);
                    await().atMost(LIMIT)
                            .until(() -> given().get(service.baseUrl() + "/q/health/ready")
                                            .statusCode()
                                    == 503);
                    assertThat(stream.waiting()).as("events while it drains").isZero();
                } finally {
                    stack.cassandra().resume();
                }
                assertThat(stream.next().name()).isEqualTo("goodbye");
                stopping.get(30, TimeUnit.SECONDS);
            }
            List<String> lines = Files.readAllLines(service.log());
            assertThat(lines).as("lines of the log").isNotEmpty().allSatisfy(line -> assertThat(
                            new ObjectMapper().readTree(line).get("message"))
                    .isNotNull());
            assertThat(lines).anyMatch(line -> line.contains("\"message\":\"Ingest is drained\""));
            assertThat(lines).anyMatch(line -> line.contains("topic=%s is not read".formatted(ignored)));
            // The service that is asked has to find out, too, that Cassandra answers again.
            await().atMost(LIMIT).untilAsserted(() -> given().get("/api/v1/sensors/{id}/readings?" + DAY, sensor)
                    .then()
                    .statusCode(200)
                    .body("readings.value", contains("held")));
        }
    }

    /**
     * A replica of its own. What is under way is finished before HTTP is closed; a live stream, which would go on for
     * ever, and one whose client has left hold nothing up.
     */
    @Test
    void aPostUnderWayAtSigtermIsFinished(@TempDir Path directory) throws Exception {
        SharedStack stack = SharedStack.get();
        String name = "packaged-post-" + stack.nextNumber();
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .with("telltale.storage.keyspace", "telltale_it")
                .with("mp.messaging.incoming.sensors.group.id", name);
        String first =
                "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":%d,\"value\":1}\n".formatted(name, name, START);
        String second = first.replace("\"value\":1", "\"value\":2");
        try (TestFleet fleet = TestFleet.ofType(name);
                ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            fleet.send(fleet.newSensor(), START, "so that there is a topic");
            fleet.flush();
            String path = "/api/v1/sensors/%s/readings/stream".formatted(name);
            EventStream.open(service.baseUrl(), path, "").close();
            try (EventStream stream = EventStream.open(service.baseUrl(), path, "");
                    Socket connection = new Socket(
                            InetAddress.getLoopbackAddress(),
                            URI.create(service.baseUrl()).getPort())) {
                send(
                        connection,
                        "POST /api/v1/readings HTTP/1.1\r\nHost: telltale\r\nContent-Type: application/x-ndjson\r\n"
                                + "Content-Length: %d\r\n\r\n%s".formatted(2 * first.length(), first));
                assertThat(stream.nextData()).as("is under way").contains("\"value\":1");
                CompletableFuture<Void> stopping = CompletableFuture.runAsync(service::stop);
                assertThat(stream.next().name()).isEqualTo("goodbye");
                await().atMost(LIMIT)
                        .until(() -> Files.readString(service.log()).contains("Waiting for HTTP requests to complete"));
                send(connection, second);
                long answered = System.nanoTime();
                assertThat(new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("HTTP/1.1 202 ")
                        .contains("\"accepted\":2");
                stopping.get(30, TimeUnit.SECONDS);
                assertThat(Duration.ofNanos(System.nanoTime() - answered))
                        .as("until it left")
                        .isLessThan(Duration.ofSeconds(8));
            }
        }
    }

    private static void send(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** A replica of its own has HTTPS beside HTTP, with a self-signed certificate that the client must be given. */
    @Test
    void overTlsItAnswersWithTheCertificateItWasGiven(@TempDir Path directory) throws Exception {
        SharedStack stack = SharedStack.get();
        String name = "packaged-tls-" + stack.nextNumber();
        SelfSignedCertificate certificate = SelfSignedCertificate.in(directory);
        ServiceSettings settings = ServiceSettings.packaged(
                        stack.kafka(), stack.cassandra(), directory.resolve("service"))
                .with("telltale.storage.keyspace", "telltale_it")
                .with("mp.messaging.incoming.sensors.group.id", name)
                .with("quarkus.http.cors.origins", "https://dashboard.example")
                .withTls(certificate);
        try (TestFleet fleet = TestFleet.ofType(name);
                ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            String sensor = fleet.newSensor();
            fleet.send(sensor, START, "encrypted");
            fleet.flush();
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create(service.tlsUrl() + "/api/v1/sensors/" + sensor + "/readings?" + DAY))
                    .header("Origin", "https://dashboard.example")
                    .build();
            HttpClient trusting =
                    HttpClient.newBuilder().sslContext(certificate.trusted()).build();
            // It answers over HTTP a moment before it listens for HTTPS.
            await().atMost(LIMIT)
                    .ignoreExceptionsInstanceOf(ConnectException.class)
                    .untilAsserted(() -> assertThat(trusting.send(request, BodyHandlers.ofString()))
                            .satisfies(answer -> {
                                assertThat(answer.statusCode()).isEqualTo(200);
                                assertThat(answer.body()).contains("encrypted");
                                assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
                                assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                                        .contains("https://dashboard.example");
                            }));
            assertThatThrownBy(() -> HttpClient.newHttpClient().send(request, BodyHandlers.ofString()))
                    .isInstanceOf(SSLHandshakeException.class);
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
