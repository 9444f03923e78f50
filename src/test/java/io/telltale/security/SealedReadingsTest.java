package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.query.ShreddingResource;
import io.telltale.security.SecuredClient.Answer;
import io.telltale.settings.CapturedLog;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Values of sensitive sensors are sealed in Cassandra and nowhere else, and a shredded sensor is gone for good. */
@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class SealedReadingsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Map<String, String> ADMIN = bearer(TestCredentials.token("admin"));
    private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
    private static final int PLAIN_TEXT = 4;
    private static final int SEALED = 16;

    private final int number = SharedStack.get().nextNumber();

    private String name(String prefix) {
        return prefix + "-" + number;
    }

    private static String reading(String id, String type, int minute, String value) {
        return "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":\"%s\",\"value\":\"%s\"}"
                .formatted(id, type, START.plusSeconds(60L * minute), value);
    }

    private static String atSite(String reading, String site) {
        return reading.replace("{\"sensorId\"", "{\"site\":\"%s\",\"sensorId\"".formatted(site));
    }

    private static void post(String... readings) {
        Map<String, String> headers = new HashMap<>(ADMIN);
        headers.put("Content-Type", "application/x-ndjson");
        Answer answer = SecuredClient.send("POST", "/api/v1/readings", headers, String.join("\n", readings));
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
    }

    private static Answer get(String path, String... headers) {
        Map<String, String> all = new HashMap<>(ADMIN);
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return SecuredClient.get("/api/v1" + path, all);
    }

    private static String range(String id) {
        return "/sensors/%s/readings?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z".formatted(id);
    }

    private static List<String> values(String id) {
        Answer answer = get(range(id));
        List<String> values = new ArrayList<>();
        if (answer.status() == 200) {
            answer.json()
                    .get("readings")
                    .forEach(reading -> values.add(reading.get("value").asText()));
        }
        return values;
    }

    private static void awaitValues(String id, String... values) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(values(id)).containsExactly(values));
    }

    private static List<Integer> kinds(StoredRows stored, String id) {
        return stored.cells(id).stream().map(cell -> (int) cell[9]).toList();
    }

    /** Letters at random, so that they stay together in a compressed file. */
    private static String marker() {
        return new Random()
                .ints(40, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void theFilesOfCassandraHaveNoSealedValue() {
        String open = marker();
        List<String> sealed = List.of(marker(), marker(), marker());
        String type = name("mixed-type");
        try (StoredRows stored = new StoredRows()) {
            stored.flushEachSecond(true);
            try {
                post(
                        reading(name("open"), type, 0, open),
                        reading(name("by-type"), "sealed-type", 0, sealed.get(0)),
                        atSite(reading(name("by-site"), type, 0, sealed.get(1)), "sealed-site-1"),
                        reading(name("sealed-by-id"), type, 0, sealed.get(2)));
                awaitValues(name("open"), open);
                awaitValues(name("by-type"), sealed.get(0));
                awaitValues(name("by-site"), sealed.get(1));
                awaitValues(name("sealed-by-id"), sealed.get(2));
                // What is flushed with a later reading was written before it.
                String later = marker();
                post(reading(name("open"), type, 1, later));
                awaitValues(name("open"), open, later);
                await().atMost(LIMIT).untilAsserted(() -> assertThat(stored.tablesWith(later))
                        .isNotEmpty());
                assertThat(stored.commitLogsWith(open)).isNotEmpty();
                sealed.forEach(marker -> assertThat(stored.filesWith(marker)).isEmpty());
            } finally {
                stored.flushEachSecond(false);
            }
            assertThat(kinds(stored, name("open"))).containsExactly(PLAIN_TEXT, PLAIN_TEXT);
            assertThat(kinds(stored, name("by-site"))).containsExactly(SEALED);
        }
    }

    /** Sealing switched on for a sensor with readings, and off again: here by its site. */
    @Test
    void sealedAndPlainReadingsOfASensorAreReadAlike() {
        String id = name("moving");
        String type = name("moving-type");
        post(reading(id, type, 0, "plain"));
        awaitValues(id, "plain");
        post(atSite(reading(id, type, 1, "sealed"), "sealed-site-2"));
        awaitValues(id, "plain", "sealed");
        post(atSite(reading(id, type, 2, "open again"), "open-site"));
        awaitValues(id, "plain", "sealed", "open again");
        try (StoredRows stored = new StoredRows()) {
            assertThat(kinds(stored, id)).containsExactly(PLAIN_TEXT, SEALED, PLAIN_TEXT);
            assertThat(stored.keys(id)).containsExactly(1);
        }
    }

    @Test
    void aLostKeyConcernsItsReadingsAlone() throws Exception {
        String id = name("sealed-lost");
        String type = name("lost-type");
        try (StoredRows stored = new StoredRows()) {
            stored.insertLostKey(id);
            post(reading(id, type, 0, "first"), reading(id, type, 9, "last"));
            awaitValues(id, "first", "last");
            assertThat(stored.keys(id)).containsExactly(1, 2);
            byte[] cell = stored.cells(id).get(0);
            stored.insert(id, 1_000, cell); // moved
            byte[] lost = cell.clone();
            lost[13] = 1; // sealed with the key that nothing can unwrap
            stored.insert(id, 2_000, lost);
        }
        awaitValues(id, "first", "null", "null", "last");
        JsonNode readings = get(range(id)).json().get("readings");
        assertThat(readings.get(1).get("sealed").asText()).isEqualTo("damaged");
        assertThat(readings.get(2).get("sealed").asText()).isEqualTo("key-unavailable");
        assertThat(readings.get(3).has("sealed")).isFalse();

        String csv = get(range(id), "Accept", "text/csv").body();
        assertThat(csv.lines().skip(1).map(line -> line.substring(line.indexOf(',') + 1)))
                .containsExactly("first", "", "", "last");
        String many = get(
                        "/readings?type=%s&from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z".formatted(type),
                        "Accept",
                        "application/x-ndjson")
                .body();
        assertThat(many)
                .contains("\"value\":\"last\"")
                .contains("\"value\":null,\"sealed\":\"damaged\"}")
                .contains("\"value\":null,\"sealed\":\"key-unavailable\"}");
        assertThat(get("/sensors/%s/readings/latest".formatted(id)).body()).contains("\"value\":\"last\"");
        assertThat(get("/readings/latest?type=" + type).body()).contains("\"value\":\"last\"");

        String windows = "from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z&interval=P1D&functions=count,last";
        JsonNode aggregates =
                get("/sensors/%s/aggregates?%s".formatted(id, windows)).json();
        assertThat(aggregates.get("windows").get(0).get("count").asInt()).isEqualTo(2);
        assertThat(aggregates.get("meta").get("sealed").asInt()).isEqualTo(2);
        JsonNode ofMany = get("/aggregates?type=%s&%s".formatted(type, windows)).json();
        assertThat(ofMany.get("series")
                        .get(0)
                        .get("windows")
                        .get(0)
                        .get("count")
                        .asInt())
                .isEqualTo(2);
        assertThat(ofMany.get("meta").get("sealed").asInt()).isEqualTo(2);

        List<String> replayed = replayed(id);
        assertThat(replayed).hasSize(4);
        assertThat(replayed.get(1)).contains("\"value\":null,\"sealed\":\"damaged\"");
        assertThat(replayed.get(3)).contains("\"value\":\"last\"}");
    }

    private static List<String> replayed(String id) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:%d/api/v1/sensors/%s/readings/stream?since=%s"
                                .formatted(RestAssured.port, id, START)))
                .timeout(LIMIT)
                .header("Authorization", ADMIN.get("Authorization"))
                .build();
        HttpResponse<InputStream> response = HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream());
        List<String> events = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("event: caught-up")) {
                    return events;
                }
                if (line.startsWith("data: ")) {
                    events.add(line);
                }
            }
        }
        throw new AssertionError("the stream ended after " + events);
    }

    @Tag("long")
    @Test
    void aShreddedSensorIsGoneForGood() throws Exception {
        String type = name("shredded-type");
        String topic = "sensors." + type;
        SharedStack.get().kafka().createTopic(topic, 1, Map.of("message.timestamp.type", "CreateTime"));
        String sealed = name("sealed-shredded");
        String open = name("open-shredded");
        String other = name("other");
        List<String> both = List.of(sealed, open);
        try (StoredRows stored = new StoredRows();
                KafkaProducer<String, String> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", SharedStack.get().kafka().bootstrapServers()),
                        new StringSerializer(),
                        new StringSerializer())) {
            long before = System.currentTimeMillis();
            for (String id : both) {
                send(producer, topic, before, reading(id, type, 0, "secret"));
                awaitValues(id, "secret");
            }
            List<Runnable> backups = both.stream().map(stored::backup).toList();
            List<CompletableFuture<Answer>> deletions = both.stream()
                    .map(id -> CompletableFuture.supplyAsync(
                            () -> SecuredClient.send("DELETE", "/api/v1/sensors/" + id, ADMIN, "")))
                    .toList();
            for (CompletableFuture<Answer> deletion : deletions) {
                Answer answer = deletion.get(60, TimeUnit.SECONDS);
                assertThat(answer.status()).as(answer.body()).isEqualTo(204);
            }
            assertThat(stored.keys(sealed)).containsExactly(-1);
            assertGone(both, type);
            SecuredClient.send("DELETE", "/api/v1/sensors/" + open, ADMIN, "").problem(404, "sensor-unknown");

            // Kafka is read again, and a backup is restored.
            both.forEach(id -> send(producer, topic, before, reading(id, type, 1, "secret")));
            send(producer, topic, before, reading(other, type, 0, "other"));
            awaitValues(other, "other");
            backups.forEach(Runnable::run);
            assertGone(both, type);

            both.forEach(id -> send(producer, topic, System.currentTimeMillis(), reading(id, type, 2, "new")));
            for (String id : both) {
                awaitValues(id, "new");
                assertThat(get("/sensors/%s/readings/latest".formatted(id)).body())
                        .contains("\"value\":\"new\"");
            }
            assertThat(get("/sensors?type=" + type).json().findValuesAsText("sensorId"))
                    .containsExactlyInAnyOrder(sealed, open, other);
            assertThat(stored.keys(sealed)).containsExactly(-1, 2);
            assertThat(get("/readings?type=%s&from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z".formatted(type))
                            .body())
                    .doesNotContain("secret");
        }
    }

    @Tag("long")
    @Test
    void aShreddingGoesOnWithoutItsClient() throws Exception {
        String id = name("sealed-abandoned");
        post(reading(id, name("abandoned-type"), 0, "secret"));
        awaitValues(id, "secret");
        try (StoredRows stored = new StoredRows();
                CapturedLog log = CapturedLog.by(ShreddingResource.class)) {
            try (Socket client = new Socket("localhost", RestAssured.port)) {
                client.getOutputStream()
                        .write("DELETE /api/v1/sensors/%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n\r\n"
                                .formatted(id, ADMIN.get("Authorization"))
                                .getBytes(StandardCharsets.US_ASCII));
                await().atMost(LIMIT)
                        .until(() -> log.lines().stream().anyMatch(line -> line.startsWith("Shredding requested by")));
            }
            await().atMost(LIMIT).untilAsserted(() -> get("/sensors/" + id).problem(404, "sensor-unknown"));
            assertThat(stored.keys(id)).containsExactly(-1);
        }
    }

    private static void assertGone(List<String> ids, String type) {
        for (String id : ids) {
            get("/sensors/" + id).problem(404, "sensor-unknown");
            get(range(id)).problem(404, "sensor-unknown");
            get("/sensors/%s/readings/latest".formatted(id)).problem(404, "sensor-unknown");
        }
        assertThat(get("/sensors?type=" + type).json().findValuesAsText("sensorId"))
                .doesNotContainAnyElementsOf(ids);
        assertThat(get("/readings/latest?type=" + type).body()).doesNotContain("secret");
    }

    private static void send(KafkaProducer<String, String> producer, String topic, long recordTime, String reading) {
        try {
            producer.send(new ProducerRecord<>(topic, 0, recordTime, null, reading))
                    .get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
