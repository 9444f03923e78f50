package io.telltale.page;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Makes the pictures of the documents: {@code mvn verify -Dtest=PageScreenshotsTest -Dscreenshots}. Alone on its
 * servers.
 */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
@EnabledIfSystemProperty(
        named = "screenshots",
        matches = "|true",
        disabledReason = "pictures are made by -Dscreenshots")
class PageScreenshotsTest {

    private static final Path IMAGES = Path.of("docs/images");
    private static final int WIDTH = 1_000;
    private static final int HEIGHT = 660;
    private static final int SENSORS = 14;
    private static final int STEP_MILLIS = 20_000;
    private static final int STEPS = 180;
    private static final List<String> SITES = List.of("berlin-1", "oslo-1", "vienna-1");
    private static final String FIRST = "boiler-01";

    @Test
    void makesThePicturesOfTheDocuments() throws IOException {
        try (TestFleet fleet = TestFleet.ofType("temperature");
                Browser browser = Browser.start()) {
            long now = System.currentTimeMillis();
            for (int sensor = 1; sensor <= SENSORS; sensor++) {
                send(fleet, sensor, now);
            }
            fleet.awaitStored();
            for (int sensor = 1; sensor <= SENSORS; sensor++) {
                given().contentType("application/json")
                        .body("{\"expectedInterval\":\"PT5M\",\"labels\":{\"floor\":\"%d\"}}".formatted(sensor % 4))
                        .put("/api/v1/sensors/{id}", id(sensor))
                        .then()
                        .statusCode(200);
            }
            picture(browser, "fleet", "/#/fleet?type=temperature", ".list .stale .age");
            picture(
                    browser,
                    "sensor",
                    "/#/sensor?id=%s&id=%s&from=now-1h".formatted(FIRST, id(2)),
                    ".legend tbody tr td:nth-of-type(6)");
            picture(browser, "service", "/#/service", ".headline[data-state]");
        }
    }

    /** An hour of readings; one sensor has been silent for a while. */
    private static void send(TestFleet fleet, int sensor, long now) {
        int last = sensor == 4 ? STEPS - 60 : STEPS;
        for (int step = 0; step < last; step++) {
            double value = 60 + 3 * sensor + 6 * Math.sin((step + 20.0 * sensor) / 25) + Math.sin(step * 1.7) * 0.6;
            fleet.send(
                    id(sensor),
                    now - (long) STEP_MILLIS * (STEPS - 1 - step),
                    Math.round(value * 100) / 100.0,
                    Map.of("unit", "Cel", "site", SITES.get(sensor % SITES.size())));
        }
    }

    private static String id(int sensor) {
        return "boiler-%02d".formatted(sensor);
    }

    private static void picture(Browser browser, String name, String link, String shown) throws IOException {
        for (String scheme : List.of("light", "dark")) {
            browser.prefer(scheme);
            browser.open("http://127.0.0.1:" + RestAssured.port + link);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> !browser.text(shown).isEmpty()
                            && !browser.text("main").contains("…"));
            browser.screenshot(IMAGES.resolve("%s-%s.png".formatted(name, scheme)), WIDTH, HEIGHT);
        }
    }
}
