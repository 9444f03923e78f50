package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class SensorMetadataTest {

    private static final String SENSORS = "/api/v1/sensors/";
    private static final String TYPE = "assigned";

    private static TestFleet fleet;
    private static String boiler;
    private static String moved;
    private static String watched;
    private static String refused;

    @BeforeAll
    static void sensorsAreKnown() {
        fleet = TestFleet.ofType(TYPE);
        boiler = fleet.newSensor();
        moved = fleet.newSensor();
        watched = fleet.newSensor();
        refused = fleet.newSensor();
        for (String sensor : List.of(boiler, moved, watched, refused)) {
            fleet.send(sensor, "2026-01-01T00:00:00Z", 1, Map.of("unit", "Cel", "site", "as-said"));
        }
        fleet.awaitStored();
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    @Test
    void prefersMetadataOverReadingsUntilItIsRemoved() {
        String all = """
                {"unit":"°C","site":"as set %s","name":"Kessel „7“","labels":{"floor":"2","a":""},"expectedInterval":"P1DT0.5S"}""".formatted(boiler);
        Response answer = put(boiler, all);
        String expected = ("{\"sensorId\":\"%s\",\"type\":\"assigned\",\"unit\":\"°C\",\"site\":\"as set %s\","
                        + "\"name\":\"Kessel „7“\",\"labels\":{\"a\":\"\",\"floor\":\"2\"},"
                        + "\"expectedInterval\":\"PT24H0.5S\",\"lastSeen\":\"2026-01-01T00:00:00.000Z\"}")
                .formatted(boiler, boiler);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.asString()).isEqualTo(expected);
        assertThat(given().get(SENSORS + boiler).asString()).isEqualTo(expected);
        assertThat(given().get("/api/v1/sensors?site=as set " + boiler).asString())
                .isEqualTo("{\"sensors\":[" + expected + "]}");

        fleet.send(boiler, "2026-01-02T00:00:00Z", 2, Map.of("unit", "hPa", "site", "as-said-later"));
        fleet.awaitStored();
        JsonPath later = given().get(SENSORS + boiler).jsonPath();
        assertThat(later.getString("unit")).isEqualTo("°C");
        assertThat(later.getString("site")).isEqualTo("as set " + boiler);
        assertThat(later.getString("lastSeen")).isEqualTo("2026-01-02T00:00:00.000Z");

        assertThat(put(boiler, "{}").jsonPath().getString("name")).isEqualTo("Kessel „7“");
        JsonPath replaced =
                put(boiler, "{\"labels\":{\"b\":\"3\"},\"unit\":null}").jsonPath();
        assertThat(replaced.<String, String>getMap("labels")).isEqualTo(Map.of("b", "3"));
        assertThat(replaced.getString("unit")).isEqualTo("hPa");
        assertThat(replaced.getString("name")).isEqualTo("Kessel „7“");

        assertThat(put(boiler, "{\"site\":null,\"name\":null,\"labels\":null,\"expectedInterval\":null}")
                        .asString())
                .isEqualTo(("{\"sensorId\":\"%s\",\"type\":\"assigned\",\"unit\":\"hPa\",\"site\":\"as-said-later\","
                                + "\"lastSeen\":\"2026-01-02T00:00:00.000Z\"}")
                        .formatted(boiler));
    }

    @Test
    void listsAMovedSensorAtItsNewSiteOnly() {
        String there = "moved-to-" + moved;
        assertThat(idsAt("as-said")).contains(moved);
        put(moved, "{\"site\":\"" + there + "\"}");
        assertThat(idsAt(there)).containsExactly(moved);
        assertThat(idsAt(there + "&type=" + TYPE)).containsExactly(moved);
        assertThat(idsAt(there + "&type=another")).isEmpty();
        assertThat(idsAt("as-said")).doesNotContain(moved);
        assertThat(given().get("/api/v1/readings?site=" + there + "&from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:01Z")
                        .asString())
                .isEqualTo("{\"sensorId\":\"%s\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"value\":1}\n"
                        .formatted(moved));
        put(moved, "{\"site\":null}");
        assertThat(idsAt("as-said")).contains(moved);
        assertThat(idsAt(there)).isEmpty();
    }

    @Test
    void reportsAStaleReadingAfterTwoIntervals() {
        assertThat(latest(watched).getMap("")).doesNotContainKey("stale");
        put(watched, "{\"expectedInterval\":\"PT1S\"}");
        assertThat(latest(watched).getBoolean("stale")).isTrue();
        fleet.send(watched, Instant.now().minusSeconds(7_000).toString(), 2);
        fleet.awaitStored();
        put(watched, "{\"expectedInterval\":\"PT1H\"}");
        assertThat(latest(watched).getBoolean("stale")).isFalse();
        put(watched, "{\"expectedInterval\":\"PT58M\"}");
        assertThat(latest(watched).getBoolean("stale")).isTrue();
        assertThat(latest(watched).getLong("ageMs")).isBetween(7_000_000L, 7_100_000L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"unit":"°C "}                    | field unit is '°C '; expected a unit of at most 16
                    {"unit":"12345678901234567"}      | field unit is '12345678901234567'; expected
                    {"site":"plant 2 "}               | field site is 'plant 2 '; expected a letter or digit
                    {"unit":""}                       | field unit is ''; expected
                    {"unit":7}                        | field unit is 7; expected
                    {"site":"a/b"}                    | field site is 'a/b'; expected a letter or digit
                    {"name":""}                       | field name is ''; expected 1 to 128 characters
                    {"name":"two\\nlines"}            | field name is 'two?lines'; expected 1 to 128 characters
                    {"name":"half \\ud83c"}           | field name is 'half ?'; expected 1 to 128 characters
                    {"name":["a"]}                    | field name is an array; expected
                    {"labels":[]}                     | field labels is an array; expected a flat object of at most 32 strings
                    {"labels":{"a b":"c"}}            | field labels has the key 'a b'; expected a letter or digit
                    {"labels":{"a":1}}                | field labels.a is 1; expected up to 256 characters
                    {"labels":{"a":null}}             | field labels.a is null; expected up to 256 characters
                    {"labels":{"a":{"b":"c"}}}        | field labels.a is an object; expected
                    {"expectedInterval":"1h"}         | field expectedInterval is '1h'; expected an ISO 8601 duration
                    {"expectedInterval":"PT0S"}       | field expectedInterval is 'PT0S'; expected an ISO 8601 duration
                    {"expectedInterval":"-PT1H"}      | field expectedInterval is '-PT1H'; expected
                    {"expectedInterval":"PT0.0005S"}  | field expectedInterval is 'PT0.0005S'; expected
                    {"expectedInterval":"P367D"}      | field expectedInterval is 'P367D'; expected
                    {"expectedInterval":60}           | field expectedInterval is 60; expected
                    {"type":"other"}                  | field 'type' is not known; expected a JSON object with any of unit, site, name
                    {"name":"a","name":"b"}           | field name is given twice; expected each field once
                    ["name"]                          | body is an array; expected a JSON object
                    {"name":"a"} {}                   | body is not JSON at byte 13: found '{'; expected nothing after the first value
                    {"name":                          | body is not JSON at byte 8: found the end; expected a value such as
                    ``                                | body is empty
                    """)
    void namesABadFieldAndSetsNothing(String body, String inDetail) {
        String before = given().get(SENSORS + refused).asString();
        assertProblem(put(refused, body), 400, "bad-request", inDetail);
        assertThat(given().get(SENSORS + refused).asString()).isEqualTo(before);
    }

    @Test
    void rejectsMoreThan32Labels() {
        assertThat(put(boiler, labels(32)).jsonPath().getMap("labels")).hasSize(32);
        assertProblem(put(boiler, labels(33)), 400, "bad-request", "33", "at most 32");
        put(boiler, "{\"labels\":{}}");
    }

    private static String labels(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"l%d\":\"%s\"".formatted(i, "é".repeat(256)))
                .collect(Collectors.joining(",", "{\"labels\":{", "}}"));
    }

    @Test
    void rejectsBadUpdates() {
        assertProblem(put("never-seen", "{\"name\":\"a\"}"), 404, "sensor-unknown", "'never-seen'");
        assertProblem(put("a%20b", "{}"), 400, "bad-parameter", "id");
        assertProblem(put(refused + "?name=a", "{}"), 400, "unknown-parameter", "'name'");
        assertProblem(put(refused, "{\"name\":\"" + " ".repeat(70_000) + "\"}"), 413, "body-too-large", "65536");
        assertProblem(
                given().contentType("text/plain").body("{}").put(SENSORS + refused),
                415,
                "unsupported-media-type",
                "Content-Type");
        assertProblem(
                compressed("br", new byte[] {1}), 415, "unsupported-media-type", "'br'; expected one of gzip, deflate");
        assertProblem(compressed("gzip", new byte[] {1}), 400, "bad-request", "not complete");
        assertThat(given().get(SENSORS + "never-seen").statusCode()).isEqualTo(404);
    }

    @Test
    void acceptsACompressedBody() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(body)) {
            gzip.write("{\"name\":\"packed\"}".getBytes(StandardCharsets.UTF_8));
        }
        Response answer = compressed("gzip", body.toByteArray());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.jsonPath().getString("name")).isEqualTo("packed");
    }

    private static Response compressed(String coding, byte[] body) {
        return given().contentType("application/json")
                .header("Content-Encoding", coding)
                .body(body)
                .put(SENSORS + refused);
    }

    /** A body without a length is not buffered either. */
    @Test
    void disconnectsAnEndlessBody() throws IOException {
        try (Socket socket = new Socket("localhost", RestAssured.port)) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream()
                    .write(("PUT " + SENSORS + refused
                                    + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Transfer-Encoding: chunked\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] chunk = ("2000\r\n" + " ".repeat(0x2000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 9; i++) {
                socket.getOutputStream().write(chunk);
            }
            byte[] begin = socket.getInputStream().readNBytes(12);
            assertThat(new String(begin, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
        }
    }

    private static List<String> idsAt(String siteAndMore) {
        return given().urlEncodingEnabled(false)
                .get("/api/v1/sensors?limit=1000&site=" + siteAndMore)
                .jsonPath()
                .getList("sensors.sensorId");
    }

    private static JsonPath latest(String sensor) {
        return given().get(SENSORS + sensor + "/readings/latest").jsonPath();
    }

    private static Response put(String path, String body) {
        return given().urlEncodingEnabled(false)
                .contentType("application/json")
                .body(body.getBytes(StandardCharsets.UTF_8))
                .put(SENSORS + path);
    }
}
