package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Stores years of old measurements that arrive at once. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class BackFillTest {

    private static final Logger log = Logger.getLogger(BackFillTest.class);
    private static final Instant FIRST = Instant.parse("2019-01-01T00:00:00Z");
    private static final Duration STEP = Duration.ofHours(12);
    private static final int YEARS = 2;
    private static final int STEPS = YEARS * 365 * 2;
    private static final int SELDOM = 5;
    private static final int READINGS = STEPS + 2 * STEPS / SELDOM;

    /** One sensor twice a day, two others a fifth as often, so that each reading has its own bucket. */
    @Test
    void storesABackFillOfTwoYears() {
        String type = "back-fill-" + SharedStack.get().nextNumber();
        try (TestFleet fleet = TestFleet.ofType(type)) {
            String often = fleet.newSensor();
            List<String> seldom = List.of(fleet.newSensor(), fleet.newSensor());
            for (int step = 0; step < STEPS; step++) {
                String time = FIRST.plus(STEP.multipliedBy(step)).toString();
                fleet.send(often, time, step, Map.of("unit", "Cel", "site", "loft"));
                if (step % SELDOM == 0) {
                    for (String id : seldom) {
                        fleet.send(id, time, step);
                    }
                }
            }
            fleet.flush();
            long start = System.nanoTime();
            fleet.awaitStored();
            log.infof(
                    "%d readings of years ago stored within %d ms of the last being sent",
                    READINGS, Duration.ofNanos(System.nanoTime() - start).toMillis());

            assertThat(streamed(often)).isEqualTo(every(1));
            for (String id : seldom) {
                assertThat(paged(id)).isEqualTo(every(SELDOM));
                assertThat(latest(id)).isEqualTo(STEPS - SELDOM);
            }
            assertThat(latest(often)).isEqualTo(STEPS - 1);
            // The delay counts from the record time, not from the event time.
            ServiceMetrics metrics = ServiceMetrics.of("http://127.0.0.1:" + RestAssured.port);
            assertThat(metrics.sum("telltale_consumer_lag", "topic", fleet.topic()))
                    .isZero();
            assertThat(metrics.sum("telltale_readings_stored_total", "topic", fleet.topic()))
                    .isEqualTo(READINGS);
            assertThat(metrics.sum("telltale_kafka_to_stored_seconds_sum"))
                    .isBetween(0.0, metrics.sum("telltale_kafka_to_stored_seconds_count") * 3_600);
        }
    }

    private static List<Integer> every(int stride) {
        return IntStream.iterate(0, step -> step < STEPS, step -> step + stride)
                .boxed()
                .toList();
    }

    private static List<Integer> streamed(String id) {
        List<Integer> values = new ArrayList<>();
        given().accept("text/csv")
                .get("/api/v1/sensors/%s/readings?from=2019-01-01T00:00:00Z&to=2024-01-01T00:00:00Z".formatted(id))
                .asString()
                .lines()
                .skip(1)
                .forEach(line -> values.add((int) Double.parseDouble(line.substring(line.indexOf(',') + 1))));
        return values;
    }

    private static List<Integer> paged(String id) {
        List<Integer> values = new ArrayList<>();
        String more = "";
        while (true) {
            JsonPath page = given().get(
                            "/api/v1/sensors/%s/readings?from=2000-01-01T00:00:00Z&to=2025-01-01T00:00:00Z&limit=500%s"
                                    .formatted(id, more))
                    .jsonPath();
            page.<Number>getList("readings.value").forEach(value -> values.add(value.intValue()));
            String next = page.getString("next");
            if (next == null) {
                return values;
            }
            more = "&cursor=" + next;
        }
    }

    private static int latest(String id) {
        return given().get("/api/v1/sensors/%s/readings/latest".formatted(id))
                .jsonPath()
                .<Number>get("value")
                .intValue();
    }
}
