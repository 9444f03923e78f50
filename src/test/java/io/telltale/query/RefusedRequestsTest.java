package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.api.RawHttp;
import io.telltale.local.LocalStackResource;
import io.telltale.settings.CapturedLog;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
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
    private static final String CLOSE = "Host: localhost\r\nConnection: close\r\n\r\n";

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
        "GET,/api/v1/dead-letters/nothing,404,not-found",
        "GET,/api/v1/stream-tickets,405,method-not-allowed",
        "POST,/api/v1/sensors,405,method-not-allowed",
        "PUT,/api/v1/sensors,405,method-not-allowed",
        "PATCH,/api/v1/sensors/a,405,method-not-allowed",
        "PATCH,/api/v1/sensors/a/readings,405,method-not-allowed",
        "PATCH,/api/v1/sensors/a/readings/latest,405,method-not-allowed"
    })
    void answersAProblemForAnUnknownPath(String method, String path, int status, String code) {
        assertProblem(given().request(method, path), status, code, path);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    POST  | /api/v1/sensors                   | GET, HEAD, OPTIONS
                    POST  | /api/v1/sensors/a                 | DELETE, GET, HEAD, OPTIONS, PUT
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    //                                | '//' is not valid
                    /api/v1/sensors/%zz               | has '%zz' at character 17
                    /api/v1/sensors/a%2               | has '%2' at character 18
                    /api/v1/sensors?site=%zz          | has '%zz' at character 22; expected % and two hexadecimal digits
                    /api/v1/sensors?site={plant}      | has '{' at character 22; expected it percent-encoded, as %7B
                    /api/v1/sensors/a/readings?from=% | has '%' at character 33
                    /q/metrics?a=%zz                  | has '%zz' at character 14
                    """, quoteCharacter = '"')
    void namesTheInvalidCharacterOfAUrl(String target, String detail) throws IOException {
        assertThat(exchange("GET " + target + " HTTP/1.1\r\n" + CLOSE))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json", "urn:telltale:problem:bad-request", detail);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ''                   | header Host is missing
                    Host: a b/c          | header Host is 'a b/c'
                    Host:                | header Host is ''
                    Host: ZAP%n%s        | header Host is 'ZAP%n%s'
                    Host: a\\r\\nHost: b | header Host occurs 2 times
                    """)
    void refusesABadHostWithoutAnErrorInTheLog(String host, String detail) throws IOException {
        String line = host.isEmpty() ? "" : host.replace("\\r\\n", "\r\n") + "\r\n";
        for (String path : List.of("/api/v1/sensors", "/q/health/live", "/nothing")) {
            try (CapturedLog log = CapturedLog.ofEverything()) {
                String answer = exchange("GET " + path + " HTTP/1.1\r\nConnection: close\r\n" + line + "\r\n");
                assertThat(answer)
                        .startsWith("HTTP/1.1 400")
                        .contains("application/problem+json", detail + "; expected a host with an optional port");
                assertThat(log.errors()).isEmpty();
            }
        }
    }

    /** Also where the response contains a URL, which is made without a host. */
    @Test
    void needsNoHostInHttp10() throws IOException {
        for (String path : List.of("/api/v1/sensors?limit=1", "/q/health/live")) {
            assertThat(exchange("GET " + path + " HTTP/1.0\r\n\r\n")).contains(" 200 ");
        }
    }

    @Test
    void refusesABodyWithoutAKnownEnd() throws IOException {
        String head = """
                POST /api/v1/readings HTTP/1.1\r
                Host: localhost\r
                Content-Type: application/x-ndjson\r
                Transfer-Encoding: chunked\r
                """;
        String next = "GET /q/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
        try (CapturedLog log = CapturedLog.ofEverything()) {
            for (String request : List.of(
                    head + "\r\nxyz\r\n{}\r\n0\r\n\r\n",
                    head + "\r\n3\r\n{}\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
                    head.replace("POST /api/v1/readings", "GET /api/v1/sensors") + "\r\nxyz\r\n\r\n",
                    head + "Content-Length: 3\r\n\r\n3\r\n{}\n\r\n0\r\n\r\n",
                    head.replace("chunked", "gzip, chunked") + "\r\n3\r\n{}\n\r\n0\r\n\r\n")) {
                String answer = exchange(request + next);
                assertThat(RawHttp.statuses(answer)).as(request).containsExactly(400);
                assertThat(answer).contains("application/problem+json").containsIgnoringCase("connection: close");
            }
            assertThat(log.errors()).isEmpty();
        }
    }

    @Test
    void anEscapeThatIsNoUtf8IsABadParameter() {
        Response answer = given().urlEncodingEnabled(false).get("/api/v1/sensors?site=%C3%28");
        assertProblem(answer, 400, "bad-parameter", "site");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api//v1/nothing", "/api/v1/sensors//readings", "/../../x"})
    void rejectsAPathWithEmptySegments(String target) throws IOException {
        assertThat(exchange("GET " + target + " HTTP/1.1\r\n" + CLOSE))
                .startsWith("HTTP/1.1 404")
                .containsIgnoringCase("content-type: application/problem+json");
    }

    @Test
    void rejectsATooLongUrl() throws Exception {
        assertThat(exchange("GET /" + "x".repeat(70_000) + " HTTP/1.1\r\n" + CLOSE))
                .startsWith("HTTP/1.1 414")
                .contains("urn:telltale:problem:uri-too-long", "expected at most 65536");
        assertThat(RawHttp.http2(RestAssured.port, HttpMethod.GET, "/" + "x".repeat(70_000))
                        .body())
                .contains("urn:telltale:problem:uri-too-long");
        assertThat(RawHttp.http2(RestAssured.port, HttpMethod.GET, "/" + "x".repeat(65_000))
                        .status())
                .isEqualTo(404);
    }

    @Test
    void rejectsTooLargeHeaders() throws Exception {
        assertThat(exchange("GET /q/health/live HTTP/1.1\r\nX: " + "x".repeat(70_000) + "\r\n" + CLOSE))
                .startsWith("HTTP/1.1 431")
                .contains("urn:telltale:problem:headers-too-large", "expected at most 65536");
        assertThat(RawHttp.http2(RestAssured.port, HttpMethod.GET, "/q/health/live", "x", "x".repeat(70_000))
                        .body())
                .contains("urn:telltale:problem:headers-too-large");
    }

    /** Far above the limits, Netty stops to read, and Vert.x answers with a status only. */
    @Test
    void refusesAHeadThatIsNotReadWithAStatusOnly() throws IOException {
        assertThat(exchange("GET /" + "x".repeat(140_000) + " HTTP/1.1\r\n" + CLOSE))
                .matches("(?s)HTTP/1\\.[01] 414.*");
        assertThat(exchange("GET / HTTP/1.1\r\nX: " + "x".repeat(140_000) + "\r\n" + CLOSE))
                .matches("(?s)HTTP/1\\.[01] 431.*");
        assertThat(exchange("nonsense\r\n\r\n")).matches("(?s)HTTP/1\\.[01] 400.*");
    }

    private static String exchange(String request) throws IOException {
        return RawHttp.exchange(RestAssured.port, request);
    }
}
