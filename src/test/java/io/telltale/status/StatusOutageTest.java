package io.telltale.status;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The state is reported in time, and as it is, while Cassandra or Kafka does not answer; so are the dead letters. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class StatusOutageTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** The checks take 2 s; the machine may be slow. */
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(6);

    /** A read of dead letters may take the time of its requests and of the consumer. */
    private static final Duration LETTERS_WITHIN = Duration.ofSeconds(20);

    private final String type = "status-outage-" + SharedStack.get().nextNumber();

    @AfterEach
    void resume() {
        SharedStack.get().cassandra().resume();
        SharedStack.get().kafka().resume();
        await().atMost(LIMIT).until(() -> status().getBoolean("kafka.up") && status().getBoolean("cassandra.up"));
    }

    @Test
    void reportsACassandraThatHangs() {
        awaitLagOfATopic();
        Instant paused = Instant.now();
        SharedStack.get().cassandra().pause();
        await().atMost(LIMIT).untilAsserted(() -> assertThat(status().getBoolean("cassandra.up"))
                .isFalse());
        assertSince("cassandra.since", paused);
        await().atMost(LIMIT).untilAsserted(() -> assertThat(topic()).containsOnlyKeys("topic"));
        assertThat(status().getBoolean("kafka.up")).isTrue();
        assertThat(status().getList("cassandra.nodes")).hasSize(1);
        // Dead letters need Kafka only.
        given().get("/api/v1/dead-letters").then().statusCode(200);
    }

    @Test
    void reportsAKafkaThatHangs() {
        awaitLagOfATopic();
        Instant paused = Instant.now();
        SharedStack.get().kafka().pause();
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(status().getBoolean("kafka.up")).isFalse());
        assertSince("kafka.since", paused);
        await().atMost(LIMIT).untilAsserted(() -> assertThat(topic()).containsOnlyKeys("topic"));
        assertThat(status().getBoolean("ready")).isTrue();
        assertThat(status().getBoolean("cassandra.up")).isTrue();

        assertUnavailable(given().get("/api/v1/dead-letters"));
        Response replay = given().post("/api/v1/dead-letters/replay?since=0");
        assertUnavailable(replay);
        replay.then().body("replayed", equalTo(0));
    }

    private static void assertUnavailable(Response response) {
        response.then()
                .statusCode(503)
                .header("Retry-After", notNullValue())
                .body("type", equalTo("urn:telltale:problem:kafka-unavailable"));
        assertThat(response.time()).isLessThan(LETTERS_WITHIN.toMillis());
    }

    private void awaitLagOfATopic() {
        try (TestFleet fleet = TestFleet.ofType(type)) {
            fleet.send(fleet.newSensor(), "2026-01-01T00:00:00Z", 1);
            fleet.awaitStored();
        }
        await().atMost(LIMIT).untilAsserted(() -> assertThat(topic()).containsEntry("lag", 0));
    }

    private Map<String, Object> topic() {
        return status().getMap("topics.find { it.topic == 'sensors.%s' }".formatted(type));
    }

    /** The state changed after the outage began, and not later than the background checks find it. */
    private static void assertSince(String member, Instant paused) {
        Instant since = Instant.parse(status().getString(member));
        assertThat(since).isBetween(paused.minusSeconds(3), paused.plusSeconds(15));
    }

    private static JsonPath status() {
        Response response = given().get("/api/v1/status");
        assertThat(response.time()).isLessThan(ANSWERED_WITHIN.toMillis());
        return response.then().statusCode(200).extract().jsonPath();
    }
}
