package io.telltale.post;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.ingest.ServiceMetrics;
import io.telltale.ingest.TopicRecords;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.post.BarePost.Answer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An outage of Kafka: a POST is answered in time, and the client only has to post again. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PostOutageTest {

    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(20);
    private static final String LINE =
            "{\"sensorId\":\"o\",\"type\":\"%s\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"value\":%d}\n";

    private final String type = "outage-" + SharedStack.get().nextNumber();

    @AfterEach
    void startKafka() {
        SharedStack.get().kafka().start();
    }

    @Test
    void reportsAcceptedReadingsWhenKafkaIsUnavailable() throws Exception {
        try (BarePost known = BarePost.open(RestAssured.port, "application/x-ndjson")) {
            known.send(LINE.formatted(type, 1) + LINE.formatted(type, 2));
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(TopicRecords.of("sensors." + type))
                    .hasSize(2));
            SharedStack.get().kafka().stop();

            long stopped = System.nanoTime();
            known.send(LINE.formatted(type, 3));
            // A type that was never posted: whether it has a topic is unknown.
            post("never-" + type)
                    .then()
                    .statusCode(503)
                    .header("Retry-After", notNullValue())
                    .body("type", equalTo("urn:telltale:problem:kafka-unavailable"))
                    .body("accepted", is(0));
            Answer answer = known.answer();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.head()).contains("retry-after: ");
            assertThat(answer.json().get("accepted").asInt()).isEqualTo(2);
            assertThat(Duration.ofNanos(System.nanoTime() - stopped)).isLessThan(ANSWERED_WITHIN);
        }
        await().atMost(Duration.ofSeconds(10))
                .until(() -> ServiceMetrics.of("http://localhost:" + RestAssured.port)
                                .sum("telltale_posts_bytes")
                        == 0);

        SharedStack.get().kafka().start();
        await().atMost(Duration.ofSeconds(40)).until(() -> post(type).statusCode() == 202);
    }

    @Test
    void recreatesADeletedTopic() throws Exception {
        assertThat(post(type).statusCode()).isEqualTo(202);
        try (Admin admin = SharedStack.get().kafka().admin()) {
            admin.deleteTopics(List.of("sensors." + type)).all().get(30, TimeUnit.SECONDS);
        }
        Response next = post(type);
        assertThat(next.statusCode()).isIn(202, 503);
        await().atMost(Duration.ofSeconds(40)).until(() -> post(type).statusCode() == 202);
        assertThat(TopicRecords.of("sensors." + type)).isNotEmpty();
    }

    private static Response post(String type) {
        return given().contentType("application/x-ndjson")
                .body(LINE.formatted(type, 4).getBytes(UTF_8))
                .post("/api/v1/readings");
    }
}
