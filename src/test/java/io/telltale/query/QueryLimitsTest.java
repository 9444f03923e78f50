package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.CassandraNode;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.local.SmallLimits;
import io.telltale.local.StallingClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The limits of concurrent queries and of their time. */
@Tag("servers")
@QuarkusTest
@TestProfile(SmallLimits.class)
@WithTestResource(LocalStackResource.class)
class QueryLimitsTest {

    /** With the padding, more than the buffers between the service and a client that does not read. */
    private static final int MANY = 20_000;

    private static final String PADDING = "x".repeat(1_000);
    private static final String PAGE = "/api/v1/sensors/%s/readings?from=1769904000000&to=1769904060000";

    private static final String AGGREGATES = "/api/v1/sensors/%s/aggregates?from=1769904000000&to=1769904020000";

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    private static TestFleet fleet;
    private static ExecutorService clients;
    private static String sensorId;
    private static String few;

    @BeforeAll
    static void storesReadings() {
        clients = Executors.newCachedThreadPool();
        fleet = TestFleet.ofType("limits");
        sensorId = fleet.newSensor();
        few = fleet.newSensor();
        fleet.send(few, System.currentTimeMillis() - 1_000, 1);
        for (int i = 0; i < MANY; i++) {
            fleet.send(sensorId, 1_769_904_000_000L + i, i + PADDING);
        }
        fleet.awaitStored();
    }

    @AfterAll
    static void close() {
        fleet.close();
        clients.shutdownNow();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    application/json     | /sensors/%s/readings?               | PT2H    | page
                    application/json     | /sensors/%s/aggregates?interval=PT1H&  | PT3H    | aggregates
                    application/x-ndjson | /readings?sensor=%s&                | PT1H30M | many
                    """)
    void rejectsARangeOverTheLimitOfItsFormat(String form, String path, Duration longest, String setting) {
        String url = "/api/v1" + path.formatted(few) + "to=2026-02-01T00:00:00Z&from=%s";
        Instant from = Instant.parse("2026-02-01T00:00:00Z").minus(longest);
        assertThat(given().accept(form).get(url.formatted(from)).statusCode()).isEqualTo(200);
        assertProblem(
                given().accept(form).get(url.formatted(from.minusMillis(1))),
                400,
                "bad-parameter",
                longest.plusMillis(1).toString(),
                "telltale.query.longest-range.%s=%s".formatted(setting, longest));
    }

    @Test
    void acceptsAnyRangeByDefault() {
        assertThat(given().accept("text/csv")
                        .get("/api/v1/sensors/" + few + "/readings?from=0000-01-01T00:00:00Z")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void queuesStreamsAndReleasesTheirPermits() throws IOException {
        try (StallingClient first = stream();
                StallingClient second = stream()) {
            first.assertBegins();
            second.assertBegins();
            awaitQueries("heavy", 2);
            try (StallingClient third = stream()) {
                awaitQueries("waiting", 1);
                Response fourth = given().accept("text/csv").get("/api/v1/sensors/" + sensorId + "/readings?from=0");
                assertProblem(
                        fourth,
                        429,
                        "too-many",
                        "2 heavy queries are under way",
                        "1 wait; expected at most telltale.query.heavy=2 and telltale.query.waiting=1");
                assertThat(fourth.header("Retry-After")).isEqualTo("5");
                assertThat(page().statusCode()).as("pages are not heavy").isEqualTo(200);
                for (String light : List.of("readings", "aggregates?interval=PT1H")) {
                    assertThat(given().accept("application/x-ndjson")
                                    .get("/api/v1/sensors/" + few + "/" + light)
                                    .statusCode())
                            .as("%s of a few readings need no place", light)
                            .isEqualTo(200);
                }
                first.leave();
                third.assertBegins();
                awaitQueries("waiting", 0);
            }
        }
        // None was read to its end: their reads have stopped.
        awaitQueries("heavy", 0);
    }

    @ParameterizedTest
    @CsvSource({"6666, desc", "10000, asc"})
    void returnsFullPagesOfLongTexts(int limit, String order) throws Exception {
        List<Integer> sizes = new ArrayList<>();
        List<String> values = new ArrayList<>();
        String path = PAGE.formatted(sensorId) + "&limit=%d&order=%s".formatted(limit, order);
        while (path != null) {
            // Not with RestAssured, which needs seconds for ten megabytes.
            HttpResponse<byte[]> page = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Type")).hasValue("application/json");
            JsonNode document = JSON.readTree(page.body());
            sizes.add(document.get("readings").size());
            document.get("readings")
                    .forEach(reading -> values.add(reading.get("value").asText().replace(PADDING, "")));
            assertThat(document.at("/meta/consistency").asText()).isEqualTo("local_quorum");
            String next = document.path("next").asText();
            Optional<String> link = page.headers().firstValue("Link");
            assertThat(link.isEmpty())
                    .as("last page, by its head and by its end")
                    .isEqualTo(next.isEmpty());
            link.ifPresent(given -> assertThat(given).contains(next).endsWith("; rel=\"next\""));
            path = link.map(given -> given.substring(1, given.indexOf('>'))).orElse(null);
        }
        List<String> expected = IntStream.range(0, MANY)
                .map(i -> order.equals("asc") ? i : MANY - 1 - i)
                .mapToObj(Integer::toString)
                .toList();
        assertThat(values).isEqualTo(expected);
        assertThat(sizes.subList(0, sizes.size() - 1)).containsOnly(limit);
    }

    @Test
    void treatsOnlyAPageOfLongTextsAsHeavy() throws IOException {
        try (StallingClient first = ask("application/json", PAGE.formatted(sensorId) + "&limit=10000");
                StallingClient second = ask("application/json", PAGE.formatted(sensorId) + "&limit=9999")) {
            first.assertBegins();
            second.assertBegins();
            awaitQueries("heavy", 2);
            Response third = given().get(PAGE.formatted(sensorId) + "&limit=9998");
            assertProblem(third, 503, "unavailable", "2 heavy queries are under way");
            assertThat(given().get("/api/v1/sensors/" + few + "/readings?limit=10000")
                            .statusCode())
                    .as("a page of numbers")
                    .isEqualTo(200);
            assertThat(page().statusCode()).as("a page of one long text").isEqualTo(200);
        }
        awaitQueries("heavy", 0);
    }

    /** More clients than permits and queue together. */
    @Test
    void readsConcurrentAggregatesOnce() throws InterruptedException {
        String path = AGGREGATES.formatted(sensorId) + "&interval=PT1S";
        String before = windows(given().get(path));
        CassandraNode cassandra = SharedStack.get().cassandra();
        List<CompletableFuture<Response>> answers = new ArrayList<>();
        CountDownLatch asking = new CountDownLatch(8);
        cassandra.pause();
        try {
            for (int i = 0; i < 8; i++) {
                answers.add(CompletableFuture.supplyAsync(
                        () -> {
                            asking.countDown();
                            return given().get(path);
                        },
                        clients));
            }
            assertThat(asking.await(10, TimeUnit.SECONDS)).isTrue();
            await().during(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(
                            given().get("/q/metrics").asString())
                    .contains("telltale_queries_heavy 1.0\n", "telltale_queries_waiting 0.0\n"));
        } finally {
            cassandra.resume();
        }
        for (CompletableFuture<Response> answer : answers) {
            assertThat(answer.join().statusCode()).isEqualTo(200);
            assertThat(windows(answer.join())).isEqualTo(before);
        }
        awaitQueries("heavy", 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "application/x-ndjson"})
    void streamsSharedAggregatesOverTheMemoryBudget(String form) throws IOException {
        String path = AGGREGATES.formatted(sensorId) + "&interval=PT0.1S&functions=first,last";
        List<CompletableFuture<Response>> answers = IntStream.range(0, 3)
                .mapToObj(i ->
                        CompletableFuture.supplyAsync(() -> given().accept(form).get(path), clients))
                .toList();
        List<String> expected = IntStream.range(0, MANY / 100)
                .mapToObj(i -> "%d to %d".formatted(100 * i, 100 * i + 99))
                .toList();
        for (CompletableFuture<Response> answer : answers) {
            List<String> found = new ArrayList<>();
            JSON.readTree("[" + windows(answer.join()) + "]")
                    .forEach(window -> found.add("%s to %s"
                            .formatted(
                                    window.at("/first/value").asText(),
                                    window.at("/last/value").asText())
                            .replace(PADDING, "")));
            assertThat(found).isEqualTo(expected);
        }
    }

    /** The windows of a response in either format, separated by commas. */
    private static String windows(Response answer) {
        String body = answer.asString();
        return answer.contentType().startsWith("application/json")
                ? body.substring(body.indexOf('[') + 1, body.lastIndexOf("],\"meta\""))
                : body.strip().replace('\n', ',');
    }

    @Test
    void reportsTheDeadlineOfALatePage() {
        CassandraNode cassandra = SharedStack.get().cassandra();
        assertThat(page().statusCode()).isEqualTo(200);
        cassandra.pause();
        try {
            Response late = page();
            assertProblem(late, 503, "unavailable", "telltale.query.deadline=PT4S");
            assertThat(late.header("Retry-After")).isEqualTo("5");
            assertThat(late.time()).isBetween(3_500L, 9_000L);
            Response lateList = given().get("/api/v1/sensors?type=limits");
            assertProblem(lateList, 503, "unavailable", "telltale.query.deadline=PT4S");
            assertThat(lateList.time()).isBetween(3_500L, 9_000L);
        } finally {
            cassandra.resume();
        }
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(page().statusCode()).isEqualTo(200));
    }

    private static Response page() {
        return given().get("/api/v1/sensors/" + sensorId + "/readings?from=1769904000000&to=1769904060000&limit=1");
    }

    /** Requests more than it reads. */
    private static StallingClient stream() throws IOException {
        return ask("application/x-ndjson", "/api/v1/sensors/" + sensorId + "/readings?from=0");
    }

    private static StallingClient ask(String accept, String path) throws IOException {
        return StallingClient.send(RestAssured.port, "GET " + path, "Accept: " + accept);
    }

    private static void awaitQueries(String which, int count) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(given().get("/q/metrics").asString())
                        .contains("telltale_queries_%s %d.0\n".formatted(which, count)));
    }
}
