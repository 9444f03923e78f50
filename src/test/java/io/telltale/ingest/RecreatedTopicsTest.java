package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Topics that are recreated while the service runs, and records that Kafka removes before they are read. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class RecreatedTopicsTest {

    private static final Duration LIMIT = Duration.ofSeconds(40);

    /**
     * A consumer that knows topics by name does not notice the recreation. With more records than the old incarnation,
     * the old position exists in the new one as well; with fewer it does not.
     */
    @ParameterizedTest(name = "{0} records where there were 20")
    @ValueSource(ints = {30, 5})
    void readsARecreatedTopicFromItsFirstRecord(int records) throws Exception {
        String type = "recreated-" + SharedStack.get().nextNumber();
        try (RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime")) {
            send(sender, type, 0, 20);
            awaitStored(type, 20);
        }
        recreate(type, 1);
        try (RecordSender sender = RecordSender.toTopic(type)) {
            send(sender, type, 20, 20 + records);
            awaitStored(type, 20 + records);
            FleetAccounts.awaitAllCommitted(Set.of(new SensorType(type)), LIMIT);
        }
        try (CqlSession cassandra = SharedStack.get().cassandra().connect()) {
            // The old offset is behind the end of a smaller topic, so that it counts as committed at once.
            await().atMost(LIMIT).untilAsserted(() -> assertThat(epochsByProgress(cassandra, type))
                    .containsEntry(0, 2));
        }
    }

    /** Kafka's retention removes records while Cassandra, and so ingest, is stopped. */
    @Test
    void countsRecordsThatKafkaRemovedUnread() throws Exception {
        String type = "lost-" + SharedStack.get().nextNumber();
        TopicPartition partition = new TopicPartition("sensors." + type, 0);
        try (RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime");
                Admin admin = SharedStack.get().kafka().admin()) {
            send(sender, type, 0, 5);
            awaitStored(type, 5);
            // Otherwise health would name their commit as the longest outage.
            FleetAccounts.awaitAllCommitted(Set.of(new SensorType(type)), LIMIT);
            SharedStack.get().cassandra().pause();
            try {
                // A new sensor blocks its poll; a few more polls wait, and then Kafka is not polled.
                send(sender, type + ":new", 0, 4);
                awaitStandstill();
                send(sender, type, 5, 35);
                admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(30)))
                        .all()
                        .get(30, TimeUnit.SECONDS);
            } finally {
                SharedStack.get().cassandra().resume();
            }
            send(sender, type, 35, 40);
            FleetAccounts.awaitAllCommitted(Set.of(new SensorType(type)), LIMIT);
            await().atMost(LIMIT).untilAsserted(() -> assertThat(lost(type)).isPositive());
            // 40 offsets of this sensor and 4 of the other one are stored or lost.
            int stored = stored(type) + stored(type + ":new");
            assertThat(stored + lost(type)).as("stored and lost").isEqualTo(44);
        }
    }

    private static void awaitStandstill() {
        await().atMost(LIMIT)
                .until(() -> given().get("/q/health/ready").asString().contains("waits: registering sensors"));
    }

    private static double lost(String type) {
        return ServiceMetrics.of("http://localhost:" + RestAssured.port)
                .sum("telltale_records_lost_total", "topic", "sensors." + type);
    }

    /** Deletes a topic, and creates it again as soon as Kafka allows. */
    static void recreate(String type, int partitions) throws Exception {
        String topic = "sensors." + type;
        try (Admin admin = SharedStack.get().kafka().admin()) {
            admin.deleteTopics(List.of(topic)).all().get(30, TimeUnit.SECONDS);
            NewTopic recreated = new NewTopic(topic, partitions, (short) 1)
                    .configs(Map.of("message.timestamp.type", "LogAppendTime"));
            await().atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(20))
                    .ignoreExceptions()
                    .until(() -> {
                        admin.createTopics(List.of(recreated)).all().get(30, TimeUnit.SECONDS);
                        return true;
                    });
        }
    }

    private static void send(RecordSender sender, String id, int from, int to) throws Exception {
        for (int second = from; second < to; second++) {
            sender.send(id, reading(id, second, second));
        }
    }

    private static String reading(String id, int second, int value) {
        return "{\"sensorId\":\"%s\",\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":%d}"
                .formatted(id, second, value);
    }

    private static void awaitStored(String id, int readings) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(stored(id)).isEqualTo(readings));
    }

    private static int stored(String id) {
        var answer =
                given().get("/api/v1/sensors/" + id + "/readings?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z");
        return answer.statusCode() == 200
                ? answer.jsonPath().getList("readings").size()
                : 0;
    }

    private static Map<Integer, Integer> epochsByProgress(CqlSession cassandra, String type) {
        String keyspace = ConfigProvider.getConfig().getValue("telltale.storage.keyspace", String.class);
        Map<Integer, Integer> epochs = new HashMap<>();
        cassandra
                .execute(
                        "SELECT partition, epoch FROM %s.progress WHERE topic = ?".formatted(keyspace),
                        "sensors." + type)
                .forEach(row -> epochs.put(row.getInt("partition"), row.getInt("epoch")));
        return epochs;
    }
}
