package io.telltale.query;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.sensors.Rfc3339;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares ranges with a sorted map; random readings, in any order, repeated and corrected. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class RangeOracleTest {

    private static final long SEED = 20_260_301;
    private static final int SENSORS = 4;
    private static final int RECORDS = 1_000;
    private static final int RANGES = 60;
    private static final long WEEK_MILLIS = 604_800_000;
    private static final long BUCKET_MILLIS = 900_000;

    private final Random random = new Random(SEED);
    private final Map<String, NavigableMap<Long, Long>> oracle = new TreeMap<>();

    @Test
    void agreesWithASortedMap() {
        try (TestFleet fleet = TestFleet.ofType("query")) {
            for (int i = 0; i < SENSORS; i++) {
                oracle.put(fleet.newSensor(), new TreeMap<>());
            }
            List<String> sensorIds = List.copyOf(oracle.keySet());
            for (long record = 0; record < RECORDS; record++) {
                String sensorId = sensorIds.get(random.nextInt(SENSORS));
                long timestamp = instant(sensorId);
                fleet.send(sensorId, Rfc3339.format(timestamp), record);
                stored(sensorId).put(timestamp, record);
                if (random.nextInt(10) == 0) {
                    fleet.send(sensorId, Rfc3339.format(timestamp), record);
                }
            }
            fleet.awaitStored();
            for (int i = 0; i < RANGES; i++) {
                ask(sensorIds.get(random.nextInt(SENSORS)));
            }
        }
    }

    /** A used instant, one at or near an edge of a bucket, or one within forty years. */
    private long instant(String sensorId) {
        NavigableMap<Long, Long> used = stored(sensorId);
        return switch (random.nextInt(5)) {
            case 0 -> used.isEmpty() ? 0 : List.copyOf(used.keySet()).get(random.nextInt(used.size()));
            case 1 -> random.nextInt(-500, 500) * WEEK_MILLIS + random.nextInt(-1, 2);
            case 2 -> random.nextInt(-500, 500) * BUCKET_MILLIS + random.nextInt(-1, 2);
            case 3 -> random.nextLong(-BUCKET_MILLIS, BUCKET_MILLIS);
            default -> random.nextLong(-1_000 * WEEK_MILLIS, 1_000 * WEEK_MILLIS);
        };
    }

    private void ask(String sensorId) {
        long a = instant(sensorId);
        long b = instant(sensorId);
        long from = Math.min(a, b);
        long to = Math.max(a, b) + random.nextInt(2);
        boolean isDescending = random.nextBoolean();
        NavigableMap<Long, Long> within = stored(sensorId).subMap(from, true, to, false);
        List<String> expected = new ArrayList<>();
        (isDescending ? within.descendingMap() : within)
                .forEach((timestamp, value) -> expected.add(Rfc3339.format(timestamp) + " " + value));
        String query = "/api/v1/sensors/%s/readings?from=%s&to=%s&order=%s"
                .formatted(sensorId, Rfc3339.format(from), Rfc3339.format(to), isDescending ? "desc" : "asc");
        int limit = random.nextBoolean() ? 10_000 : random.nextInt(1 + within.size() / 5, 10 + within.size());
        assertThat(pages(query, limit))
                .as("seed %d, %s, limit %d", SEED, query, limit)
                .isEqualTo(expected);
    }

    private NavigableMap<Long, Long> stored(String sensorId) {
        return Objects.requireNonNull(oracle.get(sensorId));
    }

    private static List<String> pages(String query, int limit) {
        List<String> all = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = given().urlEncodingEnabled(false)
                    .get(query + "&limit=" + limit + cursor)
                    .then()
                    .statusCode(200)
                    .extract()
                    .as(JsonNode.class);
            JsonNode readings = page.get("readings");
            readings.forEach(reading -> all.add(reading.get("timestamp").asText() + " "
                    + reading.get("value").asText()));
            cursor = page.hasNonNull("next") ? "&cursor=" + page.get("next").asText() : "";
            assertThat(cursor.isEmpty() || readings.size() == limit).isTrue();
        } while (!cursor.isEmpty());
        return all;
    }
}
