package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.sensors.Rfc3339;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ManySensorsTest {

    private static final String READINGS = "/api/v1/readings";
    private static final String HOUR = "&from=2026-02-01T00:00:00Z&to=2026-02-01T01:00:00Z";
    private static final Instant BEGIN = Instant.parse("2026-02-01T00:00:00Z");

    /** One sensor exceeds the read-ahead, and one a page of the driver. */
    private static final Map<String, Integer> COUNTS =
            Map.of("many-a", 3, "many-b", 1_000, "many-c", 0, "many-d", 1_001, "many-e", 6_500, "many-f", 999);

    private static final List<String> IN_GIVEN_ORDER =
            List.of("many-f", "many-never-seen", "many-e", "many-d", "many-f", "many-c", "many-a", "many-b");

    private static TestFleet fleet;
    private static final int LARGE = 1_001;

    private static TestFleet large;
    private static TestFleet other;

    @BeforeAll
    static void readingsAreStored() {
        fleet = TestFleet.ofType("many");
        COUNTS.forEach((sensor, count) -> {
            for (int i = 0; i < count; i++) {
                fleet.send(sensor, at(i).toEpochMilli(), i);
            }
            // Outside the range at both ends, and in an old bucket.
            fleet.send(sensor, BEGIN.minusMillis(1).toEpochMilli(), "before", site(sensor));
            fleet.send(sensor, BEGIN.plusSeconds(3_600).toEpochMilli(), "after, \"quoted\"", site(sensor));
        });
        large = TestFleet.ofType("many-large");
        for (int i = 0; i < LARGE; i++) {
            large.send("large-" + i, BEGIN.toEpochMilli(), i, i < 1_000 ? Map.of("site", "thousand") : Map.of());
        }
        // Of another type, and the last of its site.
        other = TestFleet.ofType("many-other");
        other.send("large-" + LARGE, BEGIN.toEpochMilli(), LARGE, Map.of("site", "thousand"));
        fleet.awaitStored();
        large.awaitStored();
        other.awaitStored();
    }

    private static Map<String, String> site(String sensor) {
        return sensor.compareTo("many-d") < 0 ? Map.of("site", "first-three") : Map.of();
    }

    /** Across four buckets of a quarter of an hour. */
    private static Instant at(int i) {
        return BEGIN.plusMillis(550L * i);
    }

    @AfterAll
    static void close() {
        fleet.close();
        large.close();
        other.close();
    }

    @Test
    void returnsNamedSensorsOnceInTheGivenOrder() {
        String expected = new LinkedHashSet<>(IN_GIVEN_ORDER)
                .stream().map(ManySensorsTest::linesOf).collect(Collectors.joining());
        Response answer = get("?" + named(IN_GIVEN_ORDER) + HOUR);
        assertThat(answer.contentType()).isEqualTo("application/x-ndjson");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.asString()).isEqualTo(expected);
        assertThat(given().accept("application/*")
                        .get(READINGS + "?sensor=many-a" + HOUR)
                        .asString())
                .isEqualTo(linesOf("many-a"));
    }

    @Test
    void returnsTheSensorsOfATypeInOrder() {
        List<String> listed =
                given().get("/api/v1/sensors?type=many").jsonPath().getList("sensors.sensorId");
        assertThat(listed).containsExactlyInAnyOrderElementsOf(COUNTS.keySet());
        assertThat(get("?type=many" + HOUR).asString())
                .isEqualTo(listed.stream().map(ManySensorsTest::linesOf).collect(Collectors.joining()));
        assertThat(get("?type=many&site=first-three" + HOUR).asString())
                .isEqualTo(listed.stream()
                        .filter(sensor -> !site(sensor).isEmpty())
                        .map(ManySensorsTest::linesOf)
                        .collect(Collectors.joining()));
        assertThat(get("?type=many-large&site=first-three" + HOUR).asString()).isEmpty();
    }

    @Test
    void writesTheSensorInEachCsvRow() {
        String tail = "&from=2026-02-01T01:00:00Z&to=2026-02-01T01:00:00.001Z";
        Response answer = given().accept("text/csv").get(READINGS + "?sensor=many-c&sensor=many-a" + tail);
        assertThat(answer.contentType()).isEqualTo("text/csv;charset=UTF-8");
        assertThat(answer.asString())
                .isEqualTo("sensorId,timestamp,value\r\n"
                        + "many-c,2026-02-01T01:00:00.000Z,\"after, \"\"quoted\"\"\"\r\n"
                        + "many-a,2026-02-01T01:00:00.000Z,\"after, \"\"quoted\"\"\"\r\n");
        assertThat(given().accept("text/csv")
                        .get(READINGS + "?sensor=many-never-seen&csv=spreadsheet")
                        .asString())
                .isEqualTo("sensorId,timestamp,value\r\n");
    }

    /** Also more than are listed at once, in the order of the lists. */
    @Test
    void returnsAnyNumberOfSensorsOfAFilter() {
        for (String filter : List.of("type=many-large", "site=thousand")) {
            assertThat(get("?" + filter + HOUR).asString().lines()).containsExactlyElementsOf(linesListed(filter));
        }
        assertThat(given().accept("text/csv")
                        .get(READINGS + "?type=many-large" + HOUR)
                        .asString()
                        .lines())
                .hasSize(1 + LARGE)
                .doesNotHaveDuplicates();
    }

    private static List<String> linesListed(String filter) {
        List<String> lines = new ArrayList<>();
        String cursor = "";
        do {
            JsonPath page = given().urlEncodingEnabled(false)
                    .get("/api/v1/sensors?limit=1000&" + filter + cursor)
                    .jsonPath();
            page.getList("sensors.sensorId", String.class)
                    .forEach(id -> lines.add("{\"sensorId\":\"%s\",\"timestamp\":\"%s\",\"value\":%s}"
                            .formatted(id, written(BEGIN), id.substring("large-".length()))));
            cursor = page.getString("next") == null ? "" : "&cursor=" + page.getString("next");
        } while (!cursor.isEmpty());
        assertThat(lines).hasSize(LARGE);
        return lines;
    }

    @Test
    void rejectsMoreThanAThousandNamedSensors() {
        String named =
                IntStream.range(0, 1_001).mapToObj(i -> "sensor=large-" + i).collect(Collectors.joining("&"));
        assertProblem(get("?" + named), 400, "bad-parameter", "1001", "1000");
        assertProblem(get("/latest?" + named), 400, "bad-parameter", "1001", "1000");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ?from=now-1h                         | bad-parameter     | parameters sensor, type, site and label.<name> are missing
                    ?sensor=a&type=many                  | bad-parameter     | parameter sensor is given, first 'a', and so is type 'many'
                    ?sensor=a&site=x&type=many           | bad-parameter     | type 'many' and site 'x'
                    /latest?sensor=a&site=x              | bad-parameter     | and so is site 'x'
                    ?sensor=a%2F                         | bad-parameter     | 'a/'
                    ?sensor=a&limit=5                    | unknown-parameter | 'limit'
                    ?sensor=a&csv=spreadsheet            | bad-parameter     | csv is 'spreadsheet'; expected exact
                    ?sensor=a,b                          | bad-parameter     | sensor is 'a,b'; expected one id; repeat the parameter
                    /latest?sensor=a%2Cb                 | bad-parameter     | repeat the parameter for more: sensor=a&sensor=b
                    ?sensor=a&format=json                | bad-parameter     | format is 'json'; expected one of ndjson, csv
                    ?sensor=a&from=now&to=now-1h         | bad-parameter     | from
                    /latest?type=many&limit=1001         | bad-parameter     | an integer from 1 to 1000
                    /latest?type=many&from=now-1h        | unknown-parameter | 'from'
                    /latest?type=many&cursor=zzz         | bad-cursor        | 'zzz'
                    """)
    void namesABadParameter(String query, String code, String inDetail) {
        assertProblem(get(query), 400, code, inDetail);
    }

    @Test
    void rejectsJsonForRangesOfManySensors() {
        assertProblem(
                given().accept("application/json").get(READINGS + "?sensor=many-a"), 406, "not-acceptable", READINGS);
    }

    @Test
    void returnsTheNewestReadingByEventTime() {
        String expected = List.of("many-e", "many-a").stream()
                .map(sensor ->
                        "{\"sensorId\":\"%s\",\"timestamp\":\"2026-02-01T01:00:00.000Z\",\"value\":\"after, \\\"quoted\\\"\"}"
                                .formatted(sensor))
                .collect(Collectors.joining(",", "{\"readings\":[", "]}"));
        assertThat(get("/latest?sensor=many-e&sensor=many-never-seen&sensor=many-a&sensor=many-e")
                        .asString())
                .isEqualTo(expected);
        assertThat(get("/latest?sensor=many-never-seen").asString()).isEqualTo("{\"readings\":[]}");
    }

    @ParameterizedTest
    @CsvSource({
        "type=many,6",
        "type=many&site=first-three,3",
        "site=first-three,3",
        "type=many-none,0",
        "type=many-large&site=thousand,1000",
        "site=thousand,1001",
        "sensor=many-f&sensor=many-x&sensor=many-e&sensor=many-d&sensor=many-y&sensor=many-z,3"
    })
    void fillsEveryPageOfNewestReadingsButTheLast(String filter, int expected) {
        for (int limit : expected > 100 ? List.of(333, 1_000) : List.of(1, 2, 3, 100)) {
            List<String> ids = new ArrayList<>();
            String cursor = "";
            do {
                JsonPath page =
                        get("/latest?" + filter + "&limit=" + limit + cursor).jsonPath();
                List<String> found = page.getList("readings.sensorId");
                ids.addAll(found);
                String next = page.getString("next");
                assertThat(found).hasSize(next == null ? expected - ids.size() + found.size() : limit);
                cursor = next == null ? "" : "&cursor=" + next;
            } while (!cursor.isEmpty());
            assertThat(ids).doesNotHaveDuplicates().hasSize(expected);
        }
    }

    @Test
    void rejectsACursorOfAnotherQuery() {
        String cursor = get("/latest?type=many&limit=2").jsonPath().getString("next");
        assertProblem(get("/latest?type=many-large&cursor=" + cursor), 400, "bad-cursor", cursor);
        String named =
                get("/latest?sensor=many-a&sensor=many-b&limit=1").jsonPath().getString("next");
        assertProblem(get("/latest?sensor=many-b&sensor=many-a&cursor=" + named), 400, "bad-cursor", named);
        assertThat(get("/latest?sensor=many-a&sensor=many-b&cursor=" + named)
                        .jsonPath()
                        .getList("readings.sensorId"))
                .containsExactly("many-b");
    }

    @Test
    void returnsTheNewestOfAllSensorsByDefault() {
        JsonPath page = get("/latest?limit=7").jsonPath();
        assertThat(page.getList("readings")).hasSize(7);
        assertThat(page.getString("next")).isNotNull();
    }

    private static String linesOf(String sensor) {
        return IntStream.range(0, COUNTS.getOrDefault(sensor, 0))
                .mapToObj(i -> "{\"sensorId\":\"%s\",\"timestamp\":\"%s\",\"value\":%d}\n"
                        .formatted(sensor, written(at(i)), i))
                .collect(Collectors.joining());
    }

    private static String written(Instant instant) {
        return Rfc3339.format(instant.toEpochMilli());
    }

    private static String named(List<String> sensors) {
        return sensors.stream().map("sensor="::concat).collect(Collectors.joining("&"));
    }

    private static Response get(String query) {
        return given().urlEncodingEnabled(false).get(READINGS + query);
    }
}
