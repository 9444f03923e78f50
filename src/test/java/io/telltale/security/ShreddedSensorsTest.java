package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static io.telltale.security.SensorRequests.ADMIN;
import static io.telltale.security.SensorRequests.DAY;
import static io.telltale.security.SensorRequests.START;
import static io.telltale.security.SensorRequests.awaitValues;
import static io.telltale.security.SensorRequests.get;
import static io.telltale.security.SensorRequests.post;
import static io.telltale.security.SensorRequests.range;
import static io.telltale.security.SensorRequests.reading;
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
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A shredded sensor is gone for good: in every response, replay, cursor and backup. Each test waits some 12 s. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class ShreddedSensorsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String SECRET = "secret";

    private final int number = SharedStack.get().nextNumber();
    private final String type = name("shredded-type");
    private final String topic = "sensors." + type;
    private final String sealed = name("sealed-shredded");
    private final String open = name("open-shredded");
    private final List<String> both = List.of(sealed, open);

    private String name(String prefix) {
        return prefix + "-" + number;
    }

    /** The requests that a client began before the shredding, and continues after it. */
    private record Continued(String sensorId, String eventId, String cursor, String cursorOfLatest) {

        static Continued of(String id, String type) {
            List<String> events = SecuredClient.replay(stream(id), ADMIN);
            String firstId = events.stream()
                    .filter(line -> line.startsWith("id:"))
                    .findFirst()
                    .orElseThrow()
                    .substring("id:".length())
                    .strip();
            return new Continued(
                    id,
                    firstId,
                    get(range(id) + "&limit=1").json().get("next").asText(),
                    get(latest(type)).json().get("next").asText());
        }

        private static String stream(String id) {
            return "/api/v1/sensors/%s/readings/stream?since=%s".formatted(id, START);
        }

        private static String latest(String type) {
            return "/readings/latest?limit=1&type=" + type;
        }

        /** What each of them returns now. */
        List<String> received(String type) {
            Map<String, String> resumed = new HashMap<>(ADMIN);
            resumed.put("Last-Event-ID", eventId);
            return List.of(
                    String.join("\n", SecuredClient.replay(stream(sensorId), resumed)),
                    get(range(sensorId) + "&limit=1&cursor=" + cursor).body(),
                    get(latest(type) + "&cursor=" + cursorOfLatest).body());
        }
    }

    @Test
    void isGoneForGood() throws Exception {
        createTopic();
        String other = name("other");
        try (StoredRows stored = new StoredRows();
                KafkaProducer<String, String> producer = producer()) {
            long before = System.currentTimeMillis();
            for (String id : both) {
                send(producer, before, reading(id, type, 0, SECRET));
                send(producer, before, reading(id, type, 1, SECRET));
                awaitValues(id, SECRET, SECRET);
            }
            List<Continued> continued =
                    both.stream().map(id -> Continued.of(id, type)).toList();
            continued.forEach(requests -> assertThat(requests.received(type))
                    .allSatisfy(answer -> assertThat(answer).contains(SECRET)));
            assertThat(everything())
                    .allSatisfy(
                            (request, answer) -> assertThat(answer).as(request).contains(SECRET));
            List<Runnable> backups = both.stream().map(stored::backup).toList();
            shred(both);
            assertThat(stored.keys(sealed)).containsExactly(-1);
            assertGone(continued);
            SecuredClient.send("DELETE", "/api/v1/sensors/" + open, ADMIN, "").problem(404, "sensor-unknown");

            // Kafka is read again, and a backup is restored.
            both.forEach(id -> send(producer, before, reading(id, type, 2, SECRET)));
            send(producer, before, reading(other, type, 0, "other"));
            awaitValues(other, "other");
            backups.forEach(Runnable::run);
            assertGone(continued);

            both.forEach(id -> send(producer, System.currentTimeMillis(), reading(id, type, 3, "new")));
            for (String id : both) {
                awaitValues(id, "new");
                assertThat(get("/sensors/%s/readings/latest".formatted(id)).body())
                        .contains("\"value\":\"new\"");
            }
            assertThat(get("/sensors?type=" + type).json().findValuesAsText("sensorId"))
                    .containsExactlyInAnyOrder(sealed, open, other);
            assertThat(stored.keys(sealed)).containsExactly(-1, 2);
            assertHasNoSecret(continued);
        }
    }

    /**
     * The destroyed key protects sealed values, whatever else is restored. An unsealed sensor must be shredded again.
     */
    @Test
    void aBackupWithoutTheShreddingHasNoSealedValue() throws Exception {
        createTopic();
        try (StoredRows stored = new StoredRows();
                KafkaProducer<String, String> producer = producer()) {
            for (String id : both) {
                send(producer, System.currentTimeMillis(), reading(id, type, 0, SECRET));
                awaitValues(id, SECRET);
            }
            List<Runnable> backups =
                    both.stream().map(stored::backupBeforeShredding).toList();
            shred(both);
            backups.forEach(Runnable::run);

            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(SensorRequests.values(open)).containsExactly(SECRET));
            await().atMost(LIMIT).untilAsserted(() -> {
                JsonNode restored = get(range(sealed)).json().at("/readings/0");
                assertThat(restored.at("/value").isNull()).isTrue();
                assertThat(restored.at("/sealed").asText()).isEqualTo("key-unavailable");
            });
            everythingOf(sealed)
                    .forEach((request, answer) -> assertThat(answer).as(request).doesNotContain(SECRET));

            shred(List.of(open));
            get(range(open)).problem(404, "sensor-unknown");
            assertThat(get("/readings?type=%s&%s".formatted(type, DAY)).body()).doesNotContain(SECRET);
        }
    }

    @Test
    void aShreddingGoesOnWithoutItsClient() throws Exception {
        String id = name("sealed-abandoned");
        post(reading(id, name("abandoned-type"), 0, SECRET));
        awaitValues(id, SECRET);
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

    /** The scope of an administrator is the same for shredding as for reading. */
    @Test
    void anAdministratorShredsWithinTheScopeOnly() throws Exception {
        Map<String, String> scoped =
                bearer(TestCredentials.scoped("{\"sensors\":[\"%s\"]}".formatted(sealed), "admin"));
        String other = name("sealed-outside");
        for (String id : List.of(sealed, open, other)) {
            post(reading(id, type, 0, SECRET));
            awaitValues(id, SECRET);
        }
        try (StoredRows stored = new StoredRows()) {
            List<Integer> keys = stored.keys(other);
            for (String outside : List.of(open, other)) {
                String target = "/api/v1/sensors/" + outside;
                String hidden = SecuredClient.send("DELETE", target, scoped, "").problem(404, "sensor-unknown");
                String unseen = SecuredClient.send("DELETE", "/api/v1/sensors/never-seen", scoped, "")
                        .problem(404, "sensor-unknown");
                assertThat(hidden).isEqualTo(unseen.replace("never-seen", outside));
            }
            Answer shredded = SecuredClient.send("DELETE", "/api/v1/sensors/" + sealed, scoped, "");
            assertThat(shredded.status()).as(shredded.body()).isEqualTo(204);
            get("/sensors/" + sealed).problem(404, "sensor-unknown");
            assertThat(stored.keys(sealed)).containsExactly(-1);

            assertThat(stored.keys(other)).isEqualTo(keys).doesNotContain(-1);
            for (String outside : List.of(open, other)) {
                awaitValues(outside, SECRET);
                assertThat(get("/sensors/" + outside).status()).isEqualTo(200);
            }
        }
    }

    private void createTopic() {
        SharedStack.get().kafka().createTopic(topic, 1, Map.of("message.timestamp.type", "CreateTime"));
    }

    private static void shred(List<String> ids) throws Exception {
        List<CompletableFuture<Answer>> deletions = ids.stream()
                .map(id -> CompletableFuture.supplyAsync(
                        () -> SecuredClient.send("DELETE", "/api/v1/sensors/" + id, ADMIN, "")))
                .toList();
        for (CompletableFuture<Answer> deletion : deletions) {
            Answer answer = deletion.get(60, TimeUnit.SECONDS);
            assertThat(answer.status()).as(answer.body()).isEqualTo(204);
        }
    }

    private void assertGone(List<Continued> continued) {
        for (String id : both) {
            for (String path : List.of("", "/readings", "/readings/latest", "/aggregates?interval=P1D", "/deletions")) {
                get("/sensors/" + id + path).problem(404, "sensor-unknown");
            }
        }
        assertThat(get("/sensors?type=" + type).json().findValuesAsText("sensorId"))
                .doesNotContainAnyElementsOf(both);
        assertHasNoSecret(continued);
    }

    private void assertHasNoSecret(List<Continued> continued) {
        everything().forEach((request, answer) -> assertThat(answer).as(request).doesNotContain(SECRET));
        continued.forEach(requests -> assertThat(requests.received(type))
                .allSatisfy(answer -> assertThat(answer).doesNotContain(SECRET)));
    }

    /** The answers of all requests that return values of both sensors, by the request. */
    private Map<String, String> everything() {
        Map<String, String> answers = new HashMap<>(everythingOf(sealed));
        answers.putAll(everythingOf(open));
        String aggregates = "/aggregates?type=%s&%s&interval=P1D&functions=first,last".formatted(type, DAY);
        answers.put(aggregates, get(aggregates).body());
        String latest = "/readings/latest?type=" + type;
        answers.put(latest, get(latest).body());
        for (String format : List.of("application/x-ndjson", "text/csv")) {
            String readings = "/readings?type=%s&%s".formatted(type, DAY);
            answers.put(readings + " " + format, get(readings, "Accept", format).body());
        }
        String stream = "/api/v1/readings/stream?type=%s&since=%s".formatted(type, START);
        answers.put(stream, String.join("\n", SecuredClient.replay(stream, ADMIN)));
        return answers;
    }

    private static Map<String, String> everythingOf(String id) {
        Map<String, String> answers = new HashMap<>();
        String aggregates = DAY + "&interval=P1D&functions=first,last";
        for (String path : List.of(
                range(id),
                "/sensors/%s/readings/latest".formatted(id),
                "/sensors/%s/aggregates?%s".formatted(id, aggregates),
                "/aggregates?sensor=%s&%s".formatted(id, aggregates),
                "/readings/latest?sensor=" + id)) {
            answers.put(path, get(path).body());
        }
        String readings = "/readings?sensor=%s&%s".formatted(id, DAY);
        for (String format : List.of("application/x-ndjson", "text/csv", "application/senml+json")) {
            answers.put(
                    range(id) + " " + format, get(range(id), "Accept", format).body());
        }
        for (String format : List.of("application/x-ndjson", "text/csv")) {
            answers.put(readings + " " + format, get(readings, "Accept", format).body());
        }
        String stream = "/api/v1/sensors/%s/readings/stream?since=%s".formatted(id, START);
        answers.put(stream, String.join("\n", SecuredClient.replay(stream, ADMIN)));
        return answers;
    }

    private static KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", SharedStack.get().kafka().bootstrapServers()),
                new StringSerializer(),
                new StringSerializer());
    }

    private void send(KafkaProducer<String, String> producer, long recordTime, String reading) {
        try {
            producer.send(new ProducerRecord<>(topic, 0, recordTime, null, reading))
                    .get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
