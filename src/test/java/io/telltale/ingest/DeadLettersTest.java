package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class DeadLettersTest {

    private static final String TIME = "\"timestamp\":\"2026-01-01T00:00:00Z\"";

    @Inject
    Clock clock;

    private record Bad(
            String reason, @Nullable String key, @Nullable String body) {}

    @Test
    void sendsEachBadRecordToTheDeadLetters() throws Exception {
        int number = SharedStack.get().nextNumber();
        String type = "bad-" + number;
        String id = type + ":1";
        List<Bad> table = List.of(
                new Bad("malformed", id, null),
                new Bad("malformed", id, ""),
                new Bad("malformed", id, "{\"value\":"),
                new Bad("missing-field", null, "{" + TIME + ",\"value\":1}"),
                new Bad("missing-field", id, "{\"value\":1}"),
                new Bad("missing-field", id, "{" + TIME + "}"),
                new Bad("invalid-sensor-id", null, "{\"sensorId\":\"a b\"," + TIME + ",\"value\":1}"),
                new Bad("invalid-sensor-id", "\u00fc", "{" + TIME + ",\"value\":1}"),
                new Bad("key-mismatch", "another", good(id, 1)),
                new Bad("type-mismatch", id, "{\"type\":\"wind\"," + TIME + ",\"value\":1}"),
                new Bad("invalid-timestamp", id, "{\"timestamp\":1767225600,\"value\":1}"),
                new Bad("timestamp-in-future", id, "{\"timestamp\":\"2999-01-01T00:00:00Z\",\"value\":1}"),
                new Bad("invalid-value", id, "{" + TIME + ",\"value\":null}"),
                new Bad("too-large", id, "{" + TIME + ",\"value\":1,\"x\":\"" + "x".repeat(65_536) + "\"}"),
                new Bad("too-large", id, "x".repeat(900_000)));
        try (DeadLetterBox box = DeadLetterBox.open();
                RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime")) {
            List<Map<String, String>> expected = new ArrayList<>();
            int goodOnes = 0;
            for (Bad bad : table) {
                sender.send(id, good(id, ++goodOnes));
                ProducerRecord<byte[], byte[]> record = sender.record(0, null, bad.key(), bad.body());
                record.headers().add("trace", "abc".getBytes(UTF_8)).add("content-type", "text/x".getBytes(UTF_8));
                RecordMetadata sent = sender.send(record);
                expected.add(letter(bad, "sensors." + type, sent));
            }
            sender.send(id, good(id, ++goodOnes));
            int all = goodOnes;

            await().atMost(Duration.ofSeconds(40))
                    .untilAsserted(() -> assertThat(storedOf(id)).isEqualTo(all));
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(box.letters()).hasSizeGreaterThanOrEqualTo(table.size()));
            assertThat(box.letters().stream().map(DeadLettersTest::letter).toList())
                    .containsExactlyInAnyOrderElementsOf(expected);
            assertThat(box.letters())
                    .allSatisfy(letter -> assertThat(DeadLetterBox.header(letter, "dead-letter-detail"))
                            .isNotBlank());
        }
    }

    /** As an administrator does who has not found the cause: the letters go to their topic, unchanged. */
    @Test
    void replacesTheHeadersOfALetterThatFailsAgain() throws Exception {
        int number = SharedStack.get().nextNumber();
        String type = "again-" + number;
        try (DeadLetterBox box = DeadLetterBox.open();
                RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime")) {
            ProducerRecord<byte[], byte[]> bad = sender.record(0, null, type, "{}");
            bad.headers().add("trace", "abc".getBytes(UTF_8));
            bad.headers().add("Dead-Letter-Body", "left-out".getBytes(UTF_8));
            sender.send(bad);
            await().atMost(Duration.ofSeconds(40))
                    .untilAsserted(() -> assertThat(box.letters()).hasSize(1));
            ConsumerRecord<byte[], byte[]> letter = box.letters().get(0);
            RecordMetadata again = sender.send(
                    new ProducerRecord<>("sensors." + type, 1, letter.key(), letter.value(), letter.headers()));
            await().atMost(Duration.ofSeconds(40))
                    .untilAsserted(() -> assertThat(box.letters()).hasSize(2));

            Map<String, String> second = letter(box.letters().get(1));
            assertThat(second)
                    .containsEntry(
                            "headers",
                            "trace, dead-letter-reason, dead-letter-detail, dead-letter-topic, dead-letter-partition,"
                                    + " dead-letter-offset")
                    .containsEntry("dead-letter-partition", "1")
                    .containsEntry("dead-letter-offset", Long.toString(again.offset()));
        }
    }

    @Test
    void countsRejectedRecordsByTopicAndReason() throws Exception {
        int number = SharedStack.get().nextNumber();
        String topic = "sensors.counted-" + number;
        try (RecordSender sender = RecordSender.toNewTopic("counted-" + number, "LogAppendTime")) {
            sender.send("a", "{");
            sender.send("a", "[]");
            sender.send("a", "{}");
            await().atMost(Duration.ofSeconds(40)).untilAsserted(() -> {
                ServiceMetrics metrics = new ServiceMetrics(
                        given().accept("text/plain").get("/q/metrics").asString());
                assertThat(metrics.sum("telltale_readings_rejected_total", "topic", topic))
                        .isEqualTo(3);
                assertThat(metrics.page())
                        .containsPattern(rejected("malformed", topic) + "2")
                        .containsPattern(rejected("missing-field", topic) + "1")
                        .containsPattern(rejected("too-large", topic) + "0");
            });
        }
    }

    private static String rejected(String reason, String topic) {
        return "telltale_readings_rejected_total\\{reason=\"%s\",topic=\"%s\",?\\} ".formatted(reason, topic);
    }

    @Test
    void namesWhatIsMissingAndWhatWasFound() throws Exception {
        int number = SharedStack.get().nextNumber();
        String type = "missing-" + number;
        try (DeadLetterBox box = DeadLetterBox.open();
                RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime")) {
            sender.send(null, "{\"sensor_id\":\"a\",\"Timestamp\":\"2026-01-01T00:00:00Z\",\"device\":\"b\",\"ts\":1}");
            sender.send(null, "[{\"bn\":\"a\",\"bt\":1767225600,\"v\":1}]");
            await().atMost(Duration.ofSeconds(40))
                    .untilAsserted(() -> assertThat(box.letters()).hasSize(2));

            assertThat(DeadLetterBox.headers(box.letters().get(0)))
                    .containsEntry("dead-letter-reason", "missing-field");
            assertThat(DeadLetterBox.header(box.letters().get(0), "dead-letter-detail"))
                    .contains("sensorId is neither in the body nor as the key")
                    .contains("timestamp is missing")
                    .contains("value is missing")
                    .endsWith("found the fields 'sensor_id', 'Timestamp', 'device', 'ts'");
            assertThat(DeadLetterBox.header(box.letters().get(1), "dead-letter-detail"))
                    .isEqualTo("body is an array; expected a JSON object; it looks like a SenML pack: set the header"
                            + " content-type to application/senml+json");
        }
    }

    @Test
    void rejectsAnIdOfAnotherType() throws Exception {
        int number = SharedStack.get().nextNumber();
        String id = "taken-" + number;
        try (DeadLetterBox box = DeadLetterBox.open();
                RecordSender first = RecordSender.toNewTopic("first-" + number, "LogAppendTime");
                RecordSender second = RecordSender.toNewTopic("second-" + number, "LogAppendTime")) {
            first.send(id, good(id, 1));
            await().atMost(Duration.ofSeconds(40)).until(() -> storedOf(id) == 1);
            second.send(id, good(id, 2));
            second.send("free-" + number, good("free-" + number, 3));
            await().atMost(Duration.ofSeconds(40)).until(() -> storedOf("free-" + number) == 1);
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(box.letters()).hasSize(1));
            assertThat(DeadLetterBox.headers(box.letters().get(0)))
                    .containsEntry("dead-letter-reason", "type-mismatch")
                    .containsEntry(
                            "dead-letter-detail",
                            "type is 'second-%1$d', by topic sensors.second-%1$d; expected 'first-%1$d', under which sensor '%2$s' is registered"
                                    .formatted(number, id));
            assertThat(storedOf(id)).isEqualTo(1);
        }
    }

    @Test
    void rejectsAFutureRecordTime() throws Exception {
        int number = SharedStack.get().nextNumber();
        String id = "ahead-" + number;
        try (DeadLetterBox box = DeadLetterBox.open();
                RecordSender sender = RecordSender.toNewTopic("ahead-" + number, "CreateTime")) {
            long now = clock.millis();
            // The broker itself rejects record times more than an hour ahead.
            sender.sendAt(0, now + Duration.ofMinutes(30).toMillis(), id, good(id, 1));
            sender.sendAt(0, now + Duration.ofMinutes(5).toMillis(), id, good(id, 2));
            await().atMost(Duration.ofSeconds(40)).until(() -> storedOf(id) == 1);
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(box.countsByReason()).isEqualTo(Map.of("timestamp-in-future", 1L)));
        }
    }

    private static String good(String id, int second) {
        return "{\"sensorId\":\"%s\",\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":%d}"
                .formatted(id, second, second);
    }

    private static int storedOf(String id) {
        var response =
                given().get("/api/v1/sensors/" + id + "/readings?from=2025-12-31T00:00:00Z&to=2026-02-01T00:00:00Z");
        return response.statusCode() == 200
                ? response.jsonPath().getList("readings").size()
                : 0;
    }

    private static Map<String, String> letter(Bad bad, String topic, RecordMetadata sent) {
        Map<String, String> letter = new LinkedHashMap<>();
        letter.put("key", Objects.toString(bad.key()));
        letter.put("body", Objects.toString(bad.body()));
        letter.put(
                "headers",
                "trace, content-type, dead-letter-reason, dead-letter-detail, dead-letter-topic,"
                        + " dead-letter-partition, dead-letter-offset");
        letter.put("trace", "abc");
        letter.put("content-type", "text/x");
        letter.put("dead-letter-reason", bad.reason());
        letter.put("dead-letter-topic", topic);
        letter.put("dead-letter-partition", Integer.toString(sent.partition()));
        letter.put("dead-letter-offset", Long.toString(sent.offset()));
        return letter;
    }

    private static Map<String, String> letter(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> letter = new LinkedHashMap<>();
        letter.put("key", record.key() == null ? "null" : new String(record.key(), UTF_8));
        letter.put("body", record.value() == null ? "null" : new String(record.value(), UTF_8));
        List<String> keys = new ArrayList<>();
        for (Header header : record.headers()) {
            keys.add(header.key());
        }
        letter.put("headers", String.join(", ", keys));
        letter.putAll(DeadLetterBox.headers(record));
        letter.remove("dead-letter-detail");
        return letter;
    }
}
