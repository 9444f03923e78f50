package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
class SensorsTest {

    private static final String SENSORS = "/api/v1/sensors";

    private static TestFleet warm;
    private static TestFleet wet;

    @BeforeAll
    static void sensorsAreKnown() {
        warm = TestFleet.ofType("sensors-warm");
        wet = TestFleet.ofType("sensors-wet");
        for (int i = 0; i < 25; i++) {
            warm.send("warm-" + i, "2026-01-01T00:00:00Z", i, Map.of("unit", "Cel", "site", i < 10 ? "attic" : "hall"));
        }
        for (int i = 0; i < 7; i++) {
            wet.send("wet-" + i, "2026-01-01T00:00:00Z", i, i < 3 ? Map.of("site", "attic") : Map.of());
        }
        for (String timestamp : List.of("2026-01-05T00:00:00Z", "2026-03-05T00:00:00.123Z", "1955-01-01T00:00:00Z")) {
            wet.send("wet-6", timestamp, timestamp);
        }
        warm.awaitStored();
        wet.awaitStored();
    }

    @AfterAll
    static void close() {
        warm.close();
        wet.close();
    }

    @Test
    void returnsTheDescriptionOfASensor() {
        assertThat(get("/warm-3").asString())
                .isEqualTo("{\"sensorId\":\"warm-3\",\"type\":\"sensors-warm\",\"unit\":\"Cel\",\"site\":\"attic\","
                        + "\"lastSeen\":\"2026-01-01T00:00:00.000Z\"}");
        assertThat(get("/wet-5").asString())
                .isEqualTo(
                        "{\"sensorId\":\"wet-5\",\"type\":\"sensors-wet\",\"lastSeen\":\"2026-01-01T00:00:00.000Z\"}");
        assertThat(get("/wet-5").contentType()).startsWith("application/json");
    }

    @Test
    void returnsTheNewestReadingByEventTime() {
        assertThat(get("/wet-6").jsonPath().getString("lastSeen")).isEqualTo("2026-03-05T00:00:00.123Z");
        JsonPath latest = get("/wet-6/readings/latest").jsonPath();
        assertThat(latest.getString("sensorId")).isEqualTo("wet-6");
        assertThat(latest.getString("timestamp")).isEqualTo("2026-03-05T00:00:00.123Z");
        assertThat(latest.getString("value")).isEqualTo("2026-03-05T00:00:00Z".replace("00Z", "00.123Z"));
        assertThat(latest.getLong("ageMs")).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "type=sensors-warm,25",
        "type=sensors-wet,7",
        "type=sensors-none,0",
        "type=sensors-warm&site=attic,10",
        "type=sensors-wet&site=attic,3",
        "type=sensors-wet&site=hall,0",
        "site=attic,13",
        "site=nowhere,0"
    })
    void listsEveryMatchingSensorOnce(String filter, int expected) {
        for (int limit : List.of(1, 3, 10, 100)) {
            List<String> ids = new ArrayList<>();
            String cursor = "";
            do {
                JsonNode page = get("?" + filter + "&limit=" + limit + cursor).as(JsonNode.class);
                List<String> found = page.findValuesAsText("sensorId");
                ids.addAll(found);
                boolean isLast = !page.hasNonNull("next");
                assertThat(found).hasSize(isLast ? expected - ids.size() + found.size() : limit);
                cursor = isLast ? "" : "&cursor=" + page.get("next").asText();
            } while (!cursor.isEmpty());
            assertThat(ids).doesNotHaveDuplicates().hasSize(expected);
        }
    }

    @Test
    void listsAllSensorsByDefault() {
        List<String> ids = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = get("?limit=97" + cursor).as(JsonNode.class);
            List<String> found = page.findValuesAsText("sensorId");
            ids.addAll(found);
            cursor = page.hasNonNull("next") ? "&cursor=" + page.get("next").asText() : "";
            assertThat(found.size()).isLessThanOrEqualTo(97);
            assertThat(cursor.isEmpty() || found.size() == 97).isTrue();
        } while (!cursor.isEmpty());
        assertThat(ids)
                .doesNotHaveDuplicates()
                .containsAll(IntStream.range(0, 25).mapToObj(i -> "warm-" + i).toList())
                .containsAll(IntStream.range(0, 7).mapToObj(i -> "wet-" + i).toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    limit=0              | bad-parameter     | limit
                    limit=1001           | bad-parameter     | an integer from 1 to 1000
                    type=Warm            | bad-parameter     | 'Warm'
                    site=%2F             | bad-parameter     | site
                    labels=a             | unknown-parameter | labels
                    type=a&type=b        | bad-parameter     | 2 times
                    cursor=zzz           | bad-cursor        | 'zzz'
                    consistency=most     | bad-parameter     | 'most'
                    """)
    void namesABadParameter(String query, String code, String inDetail) {
        assertProblem(get("?" + query), 400, code, inDetail);
    }

    @Test
    void rejectsACursorOfAnotherFilter() {
        String cursor = get("?type=sensors-warm&limit=5").jsonPath().getString("next");
        assertThat(get("?type=sensors-warm&limit=1000&cursor=" + cursor)
                        .jsonPath()
                        .getList("sensors"))
                .hasSize(20);
        assertProblem(get("?type=sensors-wet&cursor=" + cursor), 400, "bad-cursor", cursor);
        assertProblem(get("/warm-3/readings?cursor=" + cursor), 400, "bad-cursor", cursor);
    }

    private static Response get(String path) {
        return given().urlEncodingEnabled(false).get(SENSORS + path);
    }
}
