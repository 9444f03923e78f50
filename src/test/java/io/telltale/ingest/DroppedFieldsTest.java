package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Units and sites: what is accepted, and that an invalid one never costs its reading. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class DroppedFieldsTest {

    private static final String TIME = "2026-01-31T12:34:56Z";

    /** A unit and site as sent, and as stored. */
    private record Sent(
            String fields, @Nullable String unit, @Nullable String site, int dropped) {}

    @Test
    void storesEachReadingWhateverItsUnitAndSite() {
        List<Sent> table = List.of(
                new Sent("\"unit\":\"\u00b0C\",\"site\":\"Plant 2\"", "\u00b0C", "Plant 2", 0),
                new Sent("\"unit\":\"\u00b5g/m\u00b3\"", "\u00b5g/m\u00b3", null, 0),
                new Sent("\"unit\":\"\u2126\"", "\u03a9", null, 0),
                new Sent("\"unit\":\"\",\"site\":\"\"", null, null, 0),
                new Sent("\"unit\":\"DegreesFahrenheit\",\"site\":\"a/b\"", null, null, 2),
                new Sent("\"unit\":7,\"site\":\"plant-2\"", null, "plant-2", 1),
                new Sent("\"unit\":\"Cel\",\"site\":\"k\u00f6ln\"", "Cel", null, 1),
                new Sent("\"unit\":\"Cel\",\"unit\":\"K\"", null, null, 1));
        try (DeadLetterBox box = DeadLetterBox.open();
                TestFleet fleet = TestFleet.ofType("described")) {
            double before = dropped(fleet.topic());
            List<String> sensors = table.stream().map(sent -> fleet.newSensor()).toList();
            for (int i = 0; i < table.size(); i++) {
                fleet.sendRecord(
                        sensors.get(i),
                        "{\"timestamp\":\"%s\",\"value\":%d,%s}"
                                .formatted(TIME, i, table.get(i).fields()));
            }
            fleet.awaitStored();

            for (int i = 0; i < table.size(); i++) {
                given().get("/api/v1/sensors/{id}/readings/latest", sensors.get(i))
                        .then()
                        .body("value", is(i));
                given().get("/api/v1/sensors/{id}", sensors.get(i))
                        .then()
                        .body("unit", equalTo(table.get(i).unit()))
                        .body("site", equalTo(table.get(i).site()));
            }
            given().queryParam("site", "Plant 2")
                    .queryParam("type", "described")
                    .get("/api/v1/sensors")
                    .then()
                    .body("sensors.sensorId", contains(sensors.get(0)));
            assertThat(given().queryParam("site", "Plant 2")
                            .queryParam("type", "described")
                            .queryParam("from", "2026-01-31T00:00:00Z")
                            .get("/api/v1/readings")
                            .asString())
                    .contains(sensors.get(0));
            assertThat(box.letters())
                    .filteredOn(letter ->
                            DeadLetterBox.header(letter, "dead-letter-topic").equals(fleet.topic()))
                    .isEmpty();
            assertThat(dropped(fleet.topic()) - before)
                    .isEqualTo(table.stream().mapToInt(Sent::dropped).sum());
        }
    }

    @Test
    void keepsTheUnitOfASensorWhereOneIsDropped() {
        try (TestFleet fleet = TestFleet.ofType("described")) {
            String sensor = fleet.newSensor();
            fleet.send(sensor, TIME, 1, Map.of("unit", "Cel", "site", "hall-1"));
            fleet.awaitStored();
            fleet.send(sensor, TIME, 2, Map.of("unit", "a\tb", "site", " "));
            fleet.awaitStored();

            given().get("/api/v1/sensors/{id}", sensor)
                    .then()
                    .body("unit", equalTo("Cel"))
                    .body("site", equalTo("hall-1"));
            given().get("/api/v1/sensors/{id}/readings/latest", sensor).then().body("value", is(2));
        }
    }

    @Test
    void warnsOfDroppedFieldsOfAPost() {
        try (TestFleet fleet = TestFleet.ofType("described-posts")) {
            double before = dropped(fleet.topic());
            String reading = "{\"sensorId\":\"%s\",\"type\":\"described-posts\",\"timestamp\":\"%s\",\"value\":1%s}";
            String sensor = fleet.newSensor();
            String body = "[%s,%s,7,%s]"
                    .formatted(
                            reading.formatted(sensor, TIME, ",\"unit\":\"\u00b0C\""),
                            reading.formatted(sensor, TIME, ",\"unit\":false,\"site\":\"a/b\""),
                            reading.formatted(sensor, TIME, ",\"site\":\"Plant 2 \""));
            post("application/json", "", body)
                    .statusCode(202)
                    .body("accepted", is(3))
                    .body("rejected.index", contains(2))
                    .body("warnings.index", contains(1, 1, 3))
                    .body("warnings[0].detail", startsWith("unit is false; expected a unit of at most 16"))
                    .body("warnings[1].detail", startsWith("site is 'a/b'; expected a letter or digit"))
                    .body("warnings[2].detail", startsWith("site is 'Plant 2 '"));
            post("application/x-ndjson", "", reading.formatted(sensor, TIME, ""))
                    .statusCode(202)
                    .body("warnings", nullValue());
            post(
                            "application/senml+json",
                            "?type=described-posts",
                            "[{\"bn\":\"%s\",\"bu\":\"a\\tb\",\"v\":1},{\"t\":-1,\"v\":2},{\"t\":-2,\"u\":7,\"v\":3}]"
                                    .formatted(sensor))
                    .statusCode(202)
                    .body("accepted", is(3))
                    .body("rejected", hasSize(0))
                    .body("warnings.index", contains(0, 2))
                    .body("warnings[0].detail", startsWith("bu is 'a?b'; expected"));
            fleet.awaitStored();

            assertThat(dropped(fleet.topic()) - before).isEqualTo(5);
        }
    }

    @Test
    void listsAtMostAThousandWarnings() {
        String reading =
                "{\"sensorId\":\"warned\",\"type\":\"described-posts\",\"timestamp\":\"%s\",\"value\":1,\"unit\":7}\n"
                        .formatted(TIME);
        post("application/x-ndjson", "", reading.repeat(1_200))
                .statusCode(202)
                .body("accepted", is(1_200))
                .body("warnings", hasSize(1_000));
    }

    private static ValidatableResponse post(String mediaType, String query, String body) {
        return given().contentType(mediaType)
                .body(body.getBytes(UTF_8))
                .post("/api/v1/readings" + query)
                .then();
    }

    private static double dropped(String topic) {
        return new ServiceMetrics(given().accept("text/plain").get("/q/metrics").asString())
                .sum("telltale_fields_dropped_total", "topic", topic);
    }
}
