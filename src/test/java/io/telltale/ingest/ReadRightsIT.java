package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.restassured.RestAssured;
import io.telltale.local.KafkaBroker;
import io.telltale.local.Progress;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service loses the right to read while Kafka is available. */
@Tag("servers")
@Tag("long")
class ReadRightsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TOPIC = "sensors.rights";

    /** Everything except reading: an ACL of a topic denies all that it does not allow. */
    private static final List<AclBinding> ALL_BUT_READING =
            List.of(right(AclOperation.ALL, AclPermissionType.ALLOW), right(AclOperation.READ, AclPermissionType.DENY));

    @Test
    void isNotLiveWithoutTheRightToRead(@TempDir Path directory) throws Exception {
        KafkaBroker kafka = KafkaBroker.startWithRights(Progress.SILENT);
        SharedStack stack = SharedStack.get();
        ServiceSettings settings = ServiceSettings.packaged(kafka, stack.cassandra(), directory)
                .sparing()
                .with("telltale.storage.keyspace", "telltale_rights_" + stack.nextNumber());
        kafka.createTopic(TOPIC, 1, Map.of());
        try (Admin admin = kafka.admin();
                KafkaProducer<String, String> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", kafka.bootstrapServers()),
                        new StringSerializer(),
                        new StringSerializer());
                ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            send(producer, 1);
            awaitStored(service, 1);
            awaitCommitted(admin);

            admin.createAcls(ALL_BUT_READING).all().get(30, TimeUnit.SECONDS);
            awaitRefusal(kafka);
            send(producer, 2);
            await().atMost(LIMIT.multipliedBy(3)).untilAsserted(() -> assertThat(
                            RestAssured.get(service.baseUrl() + "/q/health").asString())
                    .contains("the Kafka consumer does not deliver partition=sensors.rights-0"));
            RestAssured.get(service.baseUrl() + "/q/health/live").then().statusCode(503);
            RestAssured.get(service.baseUrl() + "/q/health/ready").then().statusCode(200);

            admin.deleteAcls(List.of(AclBindingFilter.ANY)).all().get(30, TimeUnit.SECONDS);
            awaitStored(service, 2);
            await().atMost(LIMIT).untilAsserted(() -> RestAssured.get(service.baseUrl() + "/q/health/live")
                    .then()
                    .statusCode(200));
        } finally {
            kafka.kill();
        }
    }

    /** Otherwise the commit would fail, which is an outage that explains the standstill. */
    private static void awaitCommitted(Admin admin) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(admin.listConsumerGroupOffsets("telltale")
                        .partitionsToOffsetAndMetadata()
                        .get(10, TimeUnit.SECONDS))
                .containsKey(new TopicPartition(TOPIC, 0)));
    }

    private static AclBinding right(AclOperation operation, AclPermissionType permission) {
        return new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, TOPIC, PatternType.LITERAL),
                new AccessControlEntry("User:ANONYMOUS", "*", operation, permission));
    }

    /**
     * Waits until another client may not read either, so that the service reads nothing that it cannot commit. For a
     * second, because Kafka may hold a request from before for half of one, and answer it with the next record.
     */
    private static void awaitRefusal(KafkaBroker kafka) {
        try (KafkaConsumer<String, String> other = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringDeserializer(),
                new StringDeserializer())) {
            other.assign(List.of(new TopicPartition(TOPIC, 0)));
            other.seekToBeginning(other.assignment());
            await().during(Duration.ofSeconds(1)).atMost(LIMIT).untilAsserted(() -> assertThatThrownBy(
                            () -> other.poll(Duration.ofMillis(100)))
                    .isInstanceOf(TopicAuthorizationException.class));
        }
    }

    private static void send(KafkaProducer<String, String> producer, int value) throws Exception {
        producer.send(new ProducerRecord<>(
                        TOPIC, "a", "{\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":%d}".formatted(value, value)))
                .get(30, TimeUnit.SECONDS);
    }

    private static void awaitStored(ServiceProcess service, int value) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(RestAssured.get(service.baseUrl() + "/api/v1/sensors/a/readings/latest")
                                .asString())
                        .contains("\"value\":" + value));
    }
}
