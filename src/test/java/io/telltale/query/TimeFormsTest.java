package io.telltale.query;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forms of times that common formatters write. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class TimeFormsTest {

    private static final String DAY = "?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";

    /** Timestamps as JSON, and the instants that they stand for. */
    private static final Map<String, String> TIMESTAMPS = Map.of(
            "\"2026-01-01T02:00:01+0200\"", "2026-01-01T00:00:01.000Z",
            "\"2026-01-01T01:00:02+01\"", "2026-01-01T00:00:02.000Z",
            "\"2026-01-01T00:03Z\"", "2026-01-01T00:03:00.000Z",
            "\"2026-01-01T00:00:04,5678Z\"", "2026-01-01T00:00:04.567Z",
            "\"2026-01-01 06:30:05,5+0630\"", "2026-01-01T00:00:05.500Z",
            "1767225600123.0", "2026-01-01T00:00:00.123Z",
            "1.767225600124e12", "2026-01-01T00:00:00.124Z",
            "1767225600125", "2026-01-01T00:00:00.125Z");

    @Test
    void storesEachFormOfATimestamp() {
        try (TestFleet fleet = TestFleet.ofType("liberal")) {
            String sent = fleet.newSensor();
            String posted = fleet.newSensor();
            StringBuilder lines = new StringBuilder();
            TIMESTAMPS.keySet().forEach(timestamp -> {
                fleet.sendRecord(sent, "{\"timestamp\":%s,\"value\":1}".formatted(timestamp));
                lines.append("{\"sensorId\":\"%s\",\"type\":\"liberal\",\"timestamp\":%s,\"value\":1}\n"
                        .formatted(posted, timestamp));
            });
            given().contentType("application/x-ndjson")
                    .body(lines.toString().getBytes(UTF_8))
                    .post("/api/v1/readings")
                    .then()
                    .statusCode(202)
                    .body("accepted", is(TIMESTAMPS.size()));
            fleet.awaitStored();

            String[] instants = TIMESTAMPS.values().stream().sorted().toArray(String[]::new);
            for (String sensor : List.of(sent, posted)) {
                given().get("/api/v1/sensors/" + sensor + "/readings" + DAY)
                        .then()
                        .statusCode(200)
                        .body("readings.timestamp", contains(instants));
            }
        }
    }

    @Test
    void readsEachFormOfATimeInAQuery() {
        try (TestFleet fleet = TestFleet.ofType("liberal")) {
            String sensor = fleet.newSensor();
            fleet.send(sensor, "2025-12-31T23:59:59.999Z", 1);
            fleet.send(sensor, "2026-01-01T00:00:00Z", 2);
            fleet.awaitStored();
            for (String from : List.of(
                    "2026-01-01T02:00:00%2B0200",
                    "2026-01-01T02:00:00+0200",
                    "2026-01-01T01:00:00%2B01",
                    "2026-01-01T00:00Z",
                    "2026-01-01T00:00:00,0Z",
                    "1767225600000.0",
                    "1.7672256e12",
                    "1.7672256e%2B12")) {
                given().urlEncodingEnabled(false)
                        .get("/api/v1/sensors/" + sensor + "/readings?from=" + from + "&to=2026-01-02T00:00:00Z")
                        .then()
                        .statusCode(200)
                        .body("from", is("2026-01-01T00:00:00.000Z"))
                        .body("readings.value", contains(2));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-01-01T00:00", "2026-01-01T00:00:00,5", "1767225600000.5", "1.7672256e9"})
    void rejectsOtherTimesInAQuery(String from) {
        given().get("/api/v1/sensors/any/readings?from=" + from)
                .then()
                .statusCode(400)
                .body("detail", containsString("parameter from is '" + from + "'"));
    }
}
