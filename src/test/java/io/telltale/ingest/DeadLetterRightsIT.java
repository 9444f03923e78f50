package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
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
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service without the right to create its dead-letter topic. */
@Tag("servers")
@Tag("long")
class DeadLetterRightsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void startsOnlyWithADeadLetterTopic(@TempDir Path directory) throws Exception {
        KafkaBroker kafka = KafkaBroker.startWithRights(Progress.SILENT);
        SharedStack stack = SharedStack.get();
        ServiceSettings settings = ServiceSettings.packaged(kafka, stack.cassandra(), directory)
                .sparing()
                .with("telltale.storage.keyspace", "telltale_rights_" + stack.nextNumber());
        try (Admin admin = kafka.admin();
                ServiceProcess service = new ServiceProcess(settings)) {
            admin.createAcls(rights()).all().get(30, TimeUnit.SECONDS);
            service.startMeasured("/q/health/live");
            await().atMost(LIMIT).untilAsserted(() -> assertThat(health(service, "started", 503))
                    .contains("topic=sensor-dead-letters does not exist and cannot be created"));
            health(service, "ready", 503);

            admin.deleteAcls(List.of(AclBindingFilter.ANY)).all().get(30, TimeUnit.SECONDS);
            await().atMost(LIMIT)
                    .until(() -> RestAssured.get(service.baseUrl() + "/q/health/started")
                                    .statusCode()
                            == 200);
            await().atMost(LIMIT)
                    .until(() -> RestAssured.get(service.baseUrl() + "/q/health/ready")
                                    .statusCode()
                            == 200);

            // The next startup finds the topic, again without the right to create one.
            admin.createAcls(rights()).all().get(30, TimeUnit.SECONDS);
            service.stop();
            kafka.createTopic("sensors.rights", 1, Map.of());
            service.start();
            try (DeadLetterBox box = DeadLetterBox.open(kafka);
                    KafkaProducer<String, String> producer = new KafkaProducer<>(
                            Map.of("bootstrap.servers", kafka.bootstrapServers()),
                            new StringSerializer(),
                            new StringSerializer())) {
                producer.send(new ProducerRecord<>("sensors.rights", "no reading"))
                        .get(30, TimeUnit.SECONDS);
                await().atMost(LIMIT)
                        .untilAsserted(() -> assertThat(box.letters()).hasSize(1));
            }
        } finally {
            kafka.kill();
        }
    }

    private static String health(ServiceProcess service, String kind, int status) {
        return RestAssured.get(service.baseUrl() + "/q/health/" + kind)
                .then()
                .statusCode(status)
                .extract()
                .asString();
    }

    /** Every client has the same user, which may do everything except create this topic. */
    private static List<AclBinding> rights() {
        ResourcePattern topic = new ResourcePattern(ResourceType.TOPIC, DeadLetterTopic.NAME, PatternType.LITERAL);
        ResourcePattern cluster = new ResourcePattern(ResourceType.CLUSTER, "kafka-cluster", PatternType.LITERAL);
        return List.of(
                right(topic, AclOperation.ALL, AclPermissionType.ALLOW),
                right(topic, AclOperation.CREATE, AclPermissionType.DENY),
                right(cluster, AclOperation.ALL, AclPermissionType.ALLOW),
                right(cluster, AclOperation.CREATE, AclPermissionType.DENY));
    }

    private static AclBinding right(ResourcePattern on, AclOperation operation, AclPermissionType permission) {
        return new AclBinding(on, new AccessControlEntry("User:ANONYMOUS", "*", operation, permission));
    }
}
