package io.telltale.post;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.ingest.ServiceMetrics;
import io.telltale.ingest.TopicRecords;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.post.BarePost.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** NDJSON is sent while it arrives; slow, large and disconnected clients. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PostStreamsTest {

    private static final String NDJSON = "application/x-ndjson";

    private final String type = "stream-" + SharedStack.get().nextNumber();
    private final String topic = "sensors." + type;

    @Test
    void sendsLinesBeforeTheBodyEnds() throws Exception {
        try (BarePost post = BarePost.open(RestAssured.port, NDJSON)) {
            post.send(lines("s", 0, 100) + line("s", 100).substring(0, 20));
            awaitRecords("s", 100);
            post.send(line("s", 100).substring(20) + "\n" + lines("s", 101, 200));

            Answer answer = post.end();
            assertThat(answer.status()).isEqualTo(202);
            assertThat(answer.json().get("accepted").asInt()).isEqualTo(200);
            assertThat(answer.json().get("rejected")).isEmpty();
            assertThat(answer.json().has("unlisted")).isFalse();
        }
        assertThat(values("s")).isEqualTo(IntStream.range(0, 200).boxed().toList());
    }

    @Test
    void keepsTheOrderOfASensorsReadings() throws Exception {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            body.append(line(i % 2 == 0 ? "even" : "odd", i)).append('\n');
        }
        given().contentType(NDJSON)
                .body(body.toString().getBytes(UTF_8))
                .post("/api/v1/readings")
                .then()
                .statusCode(202)
                .body("accepted", is(5_000));
        assertThat(values("even"))
                .isEqualTo(IntStream.range(0, 2_500).mapToObj(i -> 2 * i).toList());
        assertThat(values("odd"))
                .isEqualTo(IntStream.range(0, 2_500).mapToObj(i -> 2 * i + 1).toList());
    }

    @Test
    void reportsAcceptedReadingsWhenTheBodyIsTooLarge() throws Exception {
        try (BarePost post = BarePost.open(RestAssured.port, NDJSON)) {
            post.send(lines("large", 0, 10) + "{}\n");
            String noEnd = "x".repeat(1 << 16);
            for (int i = 0; i < 161; i++) {
                post.send(noEnd);
            }
            Answer answer = post.answer();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.head()).contains("application/problem+json");
            assertThat(answer.json().get("accepted").asInt()).isEqualTo(10);
            assertThat(answer.json().get("rejected").findValuesAsText("index")).containsExactly("10");
            // The rest is discarded: a client that reads only after it has sent everything gets the answer too.
            post.send("more of it\n").send(noEnd);
        }
    }

    @Test
    void keepsAcceptedReadingsWhenTheClientDisconnects() throws Exception {
        try (BarePost post = BarePost.open(RestAssured.port, NDJSON)) {
            post.send(lines("gone", 0, 50) + line("gone", 50).substring(0, 30));
            awaitRecords("gone", 50);
            assertThat(acquiredBytes()).isPositive();
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> acquiredBytes() == 0);
        assertThat(values("gone")).hasSize(50);
    }

    @Test
    void keepsTwoHundredSlowClientsWithinTheMemoryBudget() throws Exception {
        List<BarePost> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                slow.add(BarePost.open(RestAssured.port, NDJSON).send("{\"sensorId\":\"slow\","));
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> metric("telltale_posts_waiting") == 72);
            assertThat(acquiredBytes()).isEqualTo(128 * PostSession.WORKING_BYTES);
            // One disconnects, and a waiting one acquires its memory.
            slow.remove(0).close();
            await().atMost(Duration.ofSeconds(10)).until(() -> metric("telltale_posts_waiting") == 71);
        } finally {
            for (BarePost one : slow) {
                one.close();
            }
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> acquiredBytes() == 0);
        assertThat(metric("telltale_posts_waiting")).isZero();
    }

    private void awaitRecords(String sensorId, int records) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(values(sensorId)).hasSize(records));
    }

    private List<Integer> values(String sensorId) throws IOException {
        return TopicRecords.bodies(topic, sensorId).stream()
                .map(body -> body.get("value").asInt())
                .toList();
    }

    private String lines(String sensorId, int from, int to) {
        StringBuilder lines = new StringBuilder();
        IntStream.range(from, to).forEach(i -> lines.append(line(sensorId, i)).append('\n'));
        return lines.toString();
    }

    private String line(String sensorId, int value) {
        return "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":%d,\"value\":%d}"
                .formatted(sensorId, type, 1_767_225_600_000L + value, value);
    }

    private static double acquiredBytes() {
        return metric("telltale_posts_bytes");
    }

    private static double metric(String name) {
        return ServiceMetrics.of("http://localhost:" + RestAssured.port).sum(name);
    }
}
