package io.telltale;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.api.RawHttp;
import io.vertx.core.http.HttpMethod;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * HTTP on the packaged service: the jar, with {@code -Dnative} the executable. Quarkus configures HTTP differently in
 * tests. {@code PackagedServiceIT} has the functions.
 */
@Tag("servers")
class PackagedRequestsIT extends PackagedForms {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/readings/stream",
                "/api/v1/sensors/{id}/readings/stream?since=2026-01-01T00:00:00Z",
                "/api/v1/sensors/{id}/readings?{day}&format=ndjson",
                "/api/v1/sensors/{id}/aggregates?{day}&interval=PT1H",
                "/api/v1/readings?type=" + TYPE + "&{day}",
                "/api/v1/sensors",
                "/q/health/live",
                "/q/openapi",
                "/q/swagger-ui/"
            })
    void headLeavesTheConnectionUsable(String template) throws Exception {
        String path = path(template);
        String head = "HEAD " + path + " HTTP/1.1\r\nHost: telltale\r\n\r\n";
        String answers = RawHttp.exchange(
                RestAssured.port,
                head + head + "GET /q/health/live HTTP/1.1\r\nHost: telltale\r\nConnection: close\r\n\r\n");
        assertThat(RawHttp.statuses(answers)).containsExactly(200, 200, 200);
        for (RawHttp.Answer answer : RawHttp.http2(RestAssured.port, HttpMethod.HEAD, List.of(path, path))) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEmpty();
        }
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> given().get("/q/metrics").then().body(containsString("telltale_live_subscribers 0")));
    }

    /** The service closes the connection, except where only the URL or Host is invalid. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    GET /api/v1/sensors?site={plant} HTTP/1.1\\r\\nHost: a\\r\\nConnection: close | '{' at character 22
                    GET /api/v1/sensors?site=%zz HTTP/1.1\\r\\nHost: a\\r\\nConnection: close   | '%zz' at character 22
                    GET /q/health/live HTTP/1.1\\r\\nConnection: close                          | Host is missing
                    GET /api/v1/sensors HTTP/1.1\\r\\nHost: a b/c\\r\\nConnection: close        | Host is 'a b/c'
                    POST /api/v1/readings HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked | malformed chunk
                    POST /api/v1/readings HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\nContent-Length: 4 | without Content-Length
                    """)
    void invalidHttpIsAProblem(String head, String detail) throws Exception {
        String request = head.replace("\\r\\n", "\r\n");
        String answer =
                RawHttp.exchange(RestAssured.port, request + "\r\nContent-Type: application/json\r\n\r\nnochunk\r\n");
        assertThat(RawHttp.statuses(answer)).containsExactly(400);
        assertThat(answer).contains("application/problem+json", detail);
    }

    @Test
    void tooLongUrlsAndHeadersAreProblems() throws Exception {
        String tooLong = "x".repeat(70_000);
        String end = "Host: a\r\nConnection: close\r\n\r\n";
        assertThat(RawHttp.exchange(RestAssured.port, "GET /" + tooLong + " HTTP/1.1\r\n" + end))
                .startsWith("HTTP/1.1 414")
                .contains("urn:telltale:problem:uri-too-long", "expected at most 65536");
        assertThat(RawHttp.exchange(RestAssured.port, "GET / HTTP/1.1\r\nX: " + tooLong + "\r\n" + end))
                .startsWith("HTTP/1.1 431")
                .contains("urn:telltale:problem:headers-too-large", "expected at most 65536");
        assertThat(RawHttp.http2(RestAssured.port, HttpMethod.GET, "/" + tooLong)
                        .body())
                .contains("urn:telltale:problem:uri-too-long");
        assertThat(RawHttp.http2(RestAssured.port, HttpMethod.GET, "/", "x", tooLong)
                        .body())
                .contains("urn:telltale:problem:headers-too-large");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    404 | GET    | /api/v1/sensors/never-seen                    | */*      | 'never-seen'
                    404 | GET    | /nothing/here                                 | */*      | '/nothing/here'
                    405 | PATCH  | /api/v1/sensors/a                             | */*      | 'PATCH'; expected one of DELETE, GET
                    406 | GET    | /api/v1/sensors/a                             | text/csv | 'text/csv'; expected application/json
                    415 | POST   | /api/v1/readings                              | */*      | 'a/b'; expected one of application/json, application/x-ndjson, application/senml+json
                    400 | GET    | /api/v1/sensors/a/readings?from=yesterday     | */*      | from is 'yesterday'; expected
                    400 | GET    | /api/v1/readings?sensor=a,b                   | */*      | sensor is 'a,b'; expected one id; repeat the parameter
                    400 | GET    | /api/v1/sensors/a/readings?format=xml         | */*      | 'xml'; expected one of json, ndjson, csv, senml
                    400 | GET    | /api/v1/sensors?colour=red                    | */*      | 'colour'
                    """)
    void refusalsNameWhatWasFoundAndWhatIsExpected(
            int status, String method, String path, String accept, String detail) {
        Response answer =
                withContentType("a/b").urlEncodingEnabled(false).accept(accept).request(method, path);
        answer.then()
                .statusCode(status)
                .contentType("application/problem+json")
                .body("type", startsWith("urn:telltale:problem:"))
                .body("detail", containsString(detail));
    }

    @Test
    void faultsOfJsonAreDescribedInOwnWords() {
        post("application/x-ndjson", """
                        {"sensorId":"a","value":NaN}
                        {"sensorId":"a","value":007}
                        {"sensor_id":"a","Timestamp":"2026-01-01T00:00:00Z","device":"b","ts":1}
                        {"sensorId":"a","type":"%s","timestamp":"2026-01-01T00:00:00","value":1}
                        {"sensorId":"%s","type":"%s","timestamp":"2026-01-01T12:00:00Z","value":1}
                        """.formatted(TYPE, sensor(0), TYPE))
                .statusCode(202)
                .body("accepted", equalTo(1))
                .body("rejected", hasSize(4))
                .body("rejected[0].detail", startsWith("body is not JSON at byte 24: found 'NaN'; expected a value"))
                .body("rejected[1].detail", containsString("expected a number without leading zeros"))
                .body(
                        "rejected[2].detail",
                        allOf(
                                containsString("sensorId is missing"),
                                containsString("timestamp is missing"),
                                containsString("value is missing"),
                                containsString("found the fields 'sensor_id', 'Timestamp', 'device', 'ts'")))
                .body("rejected[3].detail", containsString("timestamp is '2026-01-01T00:00:00'"))
                .body(not(containsString("JsonReadFeature")))
                .body(not(containsString("Source:")));
        given().contentType("application/json")
                .body("{\"name\":")
                .put("/api/v1/sensors/{id}", sensor(0))
                .then()
                .statusCode(400)
                .body("detail", containsString("not JSON at byte 8"));
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/sensors?limit=1, 200",
        "GET, /api/v1/sensors?colour=red, 400",
        "GET, /nothing/here, 404",
        "PUT, /api/v1/sensors, 405"
    })
    void aScriptOfTheOriginReadsResponsesAndErrors(String method, String path, int status) throws Exception {
        given().header("Origin", ORIGIN)
                .request(method, path)
                .then()
                .statusCode(status)
                .header("Access-Control-Allow-Origin", equalTo(ORIGIN))
                .header("Access-Control-Expose-Headers", containsString("Link"))
                .header("Access-Control-Expose-Headers", containsString("telltale-complete"));
        String preflight = RawHttp.exchange(RestAssured.port, """
                OPTIONS /api/v1/readings/stream HTTP/1.1\r
                Host: localhost\r
                Origin: %s\r
                Access-Control-Request-Method: %s\r
                Access-Control-Request-Headers: last-event-id\r
                Connection: close\r
                \r
                """.formatted(ORIGIN, method));
        assertThat(preflight.toLowerCase(Locale.ROOT))
                .startsWith("http/1.1 200")
                .contains("access-control-allow-origin: " + ORIGIN)
                .containsPattern("access-control-allow-headers: .*last-event-id");
    }

    @Test
    void overTlsItAnswersWithTheCertificateItWasGiven() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(service.process().tlsUrl() + path("/api/v1/sensors/{id}/readings?{day}")))
                .build();
        HttpClient trusting =
                HttpClient.newBuilder().sslContext(certificate.trusted()).build();
        // It answers over HTTP a moment before it listens for HTTPS.
        await().atMost(LIMIT).ignoreExceptionsInstanceOf(ConnectException.class).untilAsserted(() -> assertThat(
                        trusting.send(request, BodyHandlers.ofString()))
                .satisfies(answer -> {
                    assertThat(answer.statusCode()).isEqualTo(200);
                    assertThat(answer.body()).contains("2026-01-01T00:00:01.000Z");
                    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
                }));
        assertThatThrownBy(() -> HttpClient.newHttpClient().send(request, BodyHandlers.ofString()))
                .isInstanceOf(SSLHandshakeException.class);
    }
}
