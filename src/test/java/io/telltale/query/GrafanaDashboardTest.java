package io.telltale.query;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.dashjoin.jsonata.Jsonata;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The dashboard for readings, and the example of an alert: each request on the real service, with the variables of
 * Grafana and the macros of its Infinity data source filled in. The response has the columns that the panel names.
 */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class GrafanaDashboardTest {

    private static final Path DASHBOARD = Path.of("deploy/grafana/telltale-readings.json");
    private static final Path ALERT = Path.of("deploy/grafana/alert-example.yaml");
    /** The value of label {@code grafana.floor}, as the variable has it. */
    private static final String FLOOR = "2%20%26%20%283%29";

    private static final Instant BEGIN = Instant.parse("2026-02-01T00:00:00Z");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)}");
    private static final Pattern COMBINED = Pattern.compile("\\$__combineValues\\(([^,]*),,&,([^)]*)\\)");

    private static TestFleet fleet;
    private static String type;
    private static String sensor;
    private static boolean isDescribed;

    @BeforeAll
    static void storeReadings() {
        fleet = TestFleet.ofType("grafana");
        type = fleet.topic().substring("sensors.".length());
        sensor = fleet.newSensor();
        String other = fleet.newSensor();
        for (int i = 0; i < 30; i++) {
            fleet.send(sensor, BEGIN.plusSeconds(60L * i).toEpochMilli(), i, Map.of("site", "hall 1"));
            fleet.send(other, BEGIN.plusSeconds(60L * i).toEpochMilli(), 2 * i);
        }
        fleet.send(other, Instant.now().toEpochMilli(), 90);
        fleet.awaitStored();
    }

    /** Once, though before each: the address of the service is known to tests, and not before all of them. */
    @BeforeEach
    void describeTheSensor() {
        if (isDescribed) {
            return;
        }
        given().contentType("application/json")
                .body("{\"labels\":{\"grafana.floor\":\"2 & (3)\"},\"expectedInterval\":\"PT1M\"}")
                .put("/api/v1/sensors/{id}", sensor)
                .then()
                .statusCode(200);
        given().delete("/api/v1/sensors/{id}/readings?from=2026-02-01T00:10:00Z&to=2026-02-01T00:12:00Z", sensor)
                .then()
                .statusCode(204);
        isDescribed = true;
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    /** What the user selects; {@code *} is the option All. */
    @ParameterizedTest
    @CsvSource({"*, *, 1m", "hall 1, *, 500ms", "hall 1, " + FLOOR + ", 30s", "*, " + FLOOR + ", 1y"})
    void everyRequestHasTheColumnsOfItsPanel(String site, String value, String interval) throws IOException {
        Map<String, String> variables = Map.of(
                "type", type,
                "site", site,
                "label", "grafana.floor",
                "value", value,
                "sensor", sensor,
                "__interval", interval,
                "__from", Long.toString(BEGIN.toEpochMilli()),
                "__to", Long.toString(BEGIN.plusSeconds(3_600).toEpochMilli()));
        List<JsonNode> queries = queries(new ObjectMapper().readTree(DASHBOARD.toFile()));
        // Five variables, eight panels, and the annotations.
        assertThat(queries).hasSize(14);
        for (JsonNode query : queries) {
            List<?> rows = rows(query, url(query, variables));
            assertColumns(query, rows);
            if (query.get("url").asText().startsWith("/api/v1/labels/")) {
                assertThat(rows.toString()).isEqualTo("[{__text=2 & (3), __value=%s}]".formatted(FLOOR));
            }
        }
    }

    @Test
    void theAlertGetsAValuePerSensor() throws IOException {
        List<JsonNode> queries = queries(new ObjectMapper(new YAMLFactory()).readTree(ALERT.toFile()));
        assertThat(queries).hasSize(1);
        JsonNode query = queries.get(0);
        List<?> rows = rows(query, url(query, Map.of()).replace("type=temperature", "type=" + type));
        assertColumns(query, rows);
        assertThat(rows).hasSize(1);
        assertThat(Double.parseDouble(String.valueOf(((Map<?, ?>) rows.get(0)).get("mean"))))
                .isEqualTo(90);
    }

    private static List<JsonNode> queries(JsonNode document) {
        return document.findParents("root_selector");
    }

    private static String url(JsonNode query, Map<String, String> variables) {
        String filled = VARIABLE.matcher(query.get("url").asText()).replaceAll(found -> {
            String value = variables.get(found.group(1));
            assertThat(value).as(found.group()).isNotNull();
            return Matcher.quoteReplacement(value);
        });
        String combined = COMBINED.matcher(filled)
                .replaceAll(found ->
                        Matcher.quoteReplacement(found.group(2).equals("*") ? "" : found.group(1) + found.group(2)));
        // As the data source does when it parses the query.
        String url = combined.replace(" ", "+").replaceAll("&&+", "&").replaceAll("&$", "");
        assertThat(url).startsWith("/api/v1/").doesNotContain("$");
        return url;
    }

    private static List<?> rows(JsonNode query, String url) throws IOException {
        Response response = given().urlEncodingEnabled(false).get(url);
        assertThat(response.statusCode()).as(url + ": " + response.asString()).isEqualTo(200);
        Object body = new ObjectMapper().readValue(response.asString(), Object.class);
        Object selected = Jsonata.jsonata(query.get("root_selector").asText()).evaluate(body);
        // JSONata unwraps a sequence of one element.
        List<?> rows = selected instanceof List<?> many ? many : List.of(selected == null ? Map.of() : selected);
        assertThat(rows).as(url).isNotEmpty();
        return rows;
    }

    private static void assertColumns(JsonNode query, List<?> rows) {
        String url = query.get("url").asText();
        for (JsonNode column : query.get("columns")) {
            String selector = column.get("selector").asText();
            List<Object> values = new ArrayList<>();
            rows.forEach(row -> {
                Object value = ((Map<?, ?>) row).get(selector);
                if (value != null) {
                    values.add(value);
                }
            });
            assertThat(values).as(url + ": " + selector).isNotEmpty();
            switch (column.get("type").asText()) {
                case "timestamp" -> {
                    List<Instant> times = values.stream()
                            .map(value -> Instant.parse(value.toString()))
                            .toList();
                    // Grafana makes a series of each text only from rows that are in order of time.
                    if (query.get("format").asText().equals("timeseries")) {
                        assertThat(times).as(url).isSorted();
                    }
                }
                case "number" -> assertThat(values).as(url).allMatch(Number.class::isInstance);
                default -> assertThat(column.get("type").asText()).isEqualTo("string");
            }
        }
    }
}
