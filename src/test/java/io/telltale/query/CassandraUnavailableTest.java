package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.CassandraNode;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.local.StallingClient;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Endpoints answer 503 within the timeouts of the driver while Cassandra is unavailable, and recover with it. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class CassandraUnavailableTest {

    private static final int MANY = 40_000;
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(12);

    /** Sooner than the driver gives up. */
    private static final Duration SOON = Duration.ofSeconds(3);

    private final CassandraNode cassandra = SharedStack.get().cassandra();

    @Inject
    QueryAdmission admission;

    private record Ask(String accept, String path) {}

    @Test
    void answers503WhileCassandraIsUnavailable() {
        try (TestFleet fleet = TestFleet.ofType("query")) {
            String sensorId = fleet.newSensor();
            fleet.send(sensorId, "2026-01-01T00:00:00Z", 1);
            fleet.awaitStored();
            String readings = "/api/v1/sensors/" + sensorId + "/readings?from=0";
            List<Ask> asks = List.of(
                    new Ask("application/json", readings),
                    new Ask("application/x-ndjson", readings),
                    new Ask("text/csv", readings),
                    new Ask("application/json", "/api/v1/sensors/" + sensorId + "/readings/latest"),
                    new Ask("application/json", "/api/v1/sensors/" + sensorId + "/aggregates?interval=PT1M"),
                    new Ask("application/x-ndjson", "/api/v1/sensors/" + sensorId + "/aggregates?interval=PT1M"),
                    new Ask("application/json", "/api/v1/sensors/" + sensorId),
                    new Ask("application/json", "/api/v1/sensors"),
                    new Ask("application/json", "/api/v1/sensors?type=query"));
            asks.forEach(ask -> assertThat(get(ask).statusCode()).isEqualTo(200));

            cassandra.pause();
            try {
                assertAway(asks);
            } finally {
                cassandra.resume();
            }
            assertBack(asks);

            cassandra.kill();
            try {
                assertAway(asks);
            } finally {
                cassandra.start();
            }
            assertBack(asks);
        }
    }

    /** Concurrently, so that the test waits for one timeout and not for nine. */
    private static void assertAway(List<Ask> asks) {
        long startNanos = System.nanoTime();
        List<CompletableFuture<Response>> answers = asks.stream()
                .map(ask -> CompletableFuture.supplyAsync(() -> get(ask)))
                .toList();
        for (CompletableFuture<Response> answer : answers) {
            assertProblem(answer.join(), 503, "cassandra-unavailable", "Cassandra cannot answer: level local_quorum");
            assertThat(answer.join().header("Retry-After")).isEqualTo("5");
        }
        // Some may have waited for a thread of the common pool.
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(ANSWERED_WITHIN.multipliedBy(4));
        assertThat(answers.stream().mapToLong(answer -> answer.join().time()))
                .allMatch(millis -> millis < ANSWERED_WITHIN.toMillis());
    }

    private static void assertBack(List<Ask> asks) {
        asks.forEach(ask -> await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(get(ask).statusCode()).isEqualTo(200)));
    }

    /** One client stays: its query shows that those of the others were cancelled, and did not just fail. */
    @Test
    void cancelsTheQueriesOfClientsThatLeave() throws IOException {
        List<String> paths = List.of("/aggregates?by=all&", "/aggregates?by=sensor&", "/readings?");
        paths.forEach(path ->
                assertThat(get(new Ask("text/csv", heavy(path))).statusCode()).isEqualTo(200));
        List<StallingClient> clients = new ArrayList<>();
        cassandra.pause();
        try {
            clients.add(query(paths.get(0)));
            for (String path : paths) {
                clients.add(query(path));
            }
            await().atMost(SOON).until(() -> admission.acquired() == clients.size());
            for (StallingClient leaving : clients.subList(1, clients.size())) {
                leaving.leave();
            }
            await().atMost(SOON).until(() -> admission.acquired() == 1);
        } finally {
            cassandra.resume();
            for (StallingClient client : clients) {
                client.leave();
            }
        }
        await().atMost(SOON).until(() -> admission.acquired() == 0);
    }

    private static StallingClient query(String path) throws IOException {
        return StallingClient.send(RestAssured.port, "GET " + heavy(path), "Accept: text/csv");
    }

    private static String heavy(String path) {
        return "/api/v1" + path + "type=query&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
                + (path.startsWith("/aggregates") ? "&interval=PT1H&functions=avg" : "");
    }

    @Test
    void resetsAStreamThatFails() throws IOException {
        try (TestFleet fleet = TestFleet.ofType("query")) {
            String sensorId = fleet.newSensor();
            String padding = "x".repeat(500);
            for (int i = 0; i < MANY; i++) {
                fleet.send(sensorId, 1_769_904_000_000L + i, i + padding);
            }
            fleet.awaitStored();
            assertIsReset(sensorId);
        }
    }

    private void assertIsReset(String sensorId) throws IOException {
        try (StallingClient client = StallingClient.send(
                RestAssured.port,
                "GET /api/v1/sensors/%s/readings?from=0".formatted(sensorId),
                "Accept: application/x-ndjson")) {
            client.assertBegins();
            cassandra.pause();
            try {
                String tail = tailUntilClosed(client.response());
                // The last chunk of a complete body has length 0.
                assertThat(tail).doesNotEndWith("0\r\n\r\n");
                await().untilAsserted(() ->
                        assertThat(given().get("/q/metrics").asString()).contains("telltale_queries_heavy 0.0"));
            } finally {
                cassandra.resume();
            }
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(
                            given().get("/api/v1/sensors/" + sensorId).statusCode())
                    .isEqualTo(200));
        }
    }

    private static String tailUntilClosed(InputStream in) throws IOException {
        byte[] buffer = new byte[65_536];
        String tail = "";
        try {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                String now = tail + new String(buffer, 0, read, StandardCharsets.US_ASCII);
                tail = now.substring(Math.max(0, now.length() - 16));
            }
        } catch (java.net.SocketException reset) {
            return tail;
        }
        return tail;
    }

    private static Response get(Ask ask) {
        return given().urlEncodingEnabled(false).accept(ask.accept()).get(ask.path());
    }
}
