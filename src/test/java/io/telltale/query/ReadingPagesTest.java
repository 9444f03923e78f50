package io.telltale.query;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ReadingPagesTest {

    private static final String NEW_YEAR = "from=2026-01-01T00:00:00Z&to=2026-01-01T00:10:00Z";

    private static TestFleet fleet;
    private static String tenMinutes;
    private static String edges;
    private static String sparse;
    private static String recent;

    @BeforeAll
    static void readingsAreStored() {
        fleet = TestFleet.ofType("query");
        tenMinutes = fleet.newSensor();
        for (int minute : List.of(3, 0, 1, 2, 9, 4, 5, 8, 7, 6)) {
            fleet.send(tenMinutes, "2026-01-01T00:0%d:00Z".formatted(minute), minute);
        }
        edges = fleet.newSensor();
        for (String timestamp : List.of(
                "1969-12-31T23:59:59.999Z",
                "1970-01-01T00:00:00.000Z",
                "1904-06-01T12:00:00.000Z",
                "2026-01-01T00:14:59.999Z",
                "2026-01-01T00:15:00.000Z",
                // A Thursday: the first day of the weeks of the bucket index.
                "2026-01-07T23:59:59.999Z",
                "2026-01-08T00:00:00.000Z")) {
            fleet.send(edges, timestamp, timestamp);
        }
        sparse = fleet.newSensor();
        for (int year = 1930; year < 2026; year += 5) {
            fleet.send(sparse, "%d-07-01T00:00:00Z".formatted(year), year);
        }
        recent = fleet.newSensor();
        for (int minute = 50; minute > 0; minute -= 10) {
            fleet.send(recent, Instant.now().minus(Duration.ofMinutes(minute)).toEpochMilli(), minute);
        }
        fleet.awaitStored();
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    from=2026-01-01T00:00:00Z&to=2026-01-01T00:10:00Z            | 0 1 2 3 4 5 6 7 8 9
                    from=2026-01-01T00:00:00Z&to=2026-01-01T00:10:00Z&order=asc  | 0 1 2 3 4 5 6 7 8 9
                    from=2026-01-01T00:00:00Z&to=2026-01-01T00:10:00Z&order=desc | 9 8 7 6 5 4 3 2 1 0
                    from=2026-01-01T00:03:00Z&to=2026-01-01T00:05:00Z            | 3 4
                    from=2026-01-01T00:03:00.001Z&to=2026-01-01T00:05:00.001Z    | 4 5
                    from=2026-01-01T01:03:00+01:00&to=2026-01-01T01:05:00%2B01:00| 3 4
                    from=1767225780000&to=1767225900000                          | 3 4
                    from=0&to=1767225660001                                      | 0 1
                    to=2026-01-01T00:02:00Z                                      | 0 1
                    from=2026-01-01T00:04:00Z&to=2026-01-01T00:04:00Z            | ''
                    from=2027-01-01T00:00:00Z&to=2028-01-01T00:00:00Z            | ''
                    """)
    void returnsAHalfOpenRangeInOrder(String query, String expected) {
        assertThat(values(page(tenMinutes, query))).isEqualTo(expected);
    }

    @Test
    void returnsSensorAndRangeOfAPage() {
        assertThat(get(tenMinutes, "from=2026-01-01T00:08:00Z&to=2026-01-01T00:10:00Z")
                        .asString())
                .startsWith("{\"sensorId\":\"%s\",\"from\":\"2026-01-01T00:08:00.000Z\",".formatted(tenMinutes)
                        + "\"to\":\"2026-01-01T00:10:00.000Z\",\"readings\":["
                        + "{\"timestamp\":\"2026-01-01T00:08:00.000Z\",\"value\":8},"
                        + "{\"timestamp\":\"2026-01-01T00:09:00.000Z\",\"value\":9}],\"meta\":{");
    }

    @ParameterizedTest
    @CsvSource({
        "1,asc,0|1|2|3|4|5|6|7|8|9",
        "3,asc,0 1 2|3 4 5|6 7 8|9",
        "5,asc,0 1 2 3 4|5 6 7 8 9",
        "10,asc,0 1 2 3 4 5 6 7 8 9",
        "11,desc,9 8 7 6 5 4 3 2 1 0",
        "4,desc,9 8 7 6|5 4 3 2|1 0"
    })
    void fillsEveryPageButTheLast(int limit, String order, String expected) {
        String query = NEW_YEAR + "&order=%s&limit=%d".formatted(order, limit);
        List<String> pages = new ArrayList<>();
        JsonPath page = page(tenMinutes, query);
        pages.add(values(page));
        while (page.get("next") != null) {
            page = page(tenMinutes, query + "&cursor=" + page.getString("next"));
            pages.add(values(page));
        }
        assertThat(String.join("|", pages)).isEqualTo(expected);
    }

    @Test
    void linksTheNextPage() {
        Response first = get(tenMinutes, NEW_YEAR + "&limit=6&order=desc");
        String link = first.header("Link");
        assertThat(link)
                .isEqualTo("</api/v1/sensors/%s/readings?%s&limit=6&order=desc&cursor=%s>; rel=\"next\""
                        .formatted(tenMinutes, NEW_YEAR, first.jsonPath().getString("next")));
        Response second = given().urlEncodingEnabled(false).get(link.substring(1, link.indexOf('>')));
        assertThat(values(second.jsonPath())).isEqualTo("3 2 1 0");
        assertThat(second.header("Link")).isNull();
    }

    @Test
    void continuesAtACursorWithTheFirstValueOfNow() {
        String query = "from=now-1h&limit=2";
        JsonPath first = page(recent, query);
        JsonPath second = page(recent, query + "&cursor=" + first.getString("next"));
        assertThat(values(first)).isEqualTo("50 40");
        assertThat(values(second)).isEqualTo("30 20");
        assertThat(second.getString("from")).isEqualTo(first.getString("from"));
        assertThat(second.getString("to")).isEqualTo(first.getString("to"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    from=2026-01-01T00:00:00Z&to=2026-01-01T00:09:00Z
                    from=2026-01-01T00:00:00Z&to=2026-01-01T00:10:00Z&order=desc
                    from=now-1h
                    """)
    void rejectsACursorOfAnotherQuery(String otherQuery) {
        String cursor = page(tenMinutes, NEW_YEAR + "&limit=2").getString("next");
        assertProblem(get(tenMinutes, otherQuery + "&cursor=" + cursor), 400, "bad-cursor", "cursor", cursor);
    }

    @Test
    void rejectsACursorOfAnotherSensor() {
        String cursor = page(tenMinutes, NEW_YEAR + "&limit=2").getString("next");
        assertProblem(get(edges, NEW_YEAR + "&cursor=" + cursor), 400, "bad-cursor", "cursor", cursor);
    }

    @Test
    void rejectsADamagedCursor() {
        String cursor = page(tenMinutes, NEW_YEAR + "&limit=2").getString("next");
        String damaged = (cursor.charAt(0) == 'A' ? "B" : "A") + cursor.substring(1);
        assertProblem(get(tenMinutes, NEW_YEAR + "&cursor=" + damaged), 400, "bad-cursor", "cursor", damaged);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    from=1900-01-01T00:00:00Z&to=1970-01-01T00:00:00Z         | 1904-06-01T12:00:00.000Z 1969-12-31T23:59:59.999Z
                    from=1969-12-31T23:59:59.999Z&to=1970-01-01T00:00:00.001Z | 1969-12-31T23:59:59.999Z 1970-01-01T00:00:00.000Z
                    from=0&to=2026-01-01T00:15:00Z                            | 1970-01-01T00:00:00.000Z 2026-01-01T00:14:59.999Z
                    from=2026-01-01T00:14:59.999Z&to=2026-01-01T00:15:00Z     | 2026-01-01T00:14:59.999Z
                    from=2026-01-01T00:15:00Z&to=2026-01-01T00:15:00.001Z     | 2026-01-01T00:15:00.000Z
                    from=2026-01-02T00:00:00Z&to=2026-01-08T00:00:00Z         | 2026-01-07T23:59:59.999Z
                    from=2026-01-08T00:00:00Z&to=2026-01-09T00:00:00Z         | 2026-01-08T00:00:00.000Z
                    from=2026-01-07T23:59:59.999Z&to=2026-01-08T00:00:00.001Z | 2026-01-07T23:59:59.999Z 2026-01-08T00:00:00.000Z
                    """)
    void hidesTheEdgesOfBuckets(String query, String expected) {
        assertThat(values(page(edges, query))).isEqualTo(expected);
        assertThat(values(page(edges, query + "&order=desc"))).isEqualTo(backwards(expected));
    }

    @Test
    void readsAHundredYearsQuickly() {
        String years =
                "1930 1935 1940 1945 1950 1955 1960 1965 1970 1975 1980 1985 1990 1995 2000 2005 2010 2015 2020 2025";
        long startNanos = System.nanoTime();
        JsonPath page = page(sparse, "from=1926-01-01T00:00:00Z&to=2026-01-01T00:00:00Z");
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(5));
        assertThat(values(page)).isEqualTo(years);
        assertThat(values(page(sparse, "from=0001-01-01T00:00:00Z&to=9999-01-01T00:00:00Z&order=desc")))
                .isEqualTo(backwards(years));
        assertThat(values(page(sparse, "from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59.999Z&limit=1&order=desc")))
                .isEqualTo("2025");
    }

    @ParameterizedTest
    @ValueSource(strings = {"local_one", "one", "quorum", "local_quorum", "each_quorum", "all"})
    void acceptsEveryConsistencyLevelOfOneNode(String consistency) {
        assertThat(values(page(tenMinutes, NEW_YEAR + "&consistency=" + consistency)))
                .isEqualTo("0 1 2 3 4 5 6 7 8 9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"two", "three"})
    void rejectsALevelThatOneReplicaCanNeverMeet(String consistency) {
        Response answer = get(tenMinutes, NEW_YEAR + "&consistency=" + consistency);
        assertProblem(
                answer,
                400,
                "bad-parameter",
                "parameter consistency is '%s'; expected a level that replication factor 1 in datacenter1 can meet:"
                                .formatted(consistency)
                        + " local_one, one, quorum, local_quorum, each_quorum, all");
        assertThat(answer.header("Retry-After")).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z | bad-parameter     | from        | 2026-01-02T00:00:00Z
                    limit=0               | bad-parameter     | limit       | '0'; expected an integer from 1 to 10000
                    limit=10001           | bad-parameter     | limit       | '10001'; expected an integer from 1 to 10000
                    limit=-1              | bad-parameter     | limit       | '-1'; expected an integer
                    limit=ten             | bad-parameter     | limit       | 'ten'; expected an integer
                    limit=                | bad-parameter     | limit       | expected
                    limit=1&limit=2       | bad-parameter     | limit       | 2 times
                    from=1767225600       | bad-parameter     | from        | seconds
                    to=1767225600000000   | bad-parameter     | to          | micro
                    from=yesterday        | bad-parameter     | from        | 'yesterday'; expected an RFC 3339 time
                    from=2026-01-01T00:00:00 | bad-parameter  | from        | '2026-01-01T00:00:00'; expected an RFC 3339 time with an offset
                    order=up              | bad-parameter     | order       | 'up'; expected one of asc, desc
                    order=ASC             | bad-parameter     | order       | 'ASC'; expected one of asc, desc
                    consistency=any       | bad-parameter     | consistency | 'any'; expected one of local_one, one, two, three, quorum, local_quorum, each_quorum, all
                    colour=red            | unknown-parameter | colour      | expected
                    csv=spreadsheet       | bad-parameter     | csv         | expected exact; only format csv takes another value
                    format=xml            | bad-parameter     | format      | 'xml'; expected one of json, ndjson, csv, senml
                    since=now-1h          | unknown-parameter | since       | expected
                    cursor=abc            | bad-cursor        | cursor      | 'abc'; expected
                    """)
    void namesABadParameterWithItsValue(String query, String code, String parameter, String expectation) {
        assertProblem(get("never-seen", query), 400, code, parameter, expectation);
    }

    @ParameterizedTest
    @CsvSource({"-x,'-x'", "%20,' '", "a%2Fb,'a/b'", "%C3%A9t%C3%A9,'été'", "a%00b,a"})
    void rejectsAnInvalidSensorId(String encoded, String shown) {
        Response answer = given().urlEncodingEnabled(false).get("/api/v1/sensors/" + encoded + "/readings");
        assertProblem(answer, 400, "bad-parameter", "id", shown);
    }

    @Test
    void decodesAnEncodedId() {
        String encoded = tenMinutes.replace("-", "%2D");
        Response answer = given().urlEncodingEnabled(false).get("/api/v1/sensors/" + encoded + "/readings?" + NEW_YEAR);
        assertThat(answer.jsonPath().getString("sensorId")).isEqualTo(tenMinutes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/readings",
                "/readings?from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
                "/readings/latest"
            })
    void rejectsAnUnknownSensor(String path) {
        Response answer = given().urlEncodingEnabled(false).get("/api/v1/sensors/never-seen" + path);
        assertProblem(answer, 404, "sensor-unknown", "never-seen");
    }

    private static JsonPath page(String sensorId, String query) {
        Response answer = get(sensorId, query);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        assertThat(answer.contentType()).isEqualTo("application/json");
        return answer.jsonPath();
    }

    private static Response get(String sensorId, String query) {
        return given().urlEncodingEnabled(false).get("/api/v1/sensors/" + sensorId + "/readings?" + query);
    }

    /** The values of a page, integers without a decimal point. */
    private static String values(JsonPath page) {
        List<String> values = page.getList("readings").stream()
                .map(reading -> ((Map<?, ?>) reading).get("value"))
                .map(value -> value instanceof Number number ? "" + number.longValue() : "" + value)
                .toList();
        return String.join(" ", values);
    }

    private static String backwards(String words) {
        List<String> turned = new ArrayList<>(List.of(words.split(" ")));
        java.util.Collections.reverse(turned);
        return String.join(" ", turned);
    }

    static void assertProblem(Response answer, int status, String code, String... inDetail) {
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(status);
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        JsonNode problem = answer.as(JsonNode.class);
        assertThat(problem.path("type").textValue()).isEqualTo("urn:telltale:problem:" + code);
        assertThat(problem.path("status").intValue()).isEqualTo(status);
        assertThat(problem.path("title").textValue()).isNotBlank();
        assertThat(problem.path("detail").textValue()).contains(inDetail);
    }
}
