package io.telltale.page;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.local.TcpRelay;
import io.telltale.simulate.Replay;
import io.telltale.simulate.Speed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, on the real service. Skipped without Chromium. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PageInBrowserTest extends ServedPage {

    private static final long START = 1_769_904_000_000L; // 2026-02-01T00:00:00Z
    private static final String DAY = "from=2026-02-01T00:00:00Z&to=2026-02-02T00:00:00Z";
    private static final String PILL = "#connection";
    private static final String SUMMARY = ".view .summary";
    private static final String FIRST_VALUE = ".list .spacer .row:not([hidden]) .value";
    private static final String FIRST_TITLE = "return document.querySelector('%s').title;".formatted(FIRST_VALUE);
    private static final String READINGS = ".legend tbody tr td:nth-of-type(6)";

    private static final String CSV = ".exports button";
    private static final String COMMAND = "return document.querySelector('.exports code').textContent;";

    /** The requests for history. */
    private static final String REQUESTS = """
            return performance.getEntriesByType('resource').map(entry => new URL(entry.name).pathname)
              .filter(path => /(aggregates|readings)$/.test(path)).join(' ');
            """;

    private static final String NEWEST = ".newest";
    private static final Path WEATHER = Path.of("src/test/resources/measured/seattle-weather.csv");

    private static final String LETTERS = ".service section:last-of-type tbody";

    private static final Logger log = Logger.getLogger(PageInBrowserTest.class);

    @Test
    void fleetFollowsTheNewestValues() {
        try (TestFleet fleet = TestFleet.ofType("page-fleet")) {
            String sensor = fleet.newSensor();
            fleet.send(sensor, START, 20.5, Map.of("unit", "Cel", "site", "hall-1"));
            fleet.awaitStored();
            browser.open(origin() + "/#/fleet?type=page-fleet");
            browser.awaitText(FIRST_VALUE, "20.5");
            log.infof("First paint after %d ms", browser.firstPaintMillis());
            browser.awaitText(PILL, "Live");
            browser.awaitText(".list .spacer .row:not([hidden])", "hall-1");

            fleet.send(sensor, START + 2_000, 21.5);
            fleet.flush();
            browser.awaitText(FIRST_VALUE, "21.5");
            // Two values with one shortened form: the title has the whole one.
            fleet.send(sensor, START + 3_000, 1021.62);
            fleet.flush();
            browser.awaitText(FIRST_VALUE, "1021.6");
            fleet.send(sensor, START + 4_000, 1021.64);
            fleet.flush();
            await().until(() -> "1021.64".equals(browser.run(FIRST_TITLE)));
            // A late reading is not the newest value.
            fleet.send(sensor, START + 1_000, 99);
            String other = fleet.newSensor();
            fleet.send(other, START, "<img src=x onerror=alert(1)>");
            fleet.awaitStored();
            browser.awaitText(".list", "<img src=x onerror=alert(1)>");
            assertThat(browser.text(".list")).contains(sensor, "1021.6", other).doesNotContain("99");

            browser.type("input[type=search]", "no-such-sensor");
            browser.awaitText(SUMMARY, "0 of 2 sensors");
            assertThat(browser.link()).isEqualTo("/#/fleet?type=page-fleet&q=no-such-sensor");
            browser.assertQuiet(origin());
        }
    }

    @Test
    void chartShowsWhatTheApiReturns() throws IOException {
        try (TestFleet fleet = TestFleet.ofType("page-chart")) {
            String sensor = fleet.newSensor();
            int readings = 2_000;
            for (int i = 0; i < readings; i++) {
                fleet.send(sensor, START + 30_000L * i, i % 100 + 0.25, i == 0 ? Map.of("unit", "Cel") : Map.of());
            }
            fleet.awaitStored();
            browser.open(origin() + "/#/sensor?id=" + sensor + "&" + DAY);
            browser.awaitText(SUMMARY, "windows of 5 min");
            browser.awaitText(READINGS, "2\u202f000");
            assertThat(browser.text(".legend tbody")).contains(sensor, "0.25 Cel", "99.25 Cel", "49.75 Cel");
            assertThat(browser.text(PILL)).isEqualTo("History");
            assertThat(given().get("/api/v1/sensors/{id}/aggregates?interval=P1D&" + DAY, sensor)
                            .path("windows[0].avg")
                            .toString())
                    .isEqualTo("49.75");

            assertThat(browser.saved(CSV)).isEqualTo(windowsCsv(sensor, "PT5M"));

            browser.click("[aria-label='Zoom in']");
            browser.awaitText(SUMMARY, "every reading");
            assertThat(browser.link()).contains("from=2026-02-01T06:00:00.000Z&to=2026-02-01T18:00:00.000Z");
            browser.awaitText(READINGS, "1\u202f280");
            String stored = given().get(
                            "/api/v1/readings?sensor={id}&from=2026-02-01T06:00:00Z&to=2026-02-01T18:00:00Z&format=csv",
                            sensor)
                    .asString();
            assertThat(stored.lines()).hasSize(1 + 1_280);
            assertThat(browser.saved(CSV)).isEqualTo(stored);
            browser.assertQuiet(origin());
        }
    }

    /** The windows that have readings, as the page saves them. */
    private static String windowsCsv(String sensor, String interval) throws IOException {
        JsonNode body = new ObjectMapper()
                .readTree(given().get("/api/v1/sensors/{id}/aggregates?interval=" + interval + "&" + DAY, sensor)
                        .asString());
        StringBuilder csv = new StringBuilder("sensorId,start,end,count,min,max,value\r\n");
        for (JsonNode window : body.path("windows")) {
            csv.append(sensor);
            for (String name : List.of("start", "end", "count", "min", "max", "avg")) {
                csv.append(',').append(window.path(name).asText());
            }
            csv.append("\r\n");
        }
        return csv.toString();
    }

    /** Also of several sensors, a chart is one request, and so is the command that repeats it. */
    @Test
    void overlaysSensorsByOneRequest() {
        try (TestFleet fleet = TestFleet.ofType("page-overlay")) {
            List<String> sensors = List.of(fleet.newSensor(), fleet.newSensor());
            for (int i = 0; i < 1_600; i++) {
                fleet.send(sensors.get(0), START + 30_000L * i, i % 100 + 0.25);
                fleet.send(sensors.get(1), START + 30_000L * i, i % 100 + 1000.25);
            }
            fleet.awaitStored();
            String link = origin() + "/#/sensor?id=%s&id=%s&".formatted(sensors.get(0), sensors.get(1));
            browser.open(link + DAY);
            browser.awaitText(SUMMARY, "windows of 5 min");
            browser.awaitText(READINGS, "1\u202f600");
            assertThat(browser.text(".legend tbody")).contains("49.75", "1049.8");
            assertThat(browser.run(REQUESTS)).isEqualTo("/api/v1/aggregates");
            assertThat(browser.run(COMMAND)).asString().startsWith("curl -sS '").doesNotContain("\n");

            browser.open(link + "from=2026-02-01T00:00:00Z&to=2026-02-01T01:00:00Z");
            browser.awaitText(SUMMARY, "every reading");
            browser.awaitText(READINGS, "120");
            assertThat(browser.text(".legend tbody")).contains("43.083", "1043.1");
            assertThat(browser.run(REQUESTS)).isEqualTo("/api/v1/aggregates /api/v1/readings");
            assertThat(browser.run(COMMAND)).asString().contains("format=csv").doesNotContain("\n");
            browser.assertQuiet(origin());
        }
    }

    /** A link of the fleet has no range: a replayed file of 2012 is not in the last hour. */
    @Test
    void leadsToTheReadingsOfAReplayedFile(@TempDir Path directory) throws IOException {
        try (TestFleet fleet = TestFleet.ofType("page-replay")) {
            String sensor = fleet.newSensor();
            Path file = directory.resolve("weather.csv");
            Files.write(file, weatherOf(sensor, fleet.type()));
            new Replay(file, Speed.MAX, Clock.systemUTC())
                    .sendTo(SharedStack.get().kafka().bootstrapServers(), null);
            fleet.awaitStored();
            browser.open(origin() + "/#/fleet?type=page-replay");
            browser.awaitText(FIRST_VALUE, "10");
            browser.click(".list .spacer .row:not([hidden]) a.id");
            browser.awaitText(NEWEST, "No readings in this range; the newest is of ");
            assertThat(browser.text(NEWEST)).contains("(2012-03-31T07:00:00.000Z)");
            browser.assertQuiet(origin());

            browser.click(NEWEST + " button");
            browser.awaitText(READINGS, "91");
            browser.awaitText(SUMMARY, "every reading");
            assertThat(browser.text(NEWEST)).isEmpty();
            assertThat(browser.link()).endsWith("from=2012-01-01T08:00:00.000Z&to=2012-03-31T07:00:00.001Z");
            browser.assertQuiet(origin());
        }
    }

    /** The first three months of a sensor of the measured weather, as another sensor. */
    private static List<String> weatherOf(String sensor, String type) throws IOException {
        try (Stream<String> lines = Files.lines(WEATHER)) {
            return lines.filter(line -> line.matches("sensorId,.*|seattle-temp-max,temperature,2012-0[123].*"))
                    .map(line -> line.replace("seattle-temp-max,temperature", "%s,%s".formatted(sensor, type)))
                    .toList();
        }
    }

    @Test
    void continuesLiveAfterABrokenConnection() {
        try (TestFleet fleet = TestFleet.ofType("page-live");
                TcpRelay relay = TcpRelay.to("127.0.0.1:" + RestAssured.port)) {
            String sensor = fleet.newSensor();
            long now = System.currentTimeMillis();
            fleet.send(sensor, now - 60_000, 1);
            fleet.awaitStored();
            String origin = "http://" + relay.address();
            browser.open(origin + "/#/sensor?id=" + sensor + "&from=now-1h");
            browser.awaitText(PILL, "Live");
            fleet.send(sensor, now - 1_000, 2);
            fleet.flush();
            browser.awaitText(READINGS, "2");
            browser.assertQuiet(origin);

            relay.cut();
            browser.awaitText(PILL, "Not live since");
            fleet.send(sensor, now, 3);
            fleet.flush();
            relay.mend();
            browser.awaitText(PILL, "Live");
            browser.awaitText(READINGS, "3");
            assertThat(browser.text(".legend .value")).isEqualTo("3");
            browser.assertQuietBut(origin, Browser.NO_CONNECTION);
            browser.leave();
        }
    }

    /** A record that is rejected again: its replay is a second dead letter. */
    @Test
    void replaysADeadLetter() {
        try (TestFleet fleet = TestFleet.ofType("page-letters")) {
            fleet.sendRecord("page-rejected", "{\"value\":<b>1</b>}", Map.of("page-header", "<i>2</i>"));
            fleet.awaitStored();
            browser.open(origin() + "/#/service?reason=too-large");
            browser.awaitText(".letters .summary", "No record was rejected for this reason.");
            browser.awaitText(".letters select", "malformed");
            browser.click(".letters option[value=malformed]");
            browser.awaitText(LETTERS, "page-rejected");
            assertThat(browser.link()).isEqualTo("/#/service?reason=malformed");
            browser.click(LETTERS + " summary");
            assertThat(browser.text(LETTERS))
                    .contains("malformed", "sensors.page-letters", "<b>1</b>", "page-header: <i>2</i>")
                    .containsPattern("\\dT\\d\\d:\\d\\d:\\d\\d.\\d{3}Z");
            browser.assertQuiet(origin());

            browser.click("%s tr:first-child button".formatted(LETTERS));
            browser.awaitText("%s tr:first-child button".formatted(LETTERS), "Sent again");
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(given().get("/api/v1/dead-letters?topic=sensors.page-letters")
                                    .<List<?>>path("letters"))
                            .hasSize(2));
            browser.assertQuiet(origin());
            browser.leave();
        }
    }

    @Test
    void hasNoSeriousBarrierInLightOrDark() {
        try (TestFleet fleet = TestFleet.ofType("page-axe")) {
            String sensor = fleet.newSensor();
            String stale = fleet.newSensor();
            fleet.send(sensor, System.currentTimeMillis() - 1_000, 20.5, Map.of("unit", "Cel", "site", "hall-1"));
            fleet.send(stale, START, true);
            fleet.awaitStored();
            given().contentType("application/json")
                    .body("{\"expectedInterval\":\"PT1M\",\"name\":\"Boiler\",\"labels\":{\"floor\":\"3\"}}")
                    .put("/api/v1/sensors/{id}", stale)
                    .then()
                    .statusCode(200);
            Map<String, String> views = new LinkedHashMap<>();
            views.put("/#/fleet?type=page-axe", ".list .stale .age");
            views.put("/#/sensor?id=%s&id=%s&from=now-1h".formatted(sensor, stale), READINGS);
            views.put("/#/service", ".headline[data-state]");
            views.put("/#/fleet?type=page-never-seen", ".empty");
            views.forEach((link, shown) -> {
                browser.open(origin() + link);
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> !browser.text(shown).isEmpty());
                for (String scheme : List.of("light", "dark")) {
                    browser.prefer(scheme);
                    browser.assertAccessible();
                }
                browser.narrow();
                browser.assertAccessible();
                if (link.endsWith("type=page-axe")) {
                    assertThat(browser.text(".list")).contains("page-axe", "Boiler", "floor=3");
                }
                browser.assertQuiet(origin());
                browser.leave();
            });
            browser.open(origin());
            browser.run("(await import('/page/credentials.js')).askForCredential('A credential is missing');");
            for (String scheme : List.of("light", "dark")) {
                browser.prefer(scheme);
                browser.assertAccessible();
            }
            browser.assertQuiet(origin());
        } finally {
            browser.prefer("light");
            browser.leave();
        }
    }

    @Test
    void explainsWhatIsMissing() {
        browser.open(origin() + "/#/fleet?type=page-never-seen");
        browser.awaitText(".empty", "No such sensors");
        browser.assertQuiet(origin());
        browser.open(origin() + "/#/sensor?id=never-seen");
        browser.awaitText(".legend .missing", "sensor 'never-seen' was never seen");
        browser.assertQuietBut(origin(), Pattern.compile("/sensors/never-seen.* 404 "));
        browser.leave();
    }
}
