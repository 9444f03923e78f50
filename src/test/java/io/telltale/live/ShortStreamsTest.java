package io.telltale.live;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.api.RawHttp;
import io.telltale.api.RawHttp.Answer;
import io.telltale.fleet.TestFleet;
import io.telltale.ingest.ServiceMetrics;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SmallLimits;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Streams that open and close often, so that the tail ends and restarts. */
@Tag("servers")
@QuarkusTest
@TestProfile(SmallLimits.class)
@WithTestResource(LocalStackResource.class)
class ShortStreamsTest {

    @Test
    void sendsHeartbeatsOnAQuietStream() throws Exception {
        try (EventStream stream = EventStream.open("/api/v1/readings/stream?sensor=unknown")) {
            assertThat(stream.nextComment(Duration.ofSeconds(1))).isEqualTo(" watching");
            for (int beat = 0; beat < 3; beat++) {
                assertThat(stream.nextComment(Duration.ofSeconds(10))).isEqualTo(" ");
            }
        }
    }

    /** The tail ends with the last stream, and the next stream may open while it ends. */
    @Test
    void missesNothingWhenTheTailRestarts() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("live")) {
            String sensorId = fleet.newSensor();
            for (int i = 0; i < 40; i++) {
                try (EventStream stream = EventStream.open("/api/v1/readings/stream?sensor=" + sensorId)) {
                    fleet.send(sensorId, "2026-03-01T12:00:00Z", i);
                    fleet.flush();
                    assertThat(stream.nextData()).contains("\"value\":" + i + "}");
                }
            }
        }
    }

    @Test
    void limitsTheStreamsOfAnAddress() throws Exception {
        String path = "/api/v1/readings/stream?sensor=unknown";
        List<EventStream> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            streams.add(EventStream.open(path));
        }
        Response refused = given().get(path);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).isNotBlank();
        assertThat(refused.jsonPath().getString("detail")).contains("127.0.0.1", "subscribers-per-address=4");
        streams.remove(0).close();
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> streams.add(EventStream.open(path)));
        for (EventStream stream : streams) {
            stream.close();
        }
    }

    /** More than four: none of them takes a permit for longer than its response. */
    @Test
    void leavesNoSubscriberBehindAHeadRequest() throws Exception {
        List<String> paths = Collections.nCopies(6, "/api/v1/readings/stream?sensor=unknown");
        String requests = paths.stream()
                .map("HEAD %s HTTP/1.1\r\nHost: localhost\r\n\r\n"::formatted)
                .collect(Collectors.joining());
        String answers = RawHttp.exchange(
                RestAssured.port,
                requests + "GET /q/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(RawHttp.statuses(answers)).hasSize(7).containsOnly(200);
        assertThat(answers).contains("text/event-stream").doesNotContain("retry:");
        for (Answer answer : RawHttp.http2(RestAssured.port, HttpMethod.HEAD, paths)) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.headers()).containsEntry("content-type", "text/event-stream");
            assertThat(answer.body()).isEmpty();
        }
        await().atMost(Duration.ofSeconds(10))
                .until(() -> ServiceMetrics.of("http://localhost:" + RestAssured.port)
                                .sum("telltale_live_subscribers")
                        == 0);
        try (EventStream stream = EventStream.open(paths.get(0))) {
            assertThat(stream.nextComment(Duration.ofSeconds(10))).isEqualTo(" watching");
        }
    }

    @Test
    void refusesToReplayTooManyReadings() throws Exception {
        try (TestFleet fleet = TestFleet.ofType("live")) {
            String sensorId = fleet.newSensor();
            for (int i = 0; i < 21; i++) {
                fleet.send(sensorId, "2026-03-01T12:00:%02dZ".formatted(i), i);
            }
            fleet.awaitStored();
            String path = "/api/v1/sensors/" + sensorId + "/readings/stream?since=";
            Response refused = given().get(path + "2026-03-01T12:00:00Z");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.jsonPath().getString("detail")).contains("since", "20 readings");
            try (EventStream stream = EventStream.open(path + "2026-03-01T12:00:01Z")) {
                for (int i = 1; i < 21; i++) {
                    assertThat(stream.nextData()).contains("\"value\":" + i + "}");
                }
                assertThat(stream.next().name()).isEqualTo("caught-up");
            }
        }
    }
}
