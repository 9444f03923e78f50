package io.telltale.query;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.fleet.TestFleet;
import io.telltale.live.EventStream;
import io.telltale.local.LocalStackResource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How numbers are written: the same in every output. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class WrittenNumbersTest {

    private static final String DAY = "?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";

    /** Numbers as sent, and as written in every output. */
    private static final List<List<String>> NUMBERS = List.of(
            List.of("-9223372036854775808", "-9223372036854775808"),
            List.of("9007199254740994", "9007199254740994"),
            List.of("1e16", "10000000000000000"),
            List.of("9223372036854774784", "9223372036854774784"),
            List.of("9223372036854775808", "9.223372036854776E18"),
            List.of("1e300", "1.0E300"),
            List.of("-0.0", "-0.0"),
            List.of("21.0", "21"),
            List.of("0.1", "0.1"));

    @Test
    void writesIntegersWithoutExponentInEveryOutput() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("integers")) {
            String sensor = fleet.newSensor();
            String path = "/api/v1/sensors/" + sensor + "/readings";
            String range = path + DAY;
            List<String> written = NUMBERS.stream().map(number -> number.get(1)).toList();
            List<String> events = new ArrayList<>();
            try (EventStream stream = EventStream.open(path + "/stream")) {
                for (int i = 0; i < NUMBERS.size(); i++) {
                    fleet.sendRecord(
                            sensor,
                            "{\"timestamp\":\"2026-01-01T00:00:%02dZ\",\"value\":%s}"
                                    .formatted(i, NUMBERS.get(i).get(0)));
                }
                fleet.awaitStored();
                for (int i = 0; i < NUMBERS.size(); i++) {
                    events.add(value(stream.nextData()));
                }
            }
            assertThat(events).isEqualTo(written);
            try (EventStream replay = EventStream.open(path + "/stream?since=2026-01-01T00:00:00Z")) {
                for (String number : written) {
                    assertThat(value(replay.nextData())).isEqualTo(number);
                }
            }
            assertThat(given().get(range).asString().split("\\{\"timestamp\":"))
                    .hasSize(NUMBERS.size() + 1)
                    .satisfies(parts -> assertThat(List.of(parts).subList(1, parts.length))
                            .extracting(WrittenNumbersTest::value)
                            .isEqualTo(written));
            assertThat(export(range, "application/x-ndjson").lines().map(WrittenNumbersTest::value))
                    .isEqualTo(written);
            assertThat(export(range, "text/csv").lines().skip(1).map(line -> line.substring(line.indexOf(',') + 1)))
                    .isEqualTo(written);
            assertThat(export(range, "application/senml+json").lines().map(line -> line.replaceAll(".*\"v\":", "")
                            .replaceAll("[}\\],]+$", "")))
                    .isEqualTo(written);
            assertThat(export("/api/v1/readings" + DAY + "&sensor=" + sensor, "application/x-ndjson")
                            .lines()
                            .map(WrittenNumbersTest::value))
                    .isEqualTo(written);

            JsonNode page = new ObjectMapper().readTree(given().get(range).asString());
            for (int i = 0; i < NUMBERS.size(); i++) {
                assertThat(page.get("readings").get(i).get("value").doubleValue())
                        .isEqualTo(Double.parseDouble(NUMBERS.get(i).get(0)));
            }
        }
    }

    @Test
    void writesIntegersOfTheNewestReadingAndOfWindows() {
        try (TestFleet fleet = TestFleet.ofType("integers")) {
            String sensor = fleet.newSensor();
            fleet.send(sensor, "2026-01-01T00:00:00Z", 9007199254740994L);
            fleet.awaitStored();

            assertThat(given().get("/api/v1/sensors/" + sensor + "/readings/latest")
                            .asString())
                    .contains("\"value\":9007199254740994,");
            assertThat(given().get("/api/v1/readings/latest?sensor=" + sensor).asString())
                    .contains("\"value\":9007199254740994}");
            assertThat(given().get("/api/v1/sensors/" + sensor + "/aggregates" + DAY
                                    + "&interval=P1D&functions=min,sum,first")
                            .asString())
                    .contains("\"min\":9007199254740994", "\"sum\":9007199254740994", "\"value\":9007199254740994");
        }
    }

    private static String value(String json) {
        return json.replaceAll("(?s).*\"value\":", "").replaceAll("[}\\],].*", "");
    }

    private static String export(String path, String mediaType) {
        return given().accept(mediaType)
                .get(path)
                .then()
                .statusCode(200)
                .extract()
                .asString();
    }
}
