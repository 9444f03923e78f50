package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import io.restassured.RestAssured;
import io.telltale.local.KafkaBroker;
import io.telltale.local.Progress;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A Kafka that answers all questions, and lets the packaged service read no more. In {@code mvn verify -Dlong}. */
@EnabledIfSystemProperty(named = "long", matches = ".*")
class ReadRightsIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String GROUP = "telltale";
    private static final AclBinding MAY_NOT_JOIN = new AclBinding(
            new ResourcePattern(ResourceType.GROUP, GROUP, PatternType.LITERAL),
            new AccessControlEntry("User:ANONYMOUS", "*", AclOperation.READ, AclPermissionType.DENY));
    private static final AclBinding MAY_BE_LOOKED_AT = new AclBinding(
            new ResourcePattern(ResourceType.GROUP, GROUP, PatternType.LITERAL),
            new AccessControlEntry("User:ANONYMOUS", "*", AclOperation.DESCRIBE, AclPermissionType.ALLOW));

    /**
     * Its group has lost it, so nothing is read and nothing can be committed; but there is nothing to be committed, which
     * would fail and be named.
     */
    @Test
    void whoMayReadNoMoreIsNotLiveAndGoesOnOnceItMay(@TempDir Path directory) throws Exception {
        KafkaBroker kafka = KafkaBroker.startWithRights(Progress.SILENT);
        SharedStack stack = SharedStack.get();
        ServiceSettings settings = ServiceSettings.packaged(kafka, stack.cassandra(), directory)
                .sparing()
                .with("telltale.storage.keyspace", "telltale_rights_" + stack.nextNumber());
        kafka.createTopic("sensors.rights", 1, Map.of());
        try (Admin admin = kafka.admin();
                KafkaProducer<String, String> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", kafka.bootstrapServers()),
                        new StringSerializer(),
                        new StringSerializer());
                ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            send(producer, 1);
            awaitStored(service, 1);

            admin.createAcls(List.of(MAY_NOT_JOIN, MAY_BE_LOOKED_AT)).all().get(30, TimeUnit.SECONDS);
            await().atMost(LIMIT).until(() -> members(admin).isEmpty());
            send(producer, 2);
            await().atMost(LIMIT.multipliedBy(3)).untilAsserted(() -> RestAssured.get(
                            service.baseUrl() + "/q/health/live")
                    .then()
                    .statusCode(503)
                    .body(containsString(
                            "the consumer of Kafka does not bring what Kafka has, in partition sensors.rights-0")));
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

    private static Collection<MemberDescription> members(Admin admin) throws Exception {
        return admin.describeConsumerGroups(List.of(GROUP)).all().get(30, TimeUnit.SECONDS).values().stream()
                .flatMap(group -> group.members().stream())
                .toList();
    }

    private static void send(KafkaProducer<String, String> producer, int value) throws Exception {
        producer.send(new ProducerRecord<>(
                        "sensors.rights",
                        "a",
                        "{\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":%d}".formatted(value, value)))
                .get(30, TimeUnit.SECONDS);
    }

    private static void awaitStored(ServiceProcess service, int value) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(RestAssured.get(service.baseUrl() + "/api/v1/sensors/a/readings/latest")
                                .asString())
                        .contains("\"value\":" + value));
    }
}
