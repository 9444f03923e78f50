package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.sensors.Rfc3339;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Aggregates of many sensors over HTTP, compared with those of single sensors and with a plain computation from the
 * readings that were sent.
 */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ManyAggregatesTest {

    private static final String AGGREGATES = "/api/v1/aggregates?";
    private static final String FUNCTIONS = "&functions=count,min,max,avg,sum,first,last,stddev,p50,p95,p99";
    private static final Instant BEGIN = Instant.parse("2026-04-01T00:10:00Z");
    private static final Instant END = Instant.parse("2026-04-02T06:30:00Z");
    private static final String RANGE = "&from=" + BEGIN + "&to=" + END;
    private static final long STEP_MILLIS = 600_000;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final long FIVE_MINUTES_MILLIS = 300_000;
    private static final int LARGE = 1_003;
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private record Sample(String sensor, long millis, Object value) {}

    private record Known(
            String id,
            String type,
            @Nullable String site,
            @Nullable String floor) {}

    private static final List<Known> SENSORS = List.of(
            new Known("chart-2", "charts-a", "cellar", "1"),
            new Known("chart-1", "charts-a", "cellar", null),
            new Known("chart-10", "charts-a", "roof", "2, \"east\""),
            new Known("chart-3", "charts-a", null, "1"),
            new Known("chart-flags", "charts-b", "cellar", "1"),
            new Known("chart-texts", "charts-b", "roof", null),
            new Known("chart-quiet", "charts-b", "charts-loft", "=3"));

    private static final Map<String, List<Sample>> SENT = new LinkedHashMap<>();

    private static TestFleet first;
    private static TestFleet second;
    private static TestFleet large;
    private static boolean areLabelsSet;

    @BeforeAll
    static void readingsAreStored() {
        first = TestFleet.ofType("charts-a");
        second = TestFleet.ofType("charts-b");
        large = TestFleet.ofType("charts-large");
        Random random = new Random(76);
        for (Known sensor : SENSORS) {
            TestFleet fleet = sensor.type().equals("charts-a") ? first : second;
            Map<String, String> site = sensor.site() == null ? Map.of() : Map.of("site", sensor.site());
            Map<Long, Sample> samples = new TreeMap<>();
            fleet.send(sensor.id(), BEGIN.toEpochMilli() - 1, 1_000, site);
            fleet.send(sensor.id(), END.toEpochMilli(), 1_000, site);
            // On a grid, so that sensors have readings at the same instants.
            int steps = sensor.id().equals("chart-quiet") ? 0 : 100;
            for (int i = 0; i < steps; i++) {
                long millis = BEGIN.toEpochMilli() + STEP_MILLIS * random.nextInt(150);
                samples.put(millis, new Sample(sensor.id(), millis, value(sensor, random)));
            }
            samples.values().forEach(sample -> fleet.send(sensor.id(), sample.millis(), sample.value(), site));
            SENT.put(sensor.id(), List.copyOf(samples.values()));
        }
        for (int i = 0; i < LARGE; i++) {
            large.send("charts-large-" + i, BEGIN.toEpochMilli(), i);
        }
        first.awaitStored();
        second.awaitStored();
        large.awaitStored();
    }

    /** Not before all tests: requests find the service only within a test. */
    @BeforeEach
    void labelsAreSet() throws JsonProcessingException {
        if (areLabelsSet) {
            return;
        }
        for (Known sensor : SENSORS) {
            if (sensor.floor() != null) {
                given().contentType("application/json")
                        .body(JSON.writeValueAsString(Map.of("labels", Map.of("floor", sensor.floor()))))
                        .put("/api/v1/sensors/" + sensor.id())
                        .then()
                        .statusCode(200);
            }
        }
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(series(named() + "&by=label.floor&interval=1d" + RANGE))
                        .hasSize(4));
        areLabelsSet = true;
    }

    private static Object value(Known sensor, Random random) {
        return switch (sensor.id()) {
            case "chart-flags" -> random.nextBoolean();
            case "chart-texts" -> random.nextBoolean() ? "open, \"wide\"" : "=shut";
            default -> 20 + 5 * random.nextGaussian();
        };
    }

    @AfterAll
    static void close() {
        first.close();
        second.close();
        large.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "null", "previous", "linear"})
    void returnsTheWindowsOfEachSensor(String fill) {
        String query = "&interval=PT3H&timezone=Asia/Kathmandu&fill=" + fill + FUNCTIONS + RANGE;
        List<String> named = List.of("chart-flags", "chart-unseen", "chart-quiet", "chart-2", "chart-flags");
        JsonNode found = document(sensors(named) + query);
        assertThat(found.get("interval").asText()).isEqualTo("PT3H");
        assertThat(found.at("/meta/percentiles").asText()).isEqualTo("exact");
        assertThat(ids(found)).containsExactly("chart-flags", "chart-quiet", "chart-2");
        assertSameAsSingle(found, query);
        JsonNode ofType = document("type=charts-a&by=sensor" + query);
        assertThat(ids(ofType))
                .containsExactlyElementsOf(
                        given().get("/api/v1/sensors?type=charts-a").jsonPath().getList("sensors.sensorId"));
        assertSameAsSingle(ofType, query);
    }

    private static void assertSameAsSingle(JsonNode found, String query) {
        found.get("series").forEach(series -> assertThat(series.get("windows"))
                .isEqualTo(
                        json("/api/v1/sensors/" + series.get("sensorId").asText() + "/aggregates?" + query.substring(1))
                                .get("windows")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"type", "site", "label.floor", "all"})
    void computesFunctionsOverAllReadingsOfAGroup(String by) {
        assertAsComputed(named() + "&by=" + by + "&interval=1h" + FUNCTIONS + RANGE, by, SENSORS, HOUR_MILLIS);
        List<Known> filtered = SENSORS.stream()
                .filter(sensor -> Objects.equals(sensor.site(), "cellar"))
                .toList();
        assertAsComputed(
                "type=charts-a&site=cellar&by=" + by + "&interval=1h" + FUNCTIONS + RANGE,
                by,
                filtered.stream()
                        .filter(sensor -> sensor.type().equals("charts-a"))
                        .toList(),
                HOUR_MILLIS);
        assertAsComputed("site=cellar&by=" + by + "&interval=1h" + FUNCTIONS + RANGE, by, filtered, HOUR_MILLIS);
    }

    /** So many windows with percentiles that a group is read slice by slice. */
    @Test
    void computesFunctionsOfSlicesOfAGroup() {
        for (String by : List.of("all", "site")) {
            assertAsComputed(
                    named() + "&by=" + by + "&interval=5m" + FUNCTIONS + RANGE, by, SENSORS, FIVE_MINUTES_MILLIS);
        }
        JsonNode filled = document(named() + "&by=all&interval=5m&fill=previous&functions=count,p50,last" + RANGE);
        JsonNode unfilled = document(named() + "&by=all&interval=5m&functions=count,p50,last" + RANGE);
        JsonNode before = JsonNodeFactory.instance.nullNode();
        Map<String, JsonNode> byStart = new TreeMap<>();
        unfilled.at("/series/0/windows")
                .forEach(window -> byStart.put(window.get("start").asText(), window));
        assertThat(filled.at("/series/0/windows")).hasSize(364);
        for (JsonNode window : filled.at("/series/0/windows")) {
            before = byStart.getOrDefault(window.get("start").asText(), before);
            assertThat(window.get("last")).isEqualTo(before.get("last"));
            assertThat(window.get("p50")).isEqualTo(before.get("p50"));
        }
    }

    private static void assertAsComputed(String query, String by, List<Known> sensors, long intervalMillis) {
        Map<@Nullable String, List<Sample>> groups = new TreeMap<>(Comparator.nullsLast(Comparator.naturalOrder()));
        sensors.stream().sorted(Comparator.comparing(Known::id)).forEach(sensor -> groups.computeIfAbsent(
                        group(sensor, by), key -> new ArrayList<>())
                .addAll(Objects.requireNonNull(SENT.get(sensor.id()))));
        JsonNode found = document(query);
        List<@Nullable String> names = new ArrayList<>();
        found.get("series").forEach(series -> names.add(series.get("group").textValue()));
        assertThat(names).containsExactlyElementsOf(groups.keySet());
        found.get("series").forEach(series -> {
            Map<Long, List<Sample>> windows = new TreeMap<>();
            Objects.requireNonNull(groups.get(series.get("group").textValue())).stream()
                    .sorted(Comparator.comparingLong(Sample::millis))
                    .forEach(sample -> windows.computeIfAbsent(
                                    Math.max(BEGIN.toEpochMilli(), sample.millis() / intervalMillis * intervalMillis),
                                    start -> new ArrayList<>())
                            .add(sample));
            List<Long> starts = new ArrayList<>();
            for (JsonNode window : series.get("windows")) {
                long start = Instant.parse(window.get("start").asText()).toEpochMilli();
                starts.add(start);
                assertAsComputed(window, Objects.requireNonNull(windows.get(start), query));
            }
            assertThat(starts).containsExactlyElementsOf(windows.keySet());
        });
    }

    private static @Nullable String group(Known sensor, String by) {
        return switch (by) {
            case "type" -> sensor.type();
            case "site" -> sensor.site();
            case "label.floor" -> sensor.floor();
            default -> "all";
        };
    }

    /** @param samples in order of time; at the same instant in order of their sensors */
    private static void assertAsComputed(JsonNode window, List<Sample> samples) {
        assertThat(window.get("count").asInt()).isEqualTo(samples.size());
        assertSample(window.get("first"), samples.get(0));
        assertSample(window.get("last"), samples.get(samples.size() - 1));
        double[] numbers = samples.stream()
                .filter(sample -> !(sample.value() instanceof String))
                .mapToDouble(
                        sample -> sample.value() instanceof Boolean flag ? (flag ? 1 : 0) : (double) sample.value())
                .sorted()
                .toArray();
        int n = numbers.length;
        double sum = Arrays.stream(numbers).sum();
        double squares = Arrays.stream(numbers)
                .map(number -> Math.pow(number - sum / n, 2))
                .sum();
        assertNumber(window.get("min"), n < 1 ? null : numbers[0]);
        assertNumber(window.get("max"), n < 1 ? null : numbers[n - 1]);
        assertNumber(window.get("sum"), n < 1 ? null : sum);
        assertNumber(window.get("avg"), n < 1 ? null : sum / n);
        assertNumber(window.get("stddev"), n < 2 ? null : Math.sqrt(squares / (n - 1)));
        assertNumber(window.get("p50"), n < 1 ? null : percentile(numbers, 0.5));
        assertNumber(window.get("p95"), n < 1 ? null : percentile(numbers, 0.95));
        assertNumber(window.get("p99"), n < 1 ? null : percentile(numbers, 0.99));
    }

    private static void assertSample(JsonNode found, Sample expected) {
        assertThat(found.get("timestamp").asText()).isEqualTo(Rfc3339.format(expected.millis()));
        assertThat(found.get("value").asText()).isEqualTo(String.valueOf(expected.value()));
    }

    private static void assertNumber(JsonNode found, @Nullable Double expected) {
        if (expected == null) {
            assertThat(found.isNull()).as(found.toString()).isTrue();
        } else {
            assertThat(found.asDouble()).isCloseTo(expected, within(1e-9 * Math.max(1, Math.abs(expected))));
        }
    }

    private static double percentile(double[] sorted, double fraction) {
        double rank = fraction * (sorted.length - 1);
        int below = (int) rank;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sensor", "type", "site", "label.floor", "all"})
    void returnsARowPerWindowAsLinesAndCsv(String by) {
        String query = named() + "&by=" + by + "&interval=PT6H&fill=null" + FUNCTIONS + RANGE;
        StringBuilder lines = new StringBuilder();
        StringBuilder rows = new StringBuilder("start,end," + by + FUNCTIONS.replace("&functions=", ",") + "\r\n");
        for (JsonNode series : document(query).get("series")) {
            JsonNode key = by.equals("sensor") ? series.get("sensorId") : series.get("group");
            for (JsonNode window : series.get("windows")) {
                ObjectNode line = JSON.createObjectNode();
                List<String> row = new ArrayList<>();
                window.properties().forEach(member -> {
                    line.set(member.getKey(), member.getValue());
                    row.add(cell(member.getValue()));
                    if (member.getKey().equals("end")) {
                        line.set(by, key);
                        row.add(cell(key));
                    }
                });
                lines.append(line).append('\n');
                rows.append(String.join(",", row)).append("\r\n");
            }
        }
        Response ndjson = get(query + "&format=ndjson");
        assertThat(ndjson.contentType()).isEqualTo("application/x-ndjson");
        assertThat(ndjson.header("telltale-consistency")).isEqualTo("local_quorum");
        assertThat(ndjson.asString()).isEqualTo(lines.toString());
        Response csv = given().urlEncodingEnabled(false).accept("text/csv").get(AGGREGATES + query);
        assertThat(csv.contentType()).isEqualTo("text/csv;charset=UTF-8");
        assertThat(csv.asString()).isEqualTo(rows.toString());
    }

    private static String cell(JsonNode value) {
        String text = value.isObject() ? value.get("value").asText() : value.isNull() ? "" : value.asText();
        return text.contains(",") || text.contains("\"") ? "\"" + text.replace("\"", "\"\"") + "\"" : text;
    }

    @Test
    void escapesFormulasForSpreadsheets() {
        String query = "sensor=chart-quiet&by=label.floor&interval=P1Y&functions=last&format=csv&csv=spreadsheet";
        assertThat(get(query + "&from=" + BEGIN.minusMillis(1) + "&to=" + END).asString())
                .endsWith(",last\r\n2026-04-01T00:09:59.999Z,2026-04-02T06:30:00.000Z,\"'=3\",1000\r\n");
    }

    @Test
    void returnsAnyNumberOfSensorsOfAFilter() {
        String query = "type=charts-large&interval=auto&points=1" + RANGE;
        JsonNode found = document(query);
        assertThat(found.get("interval").asText()).isEqualTo("P1W");
        assertThat(ids(found)).hasSize(LARGE).doesNotHaveDuplicates();
        found.get("series")
                .forEach(series ->
                        assertThat(series.at("/windows/0/count").asInt()).isEqualTo(1));
        JsonNode together = document(query + "&by=type&functions=count,sum");
        assertThat(together.get("series")).hasSize(1);
        assertThat(together.at("/series/0/group").asText()).isEqualTo("charts-large");
        assertThat(together.at("/series/0/windows/0/count").asInt()).isEqualTo(LARGE);
        assertThat(together.at("/series/0/windows/0/sum").asInt()).isEqualTo(LARGE * (LARGE - 1) / 2);
    }

    @Test
    void returnsNoSeriesWithoutSensors() {
        for (String selection : List.of("sensor=chart-unseen", "type=charts-none", "site=chart-nowhere")) {
            for (String by : List.of("sensor", "all", "site")) {
                String query = selection + "&interval=1h&fill=null&by=" + by + RANGE;
                assertThat(get(query).asString()).startsWith("{\"interval\":\"PT1H\",\"series\":[],\"meta\":{");
                assertThat(get(query + "&format=ndjson").asString()).isEmpty();
                assertThat(get(query + "&format=csv").asString())
                        .isEqualTo("start,end," + by + ",count,min,max,avg\r\n");
            }
        }
        for (String by : List.of("sensor", "all")) {
            assertThat(document("sensor=chart-2&interval=1h&from=0&to=0&fill=null&by=" + by)
                            .at("/series/0/windows"))
                    .isEmpty();
        }
    }

    @Test
    void rejectsMoreThanAMillionWindows() {
        String seconds = "&interval=1s&from=2026-04-01T00:00:00Z&to=2026-04-01T02:46:40Z";
        List<String> unseen =
                IntStream.range(0, 101).mapToObj(i -> "chart-unseen-" + i).toList();
        assertProblem(
                get(sensors(unseen) + seconds),
                400,
                "bad-parameter",
                "interval is 'PT1S'",
                "into 10000 windows for each of at least 101 series by sensor",
                "expected at most 1000000 windows in total");
        assertThat(get(sensors(unseen.subList(0, 100)) + seconds).statusCode()).isEqualTo(200);
        assertThat(get(sensors(unseen) + seconds + "&by=all").statusCode()).isEqualTo(200);
        assertProblem(
                get("type=charts-large" + seconds), 400, "bad-parameter", "at least 101 series by sensor", "1000000");
        assertProblem(
                get("type=charts-large&by=all" + seconds.replace("40Z", "41Z")),
                400,
                "bad-parameter",
                "10001",
                "at most 10000");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    interval=1h                                | bad-parameter     | parameters sensor, type, site and label.<name> are missing
                    sensor=a                                   | bad-parameter     | parameter interval is missing; expected an ISO 8601
                    sensor=a&site=x&interval=1h                | bad-parameter     | and so is site 'x'
                    sensor=a&interval=1q                       | bad-parameter     | interval is '1q'; expected an ISO 8601 duration
                    sensor=a&interval=1h&by=sensors            | bad-parameter     | by is 'sensors'; expected one of sensor, type, site, label.<name>, all
                    sensor=a&interval=1h&by=label.             | bad-parameter     | by is 'label.'
                    sensor=a&interval=1h&by=label.%2Fx         | bad-parameter     | by is 'label./x'
                    sensor=a&interval=1h&points=10             | bad-parameter     | points is '10'; expected 500, its default
                    sensor=a&interval=auto&points=0            | bad-parameter     | points is '0'; expected an integer from 1 to 10000
                    sensor=a&interval=auto&points=10001        | bad-parameter     | points is '10001'
                    sensor=a&interval=1h&csv=spreadsheet       | bad-parameter     | csv is 'spreadsheet'; expected exact
                    sensor=a&interval=1h&format=senml          | bad-parameter     | format is 'senml'; expected one of json, ndjson, csv
                    sensor=a&interval=1h&limit=5               | unknown-parameter | 'limit'
                    sensor=a&interval=1h&consistency=three     | bad-parameter     | consistency
                    """)
    void namesABadParameter(String query, String code, String inDetail) {
        assertProblem(get(query), 400, code, inDetail);
    }

    private static String named() {
        return sensors(SENSORS.stream().map(Known::id).toList());
    }

    private static String sensors(List<String> ids) {
        return ids.stream().map("sensor="::concat).collect(Collectors.joining("&"));
    }

    private static List<String> ids(JsonNode document) {
        return document.get("series").findValuesAsText("sensorId");
    }

    private static JsonNode series(String query) {
        return document(query).get("series");
    }

    private static JsonNode document(String query) {
        return json(AGGREGATES + query);
    }

    private static JsonNode json(String pathAndQuery) {
        Response answer = given().urlEncodingEnabled(false).get(pathAndQuery);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        try {
            return JSON.readTree(answer.asString());
        } catch (JsonProcessingException e) {
            throw new AssertionError(answer.asString(), e);
        }
    }

    private static Response get(String query) {
        return given().urlEncodingEnabled(false).get(AGGREGATES + query);
    }
}
