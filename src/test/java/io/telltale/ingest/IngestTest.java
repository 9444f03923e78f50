package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class IngestTest {

    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final Pattern VALUE = Pattern.compile("\"value\":([^}]*)}");
    private static final long RECORD_TIME =
            Instant.parse("2026-01-02T00:00:00Z").toEpochMilli();

    @Test
    void readsANewTopicFromItsFirstRecord() throws Exception {
        String id = "new-topic-" + SharedStack.get().nextNumber();
        try (RecordSender sender = RecordSender.toNewTopic(id, "LogAppendTime")) {
            for (int second = 0; second < 5; second++) {
                sender.send(id, body(id, second, second));
            }
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(valuesOf(id)).containsExactly("0", "1", "2", "3", "4"));
        }
    }

    @Test
    void takesTheSensorFromTheBodyWithoutAKey() throws Exception {
        String id = "no-key-" + SharedStack.get().nextNumber();
        try (RecordSender sender = RecordSender.toNewTopic(id, "LogAppendTime")) {
            sender.send(null, body(id, 1, 1));
            sender.send("", body(id, 2, 2));
            await().atMost(Duration.ofSeconds(40))
                    .untilAsserted(() -> assertThat(valuesOf(id)).containsExactly("1", "2"));
        }
    }

    @Test
    void storesTheLastRecordForAnInstant() throws Exception {
        String id = "corrected-" + SharedStack.get().nextNumber();
        try (RecordSender sender = RecordSender.toNewTopic(id, "LogAppendTime")) {
            for (int value = 1; value <= 20; value++) {
                sender.send(id, body(id, 1, value));
            }
            sender.send(id, body(id, 2, 99));
            await().atMost(Duration.ofSeconds(40))
                    .untilAsserted(() -> assertThat(valuesOf(id)).containsExactly("20", "99"));
        }
    }

    @Test
    void storesTheLatestRecordTimeForAnInstant() throws Exception {
        String type = "own-times-" + SharedStack.get().nextNumber();
        String id = type + ":1";
        try (RecordSender sender = RecordSender.toNewTopic(type, "CreateTime")) {
            sender.sendAt(0, RECORD_TIME + 2, id, body(id, 1, 12));
            sender.sendAt(0, RECORD_TIME + 1, id, body(id, 1, 11));
            sender.sendAt(0, RECORD_TIME, id, body(id, 2, 21));
            sender.sendAt(0, RECORD_TIME, id, body(id, 2, 22));
            sender.sendAt(1, RECORD_TIME + 5, id, body(id, 3, 31));
            sender.sendAt(2, RECORD_TIME + 4, id, body(id, 3, 32));
            sender.sendAt(0, RECORD_TIME, id, body(id, 9, 0));
            awaitCommitted(type);
            assertThat(valuesOf(id)).containsExactly("12", "22", "31", "0");
        }
    }

    /** As in the replay of a topic. */
    @Test
    void repeatsRecordsInAnyOrderWithoutChange() throws Exception {
        String type = "again-" + SharedStack.get().nextNumber();
        Random random = new Random(6);
        List<String> ids = List.of(type + ":1", type + ":2", type + ":3");
        try (RecordSender sender = RecordSender.toNewTopic(type, "CreateTime")) {
            List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                String id = ids.get(i % ids.size());
                // Distinct record times: for equal ones the offset decides, and the copies have other offsets.
                records.add(sender.record(0, RECORD_TIME + i, id, body(id, random.nextInt(30), i)));
            }
            Collections.shuffle(records, random);
            for (ProducerRecord<byte[], byte[]> record : records) {
                sender.send(record);
            }
            awaitCommitted(type);
            List<List<String>> before = ids.stream().map(IngestTest::valuesOf).toList();
            Collections.shuffle(records, random);
            for (ProducerRecord<byte[], byte[]> record : records) {
                sender.send(record);
            }
            awaitCommitted(type);
            assertThat(ids.stream().map(IngestTest::valuesOf).toList()).isEqualTo(before);
        }
    }

    /** As an operator does to replay a topic. */
    @Test
    void readsAgainFromAnOffsetSetByHand() throws Exception {
        String type = "rewound-" + SharedStack.get().nextNumber();
        try (RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime")) {
            for (int i = 0; i < 5; i++) {
                sender.send(type, body(type, i, i));
            }
        }
        awaitCommitted(type);

        CommittedOffsets.setToBeginning(SharedStack.get().kafka(), "telltale", new SensorType(type));

        await().atMost(LIMIT).untilAsserted(() -> assertThat(ServiceMetrics.of("http://localhost:" + RestAssured.port)
                        .sum("telltale_readings_received_total", "topic", "sensors." + type))
                .isEqualTo(10));
        awaitCommitted(type);
        assertThat(valuesOf(type)).containsExactly("0", "1", "2", "3", "4");
    }

    private static void awaitCommitted(String type) {
        FleetAccounts.awaitAllCommitted(Set.of(new SensorType(type)), LIMIT);
    }

    private static String body(String id, int second, int value) {
        return "{\"sensorId\":\"%s\",\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":%d}"
                .formatted(id, second, value);
    }

    private static List<String> valuesOf(String id) {
        String page = given().get(
                        "/api/v1/sensors/" + id + "/readings?from=2025-12-31T00:00:00Z&to=2026-02-01T00:00:00Z")
                .asString();
        List<String> values = new ArrayList<>();
        Matcher value = VALUE.matcher(page);
        while (value.find()) {
            values.add(value.group(1).replaceFirst("\\.0$", ""));
        }
        return values;
    }
}
