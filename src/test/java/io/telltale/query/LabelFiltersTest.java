package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Label filters of lists and readings, the values of filters, and stale sensors. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class LabelFiltersTest {

    private static final String API = "/api/v1/";
    private static final String TYPE = "labeled";

    private static TestFleet fleet;
    private static boolean areLabeled;

    @BeforeAll
    static void open() {
        fleet = TestFleet.ofType(TYPE);
    }

    /** Not before all tests: the port of the service is not known there. */
    @BeforeEach
    void sensorsAreLabeled() {
        if (areLabeled) {
            return;
        }
        areLabeled = true;
        for (int i = 0; i < 12; i++) {
            fleet.send("labeled-" + i, "2026-01-01T00:00:00Z", i, Map.of("site", i < 4 ? "labeled-a" : "labeled-b"));
        }
        fleet.send("labeled-deleted", "2026-01-01T00:00:00Z", 1);
        for (int i = 0; i < 3; i++) {
            fleet.send("labeled-" + i, Instant.now().minusSeconds(600L * i).toString(), i);
        }
        fleet.awaitStored();
        for (int i = 0; i < 12; i++) {
            put("labeled-" + i, "{\"labels\":{\"labeled-in\":\"hall %d\",\"labeled-all\":\"ü\"}}".formatted(i % 3));
        }
        put("labeled-11", "{\"labels\":{\"labeled-in\":\"\",\"labeled-all\":\"ü\"}}");
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    @ParameterizedTest
    @CsvSource({
        "label.labeled-in=hall%201,4",
        "label.labeled-in=hall+2,3",
        "label.labeled-in=,1",
        "label.labeled-all=%C3%BC,12",
        "label.labeled-all=%C3%BC&label.labeled-in=hall%200,4",
        "label.labeled-all=%C3%BC&label.labeled-in=hall%200&site=labeled-a,2",
        "type=labeled&label.labeled-in=hall%200&site=labeled-b,2",
        "type=another&label.labeled-in=hall%200,0",
        "label.labeled-none=1,0"
    })
    void filtersListsAndReadings(String filter, int expected) {
        for (int limit : List.of(1, 5, 100)) {
            assertThat(pages("sensors", filter, "sensors", limit)).hasSize(expected);
            assertThat(pages("readings/latest", filter, "readings", limit))
                    .hasSize(expected)
                    .hasSameElementsAs(pages("sensors", filter, "sensors", 100));
        }
        String lines = get("readings?" + filter + "&from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:01Z")
                .asString();
        assertThat(lines.lines()).hasSize(expected);
    }

    @Test
    void followsTheSensorsOfALabel() {
        String some = "{\"labels\":{\"relabeled-in\":\"x\"},\"name\":\"%s\"}";
        try (TestFleet moving = TestFleet.ofType("relabeled")) {
            Stream.of("a", "b", "c").forEach(id -> moving.send("relabeled-" + id, "2026-01-01T00:00:00Z", 1));
            moving.awaitStored();
            put("relabeled-a", some.formatted("one"));
            put("relabeled-b", some.formatted("two"));
            assertRelabeled("one", "two");
            put("relabeled-c", some.formatted("three"));
            assertRelabeled("one", "two", "three");
            put("relabeled-a", "{\"labels\":{}}");
            assertRelabeled("two", "three");
            put("relabeled-b", some.formatted("four"));
            assertRelabeled("four", "three");
            put("relabeled-b", "{\"labels\":{}}");
            put("relabeled-c", "{\"labels\":{}}");
            assertRelabeled();
            put("relabeled-c", some.formatted("five"));
            assertRelabeled("five");
        }
    }

    private static void assertRelabeled(String... names) {
        assertThat(get("sensors?label.relabeled-in=x").jsonPath().<String>getList("sensors.name"))
                .containsExactlyInAnyOrder(names);
        // From the list, then from memory.
        for (int i = 0; i < 2; i++) {
            assertThat(pages("readings/latest", "label.relabeled-in=x", "readings", 100))
                    .hasSize(names.length);
        }
    }

    /** Another replica may have stored a site that this one does not know yet. */
    @Test
    void groupsTheSensorsOfALabelByTheirStoredSite() {
        try (TestFleet moved = TestFleet.ofType("resited");
                CqlSession session = SharedStack.get().cassandra().connect()) {
            moved.send("resited-a", "2026-01-01T00:00:00Z", 1, Map.of("site", "resited-before"));
            moved.awaitStored();
            put("resited-a", "{\"labels\":{\"resited-in\":\"x\"}}");
            for (int i = 0; i < 2; i++) {
                assertThat(sitesOfResited()).containsExactly("resited-before");
            }
            session.execute(
                    "UPDATE telltale_it.sensors SET observed_site = 'resited-after' WHERE sensor_id = 'resited-a'");
            assertThat(sitesOfResited()).containsExactly("resited-after");
        }
    }

    private static List<String> sitesOfResited() {
        return get("aggregates?label.resited-in=x&by=site&interval=1d&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z")
                .jsonPath()
                .getList("series.group");
    }

    @Test
    void listsTheValuesOfFilters() {
        assertThat(pages("labels/labeled-in", "", "values", 100)).containsExactly("", "hall 0", "hall 1", "hall 2");
        assertThat(pages("labels/labeled-in", "", "values", 1)).containsExactly("", "hall 0", "hall 1", "hall 2");
        assertThat(pages("labels/labeled-none", "", "values", 1)).isEmpty();
        assertThat(pages("labels", "", "values", 2))
                .contains("labeled-all", "labeled-in")
                .isSorted();
        assertThat(pages("sites", "", "values", 1))
                .contains("labeled-a", "labeled-b")
                .isSorted();
        assertThat(pages("types", "consistency=quorum", "values", 3))
                .contains(TYPE)
                .isSorted();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    sensors?label.=1                      | bad-parameter     | 'label.' names no label
                    sensors?label.a%20b=1                 | bad-parameter     | 'label.a b' names no label
                    sensors?label.a=%0A                   | bad-parameter     | label.a is '?'; expected up to 256 characters
                    sensors?label.a=1&label.a=2           | bad-parameter     | label.a is given 2 times, first '1'
                    sensors?labels=1                      | unknown-parameter | label.<name>
                    sensors/labeled-1?label.a=1           | unknown-parameter | 'label.a'
                    readings?label.a=1&sensor=labeled-1   | bad-parameter     | so is label.a '1'; expected either sensor
                    readings/latest?label.-=1             | bad-parameter     | 'label.-' names no label
                    readings/stream?label.-=1             | bad-parameter     | 'label.-' names no label
                    labels/a%20b                          | bad-parameter     | name is 'a b'; expected a letter or digit
                    labels?limit=0                        | bad-parameter     | an integer from 1 to 1000
                    types?type=a                          | unknown-parameter | 'type'
                    sites?cursor=zzz                      | bad-cursor        | 'zzz'
                    sensors?stale=yes                     | bad-parameter     | stale is 'yes'; expected one of false, true
                    """)
    void namesABadParameter(String query, String code, String inDetail) {
        assertProblem(get(query), 400, code, inDetail);
    }

    @Test
    void bindsCursorsToTheLabels() {
        String cursor =
                get("sensors?limit=2&label.labeled-in=hall%201").jsonPath().getString("next");
        String more = "&limit=1000&cursor=" + cursor;
        assertThat(get("sensors?label.labeled-in=hall%201" + more).jsonPath().getList("sensors"))
                .hasSize(2);
        for (String other : List.of("label.labeled-in=hall%202", "label.labeled-all=%C3%BC", "type=labeled")) {
            assertProblem(get("sensors?" + other + more), 400, "bad-cursor", "of the same query");
        }
        String value = get("labels/labeled-in?limit=1").jsonPath().getString("next");
        assertProblem(get("labels/labeled-all?cursor=" + value), 400, "bad-cursor", "of the same query");
    }

    @Test
    void listsStaleSensorsOldestFirst() {
        assertThat(stale("type=labeled", 100)).isEmpty();
        Stream.of(3, 7, 5).forEach(i -> put("labeled-" + i, "{\"expectedInterval\":\"PT1H\"}"));
        // Their newest readings are 0, 10 and 20 minutes old.
        Stream.of(0, 1, 2).forEach(i -> put("labeled-" + i, "{\"expectedInterval\":\"PT7M\"}"));
        for (int limit : List.of(1, 2, 4, 100)) {
            assertThat(stale("type=labeled", limit))
                    .containsExactly("labeled-3", "labeled-5", "labeled-7", "labeled-2");
            assertThat(stale("type=labeled&site=labeled-a", limit)).containsExactly("labeled-3", "labeled-2");
            assertThat(stale("label.labeled-in=hall%202", limit)).containsExactly("labeled-5", "labeled-2");
        }
        assertThat(get("sensors?type=labeled&stale=true&limit=1").jsonPath().getString("sensors[0].lastSeen"))
                .isEqualTo("2026-01-01T00:00:00.000Z");
        String cursor =
                get("sensors?type=labeled&stale=true&limit=1").jsonPath().getString("next");
        assertProblem(get("sensors?type=labeled&cursor=" + cursor), 400, "bad-cursor", "of the same query");
        // Without a reading there is none to be new.
        put("labeled-deleted", "{\"expectedInterval\":\"PT1H\"}");
        assertThat(given().delete(API + "sensors/labeled-deleted/readings?from=0&to=now")
                        .statusCode())
                .isEqualTo(204);
        assertThat(stale("type=labeled", 1))
                .containsExactly("labeled-deleted", "labeled-3", "labeled-5", "labeled-7", "labeled-2");
        Stream.of("0", "1", "2", "3", "5", "7", "deleted")
                .forEach(sensor -> put("labeled-" + sensor, "{\"expectedInterval\":null}"));
        assertThat(stale("type=labeled", 100)).isEmpty();
        assertThat(pages("sensors", "type=labeled&stale=false", "sensors", 100)).hasSize(13);
    }

    private static List<String> stale(String filter, int limit) {
        return pages("sensors", filter + "&stale=true", "sensors", limit);
    }

    /** The sensor ids, or the values, of all pages together; checks that all but the last are full. */
    private static List<String> pages(String path, String query, String list, int limit) {
        List<String> all = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = get(path + "?" + query + (query.isEmpty() ? "" : "&") + "limit=" + limit + cursor)
                    .as(JsonNode.class);
            List<String> found = new ArrayList<>();
            page.get(list).forEach(listed -> found.add(listed.path("sensorId").asText(listed.asText())));
            boolean isLast = !page.hasNonNull("next");
            assertThat(isLast || found.size() == limit).isTrue();
            all.addAll(found);
            cursor = isLast ? "" : "&cursor=" + page.get("next").asText();
        } while (!cursor.isEmpty());
        assertThat(all).doesNotHaveDuplicates();
        return all;
    }

    private static Response get(String path) {
        return given().urlEncodingEnabled(false).get(API + path);
    }

    private static void put(String sensor, String body) {
        assertThat(given().contentType("application/json")
                        .body(body.getBytes(StandardCharsets.UTF_8))
                        .put(API + "sensors/" + sensor)
                        .statusCode())
                .isEqualTo(200);
    }
}
