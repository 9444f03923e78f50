package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Aggregates over HTTP. {@code AggregationOracleTest} verifies the contents of random windows. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class AggregatesTest {

    private static final String NDJSON = "application/x-ndjson";
    private static final String QUARTERS = "from=2026-03-01T00:00:00Z&to=2026-03-01T01:00:00Z&interval=PT15M";
    private static final String ALL_FUNCTIONS = "&functions=count,min,max,avg,sum,first,last,stddev,p50,p95,p99";
    private static final int MANY = 12_000;

    private static TestFleet fleet;
    private static String numbers;
    private static String door;
    private static String many;

    @BeforeAll
    static void readingsAreStored() {
        fleet = TestFleet.ofType("aggregates");
        // By quarters of an hour: three numbers, no reading, one number, a boolean and a text.
        numbers = fleet.newSensor();
        fleet.send(numbers, "2026-03-01T00:00:00Z", 1);
        fleet.send(numbers, "2026-03-01T00:05:00Z", 2);
        fleet.send(numbers, "2026-03-01T00:14:59.999Z", 6);
        fleet.send(numbers, "2026-03-01T00:30:00Z", -4);
        fleet.send(numbers, "2026-03-01T00:50:00Z", true);
        fleet.send(numbers, "2026-03-01T00:55:00Z", "off \"duty\"");
        door = fleet.newSensor();
        fleet.send(door, "2026-03-01T00:05:00Z", "open");
        fleet.send(door, "2026-03-01T00:25:00Z", "shut");
        many = fleet.newSensor();
        for (int i = 0; i < MANY; i++) {
            fleet.send(many, 1_772_323_200_000L + i, i % 1_000);
        }
        fleet.awaitStored();
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    @Test
    void returnsCountMinMaxAndAvgByDefault() {
        assertThat(body(numbers, QUARTERS)).startsWith("""
                {"sensorId":"%s","interval":"PT15M","windows":[\
                {"start":"2026-03-01T00:00:00.000Z","end":"2026-03-01T00:15:00.000Z","count":3,"min":1,"max":6,"avg":3},\
                {"start":"2026-03-01T00:30:00.000Z","end":"2026-03-01T00:45:00.000Z","count":1,"min":-4,"max":-4,"avg":-4},\
                {"start":"2026-03-01T00:45:00.000Z","end":"2026-03-01T01:00:00.000Z","count":2,"min":1,"max":1,"avg":1}],\
                "meta":{"consistency":"local_quorum","complete":""".formatted(numbers));
    }

    @ParameterizedTest
    @ValueSource(strings = {"15m", "900s", "PT900S", "auto&points=4", "auto&points=5", "15m&points=500"})
    void statesTheIntervalThatWasUsed(String interval) {
        String quarters = body(numbers, QUARTERS);
        String windows = quarters.substring(quarters.indexOf("\"windows\""), quarters.indexOf("\"meta\""));
        String used = interval.contains("900") ? "PT900S" : "PT15M";
        assertThat(body(numbers, QUARTERS.replace("PT15M", interval)))
                .startsWith("{\"sensorId\":\"%s\",\"interval\":\"%s\",%s".formatted(numbers, used, windows));
    }

    @Test
    void returnsAllFunctionsInTheirOrder() {
        String answer =
                body(numbers, QUARTERS + "&functions=p99,p95,p50,stddev,last,first,sum,avg,max,min,count,count");
        assertThat(answer).contains("""
                        {"start":"2026-03-01T00:00:00.000Z","end":"2026-03-01T00:15:00.000Z","count":3,"min":1,"max":6,"avg":3,"sum":9,\
                        "first":{"timestamp":"2026-03-01T00:00:00.000Z","value":1},\
                        "last":{"timestamp":"2026-03-01T00:14:59.999Z","value":6},\
                        "stddev":2.6457513110645907,"p50":2,"p95":5.6,"p99":5.92}""", """
                        "count":1,"min":-4,"max":-4,"avg":-4,"sum":-4,\
                        "first":{"timestamp":"2026-03-01T00:30:00.000Z","value":-4},\
                        "last":{"timestamp":"2026-03-01T00:30:00.000Z","value":-4},\
                        "stddev":null,"p50":-4,"p95":-4,"p99":-4}""", """
                        "count":2,"min":1,"max":1,"avg":1,"sum":1,\
                        "first":{"timestamp":"2026-03-01T00:50:00.000Z","value":true},\
                        "last":{"timestamp":"2026-03-01T00:55:00.000Z","value":"off \\"duty\\""},\
                        "stddev":null,"p50":1,"p95":1,"p99":1}""").endsWith(",\"percentiles\":\"exact\"}}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    none     | 1 open, 1 shut
                    null     | 0 null, 1 open, 0 null, 1 shut, 0 null
                    previous | 0 null, 1 open, 0 open, 1 shut, 0 shut
                    linear   | 0 null, 1 open, 0 null, 1 shut, 0 null
                    """)
    void carriesTextsButDoesNotInterpolateThem(String fill, String countsAndLast) {
        List<Map<String, Object>> windows = ask(
                        "application/json",
                        door,
                        "from=2026-02-28T23:55:00Z&to=2026-03-01T00:40:00Z&interval=PT10M&functions=count,last,avg&fill="
                                + fill)
                .jsonPath()
                .getList("windows");
        assertThat(windows).allSatisfy(window -> assertThat(window.get("avg")).isNull());
        assertThat(windows.stream()
                        .map(window -> window.get("count") + " "
                                + (window.get("last") instanceof Map<?, ?> last ? last.get("value") : null))
                        .collect(Collectors.joining(", ")))
                .isEqualTo(countsAndLast);
    }

    @Test
    void returnsTheSameWindowsAsLines() {
        String document = body(numbers, QUARTERS + ALL_FUNCTIONS + "&fill=linear");
        Response lines = ask(NDJSON, numbers, QUARTERS + ALL_FUNCTIONS + "&fill=linear");
        assertThat(lines.contentType()).isEqualTo(NDJSON);
        assertThat(lines.header("telltale-consistency")).isEqualTo("local_quorum");
        assertThat(document).contains("\"windows\":[" + lines.asString().strip().replace("\n", ",") + "],\"meta\":");
        assertThat(lines.asString().lines()).hasSize(4);
    }

    @Test
    void sendsTheKindOfPercentilesAsATrailer() throws IOException {
        assertThat(exchange("GET " + path(numbers) + "?" + QUARTERS + "&functions=p50 HTTP/1.1\r\nHost: localhost\r\n"
                        + "Accept: " + NDJSON + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 OK")
                .endsWith("\r\n0\r\ntelltale-percentiles: exact\r\n\r\n");
    }

    @Test
    void sketchesPercentilesOfManyNumbers() {
        String range = "from=2026-03-01T00:00:00Z&to=2026-03-01T00:01:00Z&functions=count,avg,p50,p99&interval=";
        Response sketched = ask("application/json", many, range + "PT1M");
        assertThat(sketched.jsonPath().getString("meta.percentiles")).isEqualTo("sketch");
        assertThat(sketched.jsonPath().getInt("windows[0].count")).isEqualTo(MANY);
        assertThat(sketched.jsonPath().getDouble("windows[0].avg")).isEqualTo(499.5);
        assertThat(sketched.jsonPath().getDouble("windows[0].p50")).isCloseTo(500, within(5.0));
        assertThat(sketched.jsonPath().getDouble("windows[0].p99")).isCloseTo(990, within(5.0));
        Response exact = ask("application/json", many, range + "PT1S");
        assertThat(exact.jsonPath().getString("meta.percentiles")).isEqualTo("exact");
        assertThat(exact.jsonPath().getList("windows.p50", Double.class))
                .hasSize(12)
                .containsOnly(499.5);
    }

    @Test
    void followsTheClockChangesOfAZone() {
        String range = "?from=2026-01-01T00:00:00%2B01:00&to=2027-01-01T00:00:00%2B01:00&interval=P1D&fill=null";
        for (String zone : List.of("Europe/Berlin", "Europe%2FBerlin")) {
            List<String> starts = ask("application/json", path(numbers) + range + "&timezone=" + zone)
                    .jsonPath()
                    .getList("windows.start");
            assertThat(starts)
                    .hasSize(365)
                    .contains("2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z", "2026-10-25T23:00:00.000Z");
        }
        // Aliases, in any case.
        for (String zone : List.of("EST", "est", "america/panama")) {
            assertThat(ask("application/json", path(numbers) + range + "&timezone=" + zone)
                            .jsonPath()
                            .getString("windows[1].start"))
                    .isEqualTo("2026-01-01T05:00:00.000Z");
        }
        // An unencoded plus arrives as a space.
        for (String zone : List.of("+05:45", "%2B05:45")) {
            assertThat(ask("application/json", path(numbers) + range + "&timezone=" + zone)
                            .jsonPath()
                            .getString("windows[1].start"))
                    .isEqualTo("2026-01-01T18:15:00.000Z");
        }
    }

    @Test
    void rejectsMoreThanTenThousandWindows() {
        String text =
                "interval=PT1S&fill=previous&functions=last,count&from=2026-03-01T00:05:00Z&to=2026-03-01T02:51:4";
        Response most = ask(NDJSON, path(numbers) + "?" + text + "0Z");
        List<String> lines = most.asString().lines().toList();
        assertThat(lines).hasSize(10_000);
        assertThat(lines.get(9_999))
                .contains("\"start\":\"2026-03-01T02:51:39.000Z\"", "off \\\"duty\\\"", "\"count\":0");
        for (String accept : List.of(NDJSON, "application/json")) {
            assertProblem(
                    given().accept(accept).urlEncodingEnabled(false).get(path(numbers) + "?" + text + "1Z"),
                    400,
                    "bad-parameter",
                    "interval",
                    "PT1S",
                    "10001",
                    "10000");
        }
    }

    @Test
    void returnsNoWindowsForAnEmptyRange() {
        assertThat(body(numbers, "from=0&to=0&interval=P1D&fill=null")).contains("\"windows\":[],\"meta\":{");
        assertThat(body(numbers, "from=0&to=1970-01-02T00:00:00Z&interval=P1D")).contains("\"windows\":[],\"meta\":{");
        assertThat(body(numbers, "from=0&to=1970-01-02T00:00:00Z&interval=P1D&fill=linear"))
                .contains("\"count\":0,\"min\":null,\"max\":null,\"avg\":null}],");
        assertThat(ask(NDJSON, numbers, "from=0&to=0&interval=P1D&fill=null").asString())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    functions=avg                   | bad-parameter     | parameter interval is missing; expected an ISO 8601
                    interval=                       | bad-parameter     | interval
                    interval=PT1M&interval=PT2M     | bad-parameter     | interval is given 2 times
                    interval=P1DT2H                 | bad-parameter     | interval is 'P1DT2H'; expected one kind of unit
                    interval=PT36H                  | bad-parameter     | interval is 'PT36H'; expected from PT0.001S to PT24H
                    interval=PT1S&from=2026-01-01T00:00:00Z | bad-parameter | expected at most 10000
                    interval=PT1H&from=1990-01-01T00:00:00Z&to=2026-01-01T00:00:00Z | bad-parameter | expected at most 10000
                    interval=PT0.001S&from=0000-01-01T00:00:00Z&to=9999-01-01T00:00:00Z | bad-parameter | expected at most 10000
                    interval=P1D&timezone=Berlin    | bad-parameter     | parameter timezone is 'Berlin'; expected an IANA time zone of version 20
                    interval=36h                    | bad-parameter     | interval is '36h'; expected from PT0.001S to PT24H
                    interval=5q                     | bad-parameter     | interval is '5q'; expected an ISO 8601
                    interval=1h&points=100          | bad-parameter     | points is '100'; expected 500, its default
                    interval=auto&points=0          | bad-parameter     | points is '0'; expected an integer from 1 to 10000
                    interval=auto&points=x          | bad-parameter     | points is 'x'; expected an integer from 1 to 10000
                    interval=P1D&format=csv         | bad-parameter     | format is 'csv'; expected one of json, ndjson
                    interval=P1D&csv=exact          | unknown-parameter | csv
                    interval=P1D&functions=avg,mean | bad-parameter     | parameter functions is 'avg,mean'; expected some of count, min
                    interval=P1D&functions=avg,     | bad-parameter     | functions
                    interval=P1D&functions=AVG      | bad-parameter     | functions
                    interval=P1D&fill=zero          | bad-parameter     | one of none, null, previous, linear
                    interval=P1D&consistency=three  | bad-parameter     | consistency
                    interval=P1D&limit=5            | unknown-parameter | limit
                    interval=P1D&from=now&to=now-1h | bad-parameter     | from
                    """)
    void rejectsBadParameters(String query, String code, String inDetail) {
        assertProblem(given().urlEncodingEnabled(false).get(path(numbers) + "?" + query), 400, code, inDetail);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", NDJSON})
    void rejectsAnUnknownSensor(String accept) {
        assertProblem(
                given().accept(accept).get(path("never-seen") + "?interval=PT1M"), 404, "sensor-unknown", "never-seen");
    }

    @Test
    void acceptsEveryConsistencyLevelOfOneNode() {
        for (String level : List.of("local_one", "one", "quorum", "local_quorum", "each_quorum", "all")) {
            assertThat(ask("application/json", numbers, QUARTERS + "&consistency=" + level)
                            .jsonPath()
                            .getString("meta.consistency"))
                    .isEqualTo(level);
        }
    }

    private static String exchange(String request) throws IOException {
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String body(String sensorId, String query) {
        return ask("application/json", sensorId, query).asString();
    }

    private static Response ask(String accept, String sensorId, String query) {
        return ask(accept, path(sensorId) + "?" + query);
    }

    private static Response ask(String accept, String pathAndQuery) {
        Response answer = given().urlEncodingEnabled(false).accept(accept).get(pathAndQuery);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer;
    }

    private static String path(String sensorId) {
        return "/api/v1/sensors/" + sensorId + "/aggregates";
    }
}
