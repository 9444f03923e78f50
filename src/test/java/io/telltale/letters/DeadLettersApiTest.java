package io.telltale.letters;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.telltale.ingest.TopicRecords;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class DeadLettersApiTest {

    private static final String LIST = "/api/v1/dead-letters";
    private static final String REPLAY = "/api/v1/dead-letters/replay";
    private static final String LETTERS_TOPIC = "sensor-dead-letters";
    private static final Duration LIMIT = Duration.ofSeconds(40);

    /** Requests begin here: each would read all letters of other tests. */
    private final String begin = Instant.now().toString();

    private final int number = SharedStack.get().nextNumber();
    private final String topic = "sensors.letters-" + number;
    private final KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
            Map.of("bootstrap.servers", SharedStack.get().kafka().bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());

    /** Its producers set the record times, so that a record of the future can be rejected. */
    @BeforeEach
    void createTopic() {
        // Ingest rejects nothing before the tables exist.
        await().atMost(Duration.ofSeconds(90))
                .until(() -> given().get("/q/health/started").statusCode() == 200);
        SharedStack.get().kafka().createTopic(topic, 3, Map.of("message.timestamp.type", "CreateTime"));
    }

    @AfterEach
    void close() {
        producer.close();
    }

    @Test
    void showsTextBytesAndHeaders() throws Exception {
        ProducerRecord<byte[], byte[]> text = record(2, null, "boiler-7", "{\u00e4".getBytes(UTF_8));
        text.headers().add("trace", "abc".getBytes(UTF_8)).add("trace", new byte[] {(byte) 0xff});
        text.headers().add("none", null);
        long textOffset = send(text);
        JsonPath shown = awaitLetters(1);
        assertThat(shown.getMap("letters[0]"))
                .containsEntry("reason", "malformed")
                .containsEntry("topic", topic)
                .containsEntry("partition", 2)
                .containsEntry("offset", (int) textOffset)
                .containsEntry("key", "boiler-7")
                .containsEntry("body", "{\u00e4")
                .containsEntry(
                        "headers",
                        List.of(
                                Map.of("name", "trace", "value", "abc"),
                                Map.of("name", "trace", "valueBase64", "/w=="),
                                Map.of("name", "none")))
                .containsKeys("id", "detail", "rejectedAt")
                .doesNotContainKeys("keyBase64", "bodyBase64", "bodyLeftOut");
        assertThat(shown.getBoolean("complete")).isTrue();

        send(record(0, null, null, new byte[] {(byte) 0xff, (byte) 0xfe}));
        assertThat(awaitLetters(2).getMap("letters[0]"))
                .containsEntry("bodyBase64", "//4=")
                .containsEntry("headers", List.of())
                .doesNotContainKeys("key", "keyBase64", "body");

        send(record(0, null, "a", null));
        assertThat(awaitLetters(3).getMap("letters[0]"))
                .containsEntry("key", "a")
                .doesNotContainKeys("body", "bodyBase64");
    }

    @Test
    void pagesAreInOrderOverAllPartitions() throws Exception {
        for (int i = 0; i < 30; i++) {
            send(record(i % 3, null, "sensor-" + i, "{".getBytes(UTF_8)));
        }
        JsonPath all = awaitLetters(30);
        List<String> ids = all.getList("letters.id");
        assertThat(ids.stream().map(id -> id.split("-", -1)[1]).collect(Collectors.toSet()))
                .as("partitions of the dead letters")
                .hasSizeGreaterThan(1);
        assertThat(all.<String>getList("letters.rejectedAt")).isSortedAccordingTo(Comparator.reverseOrder());

        List<String> paged = new ArrayList<>();
        JsonPath page = list("limit", "7");
        while (!page.getBoolean("complete")) {
            assertThat(page.getString("stoppedBy")).isEqualTo("limit");
            paged.addAll(page.getList("letters.id"));
            page = list("limit", "7", "cursor", page.getString("next"));
        }
        paged.addAll(page.getList("letters.id"));
        assertThat(paged).isEqualTo(ids);

        assertThat(list("sensor", "sensor-3").<String>getList("letters.key")).containsExactly("sensor-3");
        assertThat(list("reason", "too-large").getList("letters")).isEmpty();
        assertThat(list("reason", "malformed").getList("letters")).hasSize(30);
        assertThat(list("since", "now-1h").getList("letters")).hasSize(30);
        List<String> times = all.getList("letters.rejectedAt");
        Set<String> since = new HashSet<>(list("since", times.get(4)).getList("letters.rejectedAt"));
        assertThat(since).isEqualTo(new HashSet<>(times.subList(0, 5)));
        assertThat(list("since", "2999-01-01T00:00:00Z").getList("letters")).isEmpty();

        given().queryParam("topic", topic)
                .queryParam("reason", "malformed")
                .queryParam("since", begin)
                .queryParam("cursor", list("limit", "7").getString("next"))
                .get(LIST)
                .then()
                .statusCode(400)
                .body("type", equalTo("urn:telltale:problem:bad-cursor"));
    }

    /** The record time of the replay is not ahead of the clock, unlike that of the record. */
    @Test
    void replaysToStoredReadings() throws Exception {
        String sensor = "replayed-" + number;
        for (int second = 0; second < 3; second++) {
            ProducerRecord<byte[], byte[]> record =
                    record(1, System.currentTimeMillis() + 1_800_000, sensor, reading(sensor, second));
            record.headers().add("trace", "abc".getBytes(UTF_8));
            send(record);
        }
        send(record(1, null, sensor, "{".getBytes(UTF_8)));
        awaitLetters(4);

        replay("topic", topic, "reason", "timestamp-in-future", "since", begin)
                .statusCode(202)
                .body("replayed", equalTo(3))
                .body("complete", equalTo(true))
                .body("skipped", equalTo(null));
        await().atMost(LIMIT).untilAsserted(() -> assertThat(storedOf(sensor)).containsExactly(0, 1, 2));
        List<ConsumerRecord<byte[], byte[]>> records = TopicRecords.of(topic);
        assertThat(records).hasSize(7);
        assertThat(records.subList(4, 7)).allSatisfy(record -> {
            assertThat(record.partition()).isEqualTo(1);
            assertThat(record.key()).asString(UTF_8).isEqualTo(sensor);
            assertThat(record.timestamp()).isLessThanOrEqualTo(System.currentTimeMillis());
            assertThat(record.headers()).hasSize(1);
        });
        assertThat(records.subList(4, 7).stream().map(record -> new String(record.value(), UTF_8)))
                .containsExactly(text(sensor, 0), text(sensor, 1), text(sensor, 2));
    }

    @Test
    void replaysEachLetterOfManyRequestsOnce() throws Exception {
        for (int i = 0; i < 5; i++) {
            send(record(0, null, "again-" + i, "{".getBytes(UTF_8)));
        }
        List<String> before = awaitLetters(5).getList("letters.id");
        String since = awaitLetters(5).getString("letters[4].rejectedAt");
        JsonPath first = replay("topic", topic, "since", since, "limit", "2")
                .statusCode(202)
                .body("replayed", equalTo(2))
                .body("complete", equalTo(false))
                .body("stoppedBy", equalTo("limit"))
                .extract()
                .jsonPath();
        awaitLetters(7);
        replay("topic", topic, "since", since, "cursor", first.getString("next"))
                .statusCode(202)
                .body("replayed", equalTo(3))
                .body("complete", equalTo(true));
        // They are still malformed: each is a letter once more, beside the first one.
        List<String> after = awaitLetters(10).getList("letters.id");
        assertThat(after).containsAll(before);
        assertThat(TopicRecords.of(topic)).hasSize(10);
    }

    @Test
    void replaysIdsAndReportsThoseItCannot() throws Exception {
        send(record(0, null, "one", "{".getBytes(UTF_8)));
        send(record(0, null, "two", "[".getBytes(UTF_8)));
        // Within a millisecond, letters of several partitions have no order that a test could know.
        String id = awaitLetters(2).getString("letters.find { it.key == 'one' }.id");
        ProducerRecord<byte[], byte[]> cut = new ProducerRecord<>(LETTERS_TOPIC, "cut".getBytes(UTF_8), null);
        cut.headers()
                .add("dead-letter-reason", "too-large".getBytes(UTF_8))
                .add("dead-letter-topic", topic.getBytes(UTF_8))
                .add("dead-letter-body", "left-out".getBytes(UTF_8));
        send(cut);
        JsonPath letters = awaitLetters(3);
        String cutId = letters.getString("letters[0].id");
        assertThat(letters.getBoolean("letters[0].bodyLeftOut")).isTrue();
        String gone = id.replaceFirst("[0-9]+$", "999999999");

        given().queryParam("id", id, cutId, gone, id)
                .post(REPLAY)
                .then()
                .statusCode(202)
                .body("replayed", equalTo(1))
                .body("complete", equalTo(true))
                .body("skipped.id", equalTo(List.of(cutId, gone)))
                .body("skipped[0].detail", containsString("body was too large"))
                .body("skipped[1].detail", containsString("not in the dead-letter topic"));
        List<ConsumerRecord<byte[], byte[]>> records = TopicRecords.of(topic);
        assertThat(records).hasSize(3);
        assertThat(records.get(2).key()).asString(UTF_8).isEqualTo("one");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    GET  | /dead-letters?reason=bad               | parameter reason is 'bad'; expected one of malformed, missing-field,
                    GET  | /dead-letters?limit=0                  | parameter limit is '0'; expected an integer from 1 to 1000
                    GET  | /dead-letters?limit=1001               | parameter limit is '1001'; expected an integer from 1 to 1000
                    GET  | /dead-letters?topic=a%20b              | parameter topic is 'a b'; expected a topic
                    GET  | /dead-letters?sensor=a%20b             | parameter sensor is 'a b'; expected a letter or digit
                    GET  | /dead-letters?since=soon               | parameter since is 'soon'; expected an RFC 3339 time
                    POST | /dead-letters/replay                   | parameter id is missing; expected it, or at least one of reason
                    POST | /dead-letters/replay?limit=5           | parameter id is missing; expected it, or at least one of reason
                    POST | /dead-letters/replay?id=7              | parameter id is '7'; expected an id as in GET
                    POST | /dead-letters/replay?id=00000000-0-1&id=00000000-0-2&limit=1 | parameter limit is '1'; expected at least
                    """)
    void namesABadParameter(String method, String target, String detail) {
        given().urlEncodingEnabled(false)
                .request(method, "/api/v1" + target)
                .then()
                .statusCode(400)
                .body("type", equalTo("urn:telltale:problem:bad-parameter"))
                .body("detail", containsString(detail));
    }

    private JsonPath awaitLetters(int count) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(list().getList("letters")).hasSize(count));
        return list();
    }

    /** The letters of this test's topic, with further parameters. */
    private JsonPath list(String... parameters) {
        var request = given().queryParam("topic", topic);
        if (!List.of(parameters).contains("since")) {
            request.queryParam("since", begin);
        }
        for (int i = 0; i < parameters.length; i += 2) {
            request.queryParam(parameters[i], parameters[i + 1]);
        }
        return request.get(LIST).then().statusCode(200).extract().jsonPath();
    }

    private static ValidatableResponse replay(String... parameters) {
        var request = given();
        for (int i = 0; i < parameters.length; i += 2) {
            request.queryParam(parameters[i], parameters[i + 1]);
        }
        return request.post(REPLAY).then();
    }

    private long send(ProducerRecord<byte[], byte[]> record) throws Exception {
        return producer.send(record).get(30, TimeUnit.SECONDS).offset();
    }

    private ProducerRecord<byte[], byte[]> record(
            int partition, @Nullable Long recordTimeMillis, @Nullable String key, byte @Nullable [] body) {
        return new ProducerRecord<>(topic, partition, recordTimeMillis, key == null ? null : key.getBytes(UTF_8), body);
    }

    private static byte[] reading(String sensor, int second) {
        return text(sensor, second).getBytes(UTF_8);
    }

    private static String text(String sensor, int second) {
        return "{\"sensorId\":\"%s\",\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":%d}"
                .formatted(sensor, second, second);
    }

    private static List<Integer> storedOf(String sensor) {
        var response = given().get(
                        "/api/v1/sensors/" + sensor + "/readings?from=2025-12-31T00:00:00Z&to=2026-02-01T00:00:00Z");
        return response.statusCode() == 200 ? response.jsonPath().getList("readings.value") : List.of();
    }
}
