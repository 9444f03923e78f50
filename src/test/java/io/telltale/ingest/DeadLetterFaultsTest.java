package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorType;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The dead-letter topic rejects records, is deleted, or is flooded: no record is lost, and readings are stored. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class DeadLetterFaultsTest {

    private static final Logger log = Logger.getLogger(DeadLetterFaultsTest.class);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int FLOOD = 20_000;

    @Inject
    Clock clock;

    @Test
    void waitsWhileKafkaRejectsDeadLetters() throws Exception {
        String type = "refused-" + SharedStack.get().nextNumber();
        try (DeadLetterBox box = DeadLetterBox.open();
                RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime")) {
            setLargestLetter("10");
            try {
                sender.send(type, "no reading");
                awaitHealthSays("sending dead letters failed");
                assertThat(box.letters()).isEmpty();
                assertThat(CommittedOffsets.missing(
                                SharedStack.get().kafka(), "telltale", new SensorType(type)::equals))
                        .as("uncommitted records")
                        .isNotEmpty();
            } finally {
                setLargestLetter("2097152");
            }
            FleetAccounts.awaitAllCommitted(Set.of(new SensorType(type)), LIMIT);
            assertThat(box.countsByReason()).isEqualTo(Map.of("malformed", 1L));
            await().atMost(LIMIT)
                    .until(() -> !given().get("/q/health/ready").asString().contains("waits"));
        }
    }

    @Test
    void recreatesADeletedDeadLetterTopic() throws Exception {
        String type = "deleted-" + SharedStack.get().nextNumber();
        try (Admin admin = SharedStack.get().kafka().admin();
                RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime")) {
            sender.send(type, "no reading");
            FleetAccounts.awaitAllCommitted(Set.of(new SensorType(type)), LIMIT);
            admin.deleteTopics(List.of(DeadLetterTopic.NAME)).all().get(30, TimeUnit.SECONDS);
            sender.send(type, "no reading either");
            FleetAccounts.awaitAllCommitted(Set.of(new SensorType(type)), LIMIT);
            try (DeadLetterBox box = DeadLetterBox.fromTheBeginning()) {
                assertThat(box.letters())
                        .extracting(letter -> DeadLetterBox.header(letter, "dead-letter-offset"))
                        .containsExactly("1");
            }
            assertThat(admin.describeTopics(List.of(DeadLetterTopic.NAME))
                            .allTopicNames()
                            .get(30, TimeUnit.SECONDS)
                            .values())
                    .singleElement()
                    .satisfies(topic -> assertThat(topic.partitions()).hasSize(3));
        }
    }

    @Test
    void separatesPoisonFromReadingsInAFlood() throws Exception {
        flood("tenth-" + SharedStack.get().nextNumber(), 10);
    }

    @Test
    void survivesAFloodOfPoison() throws Exception {
        flood("poison-" + SharedStack.get().nextNumber(), 1);
    }

    private void flood(String type, int poisonEvery) throws Exception {
        try (DeadLetterBox box = DeadLetterBox.open();
                RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime")) {
            for (int i = 0; i < FLOOD; i++) {
                String body = i % poisonEvery == 0
                        ? "{\"no\":\"reading\"}"
                        : "{\"timestamp\":%d,\"value\":%d}".formatted(1_767_225_600_000L + i, i);
                sender.sendWithoutWaiting(type, body);
            }
            sender.flush();
            Instant sent = clock.instant();
            FleetAccounts.awaitAllCommitted(Set.of(new SensorType(type)), LIMIT);
            log.infof(
                    "%d records, one of %d poison, dealt with %s after the last was sent",
                    FLOOD, poisonEvery, Duration.between(sent, clock.instant()));
            assertThat(box.countsByReason().values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .as("dead letters")
                    .isEqualTo(FLOOD / poisonEvery);
            assertThat(stored(type)).as("readings").isEqualTo(FLOOD - FLOOD / poisonEvery);
        }
    }

    private static int stored(String id) {
        var answer = given().accept("application/x-ndjson")
                .get("/api/v1/sensors/" + id + "/readings?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z");
        return answer.statusCode() == 200 ? (int) answer.asString().lines().count() : 0;
    }

    private static void awaitHealthSays(String what) {
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(given().get("/q/health/ready").asString()).contains(what));
    }

    private static void setLargestLetter(String bytes) throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, DeadLetterTopic.NAME);
        try (Admin admin = SharedStack.get().kafka().admin()) {
            admin.incrementalAlterConfigs(Map.of(
                            topic,
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("max.message.bytes", bytes), AlterConfigOp.OpType.SET))))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }
}
