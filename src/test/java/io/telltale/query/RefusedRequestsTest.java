package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.local.LocalStackResource;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class RefusedRequestsTest {

    private static final int MAX_URL_CHARACTERS = 65_536;

    /** Before readiness, requests that need Cassandra are a 503. */
    @BeforeEach
    void theServiceIsStarted() {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> given().get("/q/health/started").statusCode() == 200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/nothing,404,not-found",
        "GET,/api/v1,404,not-found",
        "GET,/api/v1/nothing,404,not-found",
        "GET,/api/v2/sensors,404,not-found",
        "GET,/api/v1/sensors/a/readings/nothing,404,not-found",
        "POST,/api/v1/sensors/a/aggregates,405,method-not-allowed",
        "GET,/api/v1/dead-letters,404,not-found",
        "POST,/api/v1/stream-tickets,404,not-found",
        "POST,/api/v1/sensors,405,method-not-allowed",
        "PUT,/api/v1/sensors,405,method-not-allowed",
        "DELETE,/api/v1/sensors/a,405,method-not-allowed",
        "PATCH,/api/v1/sensors/a/readings,405,method-not-allowed",
        "PATCH,/api/v1/sensors/a/readings/latest,405,method-not-allowed"
    })
    void answersAProblemForAnUnknownPath(String method, String path, int status, String code) {
        assertProblem(given().request(method, path), status, code, path);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    POST  | /api/v1/sensors                   | GET, HEAD, OPTIONS
                    POST  | /api/v1/sensors/a                 | GET, HEAD, OPTIONS, PUT
                    PATCH | /api/v1/sensors/a/readings        | DELETE, GET, HEAD, OPTIONS
                    PUT   | /api/v1/sensors/a/readings/latest | GET, HEAD, OPTIONS
                    PUT   | /api/v1/sensors/a/readings/stream | GET, HEAD, OPTIONS
                    PATCH | /api/v1/readings                  | GET, HEAD, OPTIONS, POST
                    PATCH | /api/v1/readings/                 | GET, HEAD, OPTIONS, POST
                    PUT   | /api/v1/admin/layouts/many        | GET, HEAD, OPTIONS, POST
                    """)
    void listsTheMethodsOfAPath(String other, String path, String methods) {
        Response refused = given().request(other, path);
        assertProblem(refused, 405, "method-not-allowed", path);
        assertThat(refused.header("Allow")).isEqualTo(methods);
        Response options = given().options(path);
        assertThat(options.statusCode()).isEqualTo(204);
        assertThat(options.header("Allow")).isEqualTo(methods);
    }

    @Test
    void listsNoMethodsOfAnUnknownPath() {
        assertProblem(given().options("/api/v1/nothing"), 404, "not-found", "/api/v1/nothing");
        assertProblem(given().options("/nothing"), 404, "not-found", "/nothing");
    }

    @ParameterizedTest
    @CsvSource({
        "text/csv,/api/v1/sensors",
        "text/html,/api/v1/sensors/a",
        "text/csv,/api/v1/sensors/a/readings/latest",
        "text/csv,/api/v1/sensors/a/aggregates",
        "text/csv,/api/v1/readings/latest",
        "application/json,/api/v1/readings",
        "application/json,/api/v1/readings/stream"
    })
    void answersAProblemForAnUnknownMediaType(String accept, String path) {
        assertProblem(given().accept(accept).get(path), 406, "not-acceptable", path);
    }

    @Test
    void acceptsAUrlOf64KiB() {
        String sensors = IntStream.range(0, 1_000)
                .mapToObj(i -> "sensor=s" + i)
                .collect(Collectors.joining("&", "/api/v1/readings/stream?", ""));
        String url = sensors + "&" + "x".repeat(MAX_URL_CHARACTERS - sensors.length() - 1);
        assertThat(url).hasSize(MAX_URL_CHARACTERS);
        assertProblem(given().urlEncodingEnabled(false).get(url), 400, "unknown-parameter", "xxx");
    }

    @Test
    void rejectsMoreThanAThousandSensors() {
        String sensors = IntStream.range(0, 1_001).mapToObj(i -> "sensor=s" + i).collect(Collectors.joining("&"));
        Response answer = given().urlEncodingEnabled(false).get("/api/v1/readings/stream?" + sensors);
        assertProblem(answer, 400, "bad-parameter", "sensor", "1001", "1000");
    }

    /** Quarkus validates the target before any handler of Telltale: the responses have no body. */
    @ParameterizedTest
    @ValueSource(strings = {"//", "/api/v1/sensors/%zz", "/api/v1/sensors/a%2", "/api/v1/sensors/a/readings?from=%zz"})
    void rejectsATargetThatIsNoUri(String target) throws IOException {
        assertThat(exchange("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("http/1.1 400")
                .contains("content-length: 0");
    }

    @Test
    void anEscapeThatIsNoUtf8IsABadParameter() {
        Response answer = given().urlEncodingEnabled(false).get("/api/v1/sensors?site=%C3%28");
        assertProblem(answer, 400, "bad-parameter", "site");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api//v1/nothing", "/api/v1/sensors//readings", "/../../x"})
    void rejectsAPathWithEmptySegments(String target) throws IOException {
        assertThat(exchange("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("http/1.1 404")
                .contains("content-type: application/problem+json");
    }

    /** Quarkus rejects invalid HTTP and too long lines with a status only, before any handler of Telltale. */
    @Test
    void rejectsATooLongUrl() throws IOException {
        assertThat(exchange("GET /" + "x".repeat(70_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .contains(" 414 ");
    }

    private static String exchange(String request) throws IOException {
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
        }
    }
}
