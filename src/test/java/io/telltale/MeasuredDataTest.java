package io.telltale;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.simulate.Replay;
import io.telltale.simulate.Speed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Four years of measured weather, sent to Kafka and asked for again: every value comes back as it was measured. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class MeasuredDataTest {

    private static final Path WEATHER = Path.of("src/test/resources/measured/seattle-weather.csv");
    private static final String ALL_YEARS = "?from=2011-01-01T00:00:00Z&to=2017-01-01T00:00:00Z";

    @Test
    void everyMeasuredValueIsReadBack() throws IOException {
        Map<String, Map<String, Double>> measured = measured();
        assertThat(measured).hasSize(4).allSatisfy((sensor, values) -> assertThat(values)
                .hasSize(1_461));

        new Replay(WEATHER, Speed.MAX, Clock.systemUTC())
                .sendTo(SharedStack.get().kafka().bootstrapServers(), null);

        // On a busy machine a response may break off, because a page took longer than the store's timeout.
        measured.forEach((sensor, values) -> await().atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(500))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(stored(sensor)).isEqualTo(values)));
    }

    /** By sensor, then by timestamp. */
    private static Map<String, Map<String, Double>> measured() throws IOException {
        return Files.readAllLines(WEATHER).stream()
                .skip(1)
                .map(line -> line.split(","))
                .collect(Collectors.groupingBy(
                        row -> row[0],
                        TreeMap::new,
                        Collectors.toMap(
                                row -> inMilliseconds(row[2]),
                                row -> Double.parseDouble(row[3]),
                                (a, b) -> b,
                                LinkedHashMap::new)));
    }

    private static String inMilliseconds(String timestamp) {
        return OffsetDateTime.parse(timestamp)
                .toInstant()
                .plusMillis(1)
                .toString()
                .replace(".001Z", ".000Z");
    }

    private static Map<String, Double> stored(String sensor) {
        String csv = given().header("Accept", "text/csv")
                .get("/api/v1/sensors/" + sensor + "/readings" + ALL_YEARS)
                .then()
                .statusCode(200)
                .extract()
                .asString();
        assertThat(csv).startsWith("timestamp,value\r\n");
        return csv.lines()
                .skip(1)
                .map(line -> line.split(","))
                .collect(Collectors.toMap(
                        row -> row[0], row -> Double.parseDouble(row[1]), (a, b) -> b, LinkedHashMap::new));
    }
}
