package io.telltale.status;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.wire.Rejection;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class StatusTest {

    private static final Duration LIMIT = Duration.ofSeconds(40);

    @Test
    void showsDependenciesNodesAndTheReplica() {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(status().getBoolean("ready")).isTrue());
        JsonPath status = status();
        assertThat(status.getBoolean("kafka.up")).isTrue();
        assertThat(status.getBoolean("cassandra.up")).isTrue();
        assertThat(Instant.parse(status.getString("kafka.since")))
                .isBefore(Instant.now().plusSeconds(1));
        assertThat(status.getList("cassandra.nodes")).hasSize(1);
        assertThat(status.getString("cassandra.nodes[0].state")).isEqualTo("up");
        assertThat(status.getString("cassandra.nodes[0].address"))
                .isEqualTo(SharedStack.get().cassandra().contactPoint());
        assertThat(status.getString("version")).isNotBlank();
        assertThat(Duration.parse(status.getString("uptime"))).isPositive();
        assertThat(status().getString("replica")).isEqualTo(status.getString("replica"));
        assertThat(status.getMap("rejected").keySet().stream().map(Object::toString))
                .containsExactlyElementsOf(
                        Arrays.stream(Rejection.values()).map(Rejection::code).toList());
    }

    @Test
    void countsReadingsAndDeterminesTheLagOfATopic() {
        String type = "status-" + SharedStack.get().nextNumber();
        JsonPath before = status();
        try (TestFleet fleet = TestFleet.ofType(type)) {
            String sensor = fleet.newSensor();
            for (int second = 10; second < 30; second++) {
                fleet.send(sensor, "2026-01-01T00:00:%dZ".formatted(second), second);
            }
            fleet.sendRecord(sensor, "{");
            fleet.awaitStored();
        }
        await().atMost(LIMIT).untilAsserted(() -> {
            JsonPath after = status();
            assertThat(after.getLong("received") - before.getLong("received")).isGreaterThanOrEqualTo(21);
            assertThat(after.getLong("stored") - before.getLong("stored")).isGreaterThanOrEqualTo(20);
            assertThat(after.getLong("rejected.malformed") - before.getLong("rejected.malformed"))
                    .isGreaterThanOrEqualTo(1);
            assertThat(after.getLong("latency.stored.count") - before.getLong("latency.stored.count"))
                    .isGreaterThanOrEqualTo(20);
            assertThat(after.getDouble("latency.stored.seconds"))
                    .isGreaterThan(before.getDouble("latency.stored.seconds"));
            assertThat(after.getMap("latency.event")).containsOnlyKeys("count", "seconds");
            Map<String, Object> topic = after.getMap("topics.find { it.topic == 'sensors.%s' }".formatted(type));
            assertThat(topic).containsEntry("lag", 0).containsKey("ingestedThrough");
            assertThat(Instant.parse(String.valueOf(topic.get("ingestedThrough"))))
                    .isAfter(Instant.now().minusSeconds(10));
        });
    }

    private static JsonPath status() {
        return given().get("/api/v1/status").then().statusCode(200).extract().jsonPath();
    }
}
