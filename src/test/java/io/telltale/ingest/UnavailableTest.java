package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorType;
import io.telltale.store.FewReplicas;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Cassandra reports too few live replicas: the keyspace asks for three on one node. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class UnavailableTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void waitsWithoutEnoughReplicas() throws Exception {
        String type = "few-replicas-" + SharedStack.get().nextNumber();
        Set<SensorType> types = Set.of(new SensorType(type));
        try (RecordSender sender = RecordSender.toNewTopic(type, "LogAppendTime")) {
            sender.send(type, reading(1));
            FleetAccounts.awaitAllCommitted(types, LIMIT);
            try (FewReplicas few = new FewReplicas()) {
                sender.send(type, reading(2));
                await().atMost(LIMIT).untilAsserted(() -> assertThat(
                                given().get("/q/health/ready").asString())
                        .contains("waits: writing readings failed", few.reason()));
                assertThat(CommittedOffsets.missing(SharedStack.get().kafka(), "telltale", types::contains))
                        .as("uncommitted records")
                        .isNotEmpty();
                assertThat(latest(type, "local_quorum")).as("at local_quorum").isEqualTo(503);
                // Longer than the validity of every cached copy of shared state.
                await().during(Duration.ofSeconds(12)).atMost(LIMIT).until(() -> latest(type, "local_one") == 200);
            }
            FleetAccounts.awaitAllCommitted(types, LIMIT);
            given().get("/api/v1/sensors/" + type + "/readings/latest")
                    .then()
                    .statusCode(200)
                    .body("timestamp", equalTo("2026-01-01T00:00:02.000Z"));
        }
    }

    private static int latest(String type, String consistency) {
        return given().get("/api/v1/sensors/" + type + "/readings/latest?consistency=" + consistency)
                .statusCode();
    }

    private static String reading(int second) {
        return "{\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":%d}".formatted(second, second);
    }
}
