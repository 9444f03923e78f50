package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.local.KafkaBroker;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Transactional producers: aborted records are never delivered, and each transaction ends with a marker. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class TransactionsTest {

    private static final Duration LIMIT = Duration.ofSeconds(40);

    @Test
    void reportsNoLagBehindTransactionMarkers() throws Exception {
        String type = "transactions-" + SharedStack.get().nextNumber();
        SharedStack.get().kafka().createTopic("sensors." + type, 1, Map.of("message.timestamp.type", "LogAppendTime"));
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", SharedStack.get().kafka().bootstrapServers(), "transactional.id", type),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.initTransactions();
            send(producer, type, 1);
            producer.commitTransaction();
            send(producer, type, 2);
            producer.abortTransaction();
            send(producer, type, 3);
            producer.commitTransaction();
            send(producer, type, 4);
            producer.abortTransaction();
        }

        // To the end of the log: two records, two aborted records and four markers.
        FleetAccounts.awaitAllCommitted(Set.of(new SensorType(type)), LIMIT);
        await().atMost(LIMIT).untilAsserted(() -> assertThat(ServiceMetrics.of("http://localhost:" + RestAssured.port)
                        .sum("telltale_consumer_lag", "topic", "sensors." + type))
                .isZero());
        await().atMost(LIMIT).untilAsserted(() -> given().get(
                        "/api/v1/sensors/" + type + "/readings?from=2026-01-01T00:00:00Z&to=2026-01-01T00:01:00Z")
                .then()
                .statusCode(200)
                .body("readings.value", contains(1, 3))
                .body("meta.complete", equalTo(true)));
    }

    /**
     * The former owner of a partition commits to Kafka and may stop before it stores the progress for readers. Without
     * further records, the next owner has to.
     */
    @Test
    void storesProgressCommittedByAnotherReplica() throws Exception {
        KafkaBroker kafka = SharedStack.get().kafka();
        String type = "handed-over-" + SharedStack.get().nextNumber();
        kafka.createTopic("sensors." + type, 2, Map.of("message.timestamp.type", "LogAppendTime"));
        try (RecordSender sender = RecordSender.toTopic(type);
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", kafka.bootstrapServers(), "transactional.id", type),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            sender.send(sender.record(1, null, type, body(1)));
            producer.initTransactions();
            producer.beginTransaction();
            // Delivered only after the commit; by then the offset is behind it.
            producer.send(new ProducerRecord<>("sensors." + type, 0, type.getBytes(UTF_8), body(2).getBytes(UTF_8)))
                    .get(30, TimeUnit.SECONDS);
            CommittedOffsets.setAsCommitted(kafka, "telltale", new SensorType(type), 0, 1);
            producer.commitTransaction();
        }

        await().atMost(LIMIT).untilAsserted(() -> given().get(
                        "/api/v1/sensors/" + type + "/readings?from=2026-01-01T00:00:00Z&to=2026-01-01T00:01:00Z")
                .then()
                .statusCode(200)
                .body("readings.value", contains(1))
                .body("meta.complete", equalTo(true)));
    }

    private static String body(int second) {
        return "{\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":%d}".formatted(second, second);
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String type, int second) throws Exception {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(
                        "sensors." + type, type.getBytes(UTF_8), body(second).getBytes(UTF_8)))
                .get(30, TimeUnit.SECONDS);
    }
}
