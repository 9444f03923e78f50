package io.telltale.page;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The drop-downs of the fleet, on the real service. The service selects, and lists what there is to select: a page does
 * not hold all sensors of a large fleet. Skipped without Chromium.
 */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class PageFiltersTest extends ServedPage {

    private static final long START = 1_769_904_000_000L; // 2026-02-01T00:00:00Z
    private static final String SUMMARY = ".view .summary";
    private static final String FIRST_VALUE = ".list .spacer .row:not([hidden]) .value";
    private static final String VALUES = "select[name=value]";

    @Test
    void selectsByTypeSiteAndLabel() {
        try (TestFleet fleet = TestFleet.ofType("page-labels")) {
            String first = fleet.newSensor();
            String second = fleet.newSensor();
            fleet.send(first, START, 1, Map.of("site", "page-site"));
            fleet.send(second, START, 2, Map.of("site", "page-site"));
            fleet.awaitStored();
            label(first, Map.of("page-floor", "1"));
            label(second, Map.of("page-floor", "2"));
            browser.open(origin() + "/#/fleet?type=page-never-seen");
            browser.awaitText("select[name=type]", "page-labels");
            browser.awaitText("select[name=site]", "page-site");
            browser.open(origin() + "/#/fleet?type=page-labels");
            browser.awaitText(SUMMARY, "2 sensors");
            choose("label", "page-floor");
            choose("value", "2");
            browser.awaitText(SUMMARY, "1 sensor ·");
            assertThat(browser.link()).isEqualTo("/#/fleet?type=page-labels&label.page-floor=2");
            browser.awaitText("#connection", "Live");

            fleet.send(first, START + 1_000, 11);
            fleet.send(second, START + 1_000, 12);
            fleet.flush();
            browser.awaitText(FIRST_VALUE, "12");
            assertThat(browser.text(".list")).contains(second).doesNotContain(first);
            browser.assertQuiet(origin());
        }
    }

    /** The list stays until a value of the other label is chosen. */
    @Test
    void exchangesALabelForAnother() {
        try (TestFleet fleet = TestFleet.ofType("page-exchange")) {
            String first = fleet.newSensor();
            String second = fleet.newSensor();
            fleet.send(first, START, 1);
            fleet.send(second, START, 2);
            fleet.awaitStored();
            label(first, Map.of("page-level", "1", "page-hall", "east"));
            label(second, Map.of("page-level", "2", "page-hall", "west"));
            String ofSecond = "/#/fleet?type=page-exchange&label.page-level=2";
            browser.open(origin() + ofSecond);
            browser.awaitText(FIRST_VALUE, "2");
            assertThat(browser.text(VALUES)).contains("2");

            choose("label", "page-hall");
            browser.awaitText(VALUES, "west");
            assertThat(browser.text(VALUES).lines().map(String::strip)).containsExactly("Any value", "east", "west");
            assertThat(browser.link()).isEqualTo(ofSecond);
            assertThat(browser.text(FIRST_VALUE)).isEqualTo("2");

            choose("value", "east");
            browser.awaitText(FIRST_VALUE, "1");
            assertThat(browser.link()).isEqualTo("/#/fleet?type=page-exchange&label.page-hall=east");
            assertThat(browser.text(".list")).contains(first).doesNotContain(second);

            choose("label", "");
            browser.awaitText(SUMMARY, "2 sensors");
            assertThat(browser.link()).isEqualTo("/#/fleet?type=page-exchange");
            browser.assertQuiet(origin());
        }
    }

    private static void choose(String dropDown, String value) {
        String option = "select[name=%s] option[value='%s']".formatted(dropDown, value);
        browser.awaitElement(option);
        browser.click(option);
    }

    private static void label(String sensor, Map<String, String> labels) {
        given().contentType("application/json")
                .body(Map.of("labels", labels))
                .put("/api/v1/sensors/{id}", sensor)
                .then()
                .statusCode(200);
    }
}
