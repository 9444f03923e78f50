package io.telltale.post;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.api.Problem;
import io.telltale.api.ProblemException;
import io.telltale.ingest.ServiceMetrics;
import io.telltale.ingest.TopicRecords;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.post.BarePost.Answer;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** NDJSON that is taken while it comes, and what clients do to it. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PostStreamsTest {

    private static final String NDJSON = "application/x-ndjson";

    @Inject
    Clock clock;

    @Inject
    PostTopics topics;

    @Inject
    PostProducer producer;

    private final String type = "stream-" + SharedStack.get().nextNumber();
    private final String topic = "sensors." + type;

    @Test
    void linesAreInKafkaBeforeTheLastOneIsSent() throws Exception {
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
    void readingsOfASensorKeepTheirOrder() throws Exception {
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
    void whatWasTakenBeforeTheBodyWasTooLargeIsSaid() throws Exception {
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
            // What is still on its way is thrown away: a client that sends all of it first gets its answer too.
            post.send("more of it\n").send(noEnd);
        }
    }

    @Test
    void whatWasTakenFromAClientThatLeavesStaysTaken() throws Exception {
        try (BarePost post = BarePost.open(RestAssured.port, NDJSON)) {
            post.send(lines("gone", 0, 50) + line("gone", 50).substring(0, 30));
            awaitRecords("gone", 50);
            assertThat(heldByPosts()).isPositive();
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> heldByPosts() == 0);
        assertThat(values("gone")).hasSize(50);
    }

    @Test
    void twoHundredSlowClientsHoldNoMoreThanThereIsForPosts() throws Exception {
        List<BarePost> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                slow.add(BarePost.open(RestAssured.port, NDJSON).send("{\"sensorId\":\"slow\","));
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> metric("telltale_posts_waiting") == 72);
            assertThat(heldByPosts()).isEqualTo(128 * PostSession.WORKING_BYTES);
            // One leaves, and another has its turn.
            slow.remove(0).close();
            await().atMost(Duration.ofSeconds(10)).until(() -> metric("telltale_posts_waiting") == 71);
        } finally {
            for (BarePost one : slow) {
                one.close();
            }
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> heldByPosts() == 0);
        assertThat(metric("telltale_posts_waiting")).isZero();
    }

    @Test
    void whoHoldsUpOthersIsNotWaitedForForEver() throws Exception {
        PostMemoryBudget room = new PostMemoryBudget(PostSession.WORKING_BYTES);
        PostSession.Limits limits =
                new PostSession.Limits(Duration.ofMillis(500), Duration.ofSeconds(2), null, Duration.ofSeconds(20));
        // Not that of the application, whose metrics take no second server.
        Vertx vertx = Vertx.vertx();
        HttpServer server = vertx.createHttpServer()
                .requestHandler(request -> answer(request, vertx, room, limits))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        try (BarePost idle = BarePost.open(server.actualPort(), NDJSON)) {
            idle.send(lines("idle", 0, 3) + "{");
            // Not for its records: until they are seen it may be given up.
            await().until(() -> room.acquired() == PostSession.WORKING_BYTES);
            try (BarePost other = BarePost.open(server.actualPort(), NDJSON)) {
                Answer busy = other.answer();
                assertThat(busy.status()).isEqualTo(503);
                assertThat(busy.head()).contains("retry-after: 5");
                assertThat(busy.json().get("type").asText()).isEqualTo("urn:telltale:problem:unavailable");
                assertThat(busy.json().get("accepted").asInt()).isZero();
            }
            Answer answer = idle.answer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().get("detail").asText()).contains("nothing of it came for PT2S");
            assertThat(answer.json().get("accepted").asInt()).isEqualTo(3);
            assertThat(room.acquired()).isZero();
        } finally {
            vertx.close();
        }
    }

    private void answer(HttpServerRequest request, Vertx vertx, PostMemoryBudget room, PostSession.Limits limits) {
        request.pause();
        Context context = Objects.requireNonNull(Vertx.currentContext());
        new PostSession(
                        request,
                        new NdjsonPostBody(),
                        PostSession.WORKING_BYTES,
                        new PostSession.Shared(room, topics, producer, clock, vertx),
                        limits,
                        task -> context.runOnContext(ignored -> task.run()))
                .run()
                .subscribe()
                .with(result -> request.response().setStatusCode(202).end(), failure -> {
                    Problem problem = ((ProblemException) failure).problem();
                    if (problem.retryAfterSeconds() != null) {
                        request.response().putHeader("Retry-After", "" + problem.retryAfterSeconds());
                    }
                    request.response().setStatusCode(problem.status()).end(Buffer.buffer(problem.toJson()));
                });
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

    private static double heldByPosts() {
        return metric("telltale_posts_bytes");
    }

    private static double metric(String name) {
        return ServiceMetrics.of("http://localhost:" + RestAssured.port).sum(name);
    }
}
