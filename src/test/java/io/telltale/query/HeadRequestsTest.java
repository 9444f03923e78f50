package io.telltale.query;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.api.RawHttp;
import io.telltale.api.RawHttp.Answer;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import io.vertx.core.http.HttpMethod;
import java.util.Collections;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HEAD responds like GET, without a body, and leaves the connection usable. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class HeadRequestsTest {

    private static final String DAY = "from=2026-02-01T00:00:00Z&to=2026-02-02T00:00:00Z";

    private static TestFleet fleet;
    private static String sensor;

    @BeforeAll
    static void readingsAreStored() {
        fleet = TestFleet.ofType("head");
        sensor = fleet.newSensor();
        for (int i = 0; i < 20; i++) {
            fleet.send(sensor, 1_769_904_000_000L + 1_000L * i, "a value " + i);
        }
        fleet.awaitStored();
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    200 | text/event-stream        | /api/v1/readings/stream
                    200 | text/event-stream        | /api/v1/readings/stream?type=head&mode=latest
                    200 | text/event-stream        | /api/v1/sensors/{id}/readings/stream
                    200 | text/event-stream        | /api/v1/sensors/{id}/readings/stream?since=2026-02-01T00:00:00Z
                    200 | application/json         | /api/v1/sensors/{id}/readings?{day}
                    200 | application/json         | /api/v1/sensors/{id}/readings?{day}&limit=2
                    200 | application/x-ndjson     | /api/v1/sensors/{id}/readings?{day}
                    200 | text/csv                 | /api/v1/sensors/{id}/readings?{day}
                    200 | application/senml+json   | /api/v1/sensors/{id}/readings?{day}
                    200 | application/json         | /api/v1/sensors/{id}/readings/latest
                    200 | application/json         | /api/v1/sensors/{id}/aggregates?{day}&interval=PT1H
                    200 | application/x-ndjson     | /api/v1/sensors/{id}/aggregates?{day}&interval=PT1H&functions=p50
                    200 | application/json         | /api/v1/sensors/{id}/deletions
                    200 | application/json         | /api/v1/sensors/{id}
                    200 | application/json         | /api/v1/sensors
                    200 | application/x-ndjson     | /api/v1/readings?sensor={id}&{day}
                    200 | text/csv                 | /api/v1/readings?type=head&{day}
                    200 | application/json         | /api/v1/readings/latest?sensor={id}
                    200 | application/json         | /api/v1/admin/layouts/head
                    404 | application/problem+json | /api/v1/sensors/never-seen
                    404 | application/problem+json | /api/v1/sensors/never-seen/readings?{day}
                    400 | application/problem+json | /api/v1/readings/stream?since=yesterday
                    400 | application/problem+json | /api/v1/sensors?site=%zz
                    404 | application/problem+json | /nothing
                    200 | application/json         | /q/health/live
                    200 | ''                       | /q/metrics
                    200 | ''                       | /q/openapi
                    200 | text/html                | /q/swagger-ui/
                    200 | text/html                | /
                    200 | text/javascript          | /page/main.js
                    """)
    void respondsLikeGetWithoutABody(int status, String mediaType, String template) throws Exception {
        String path = template.replace("{id}", sensor).replace("{day}", DAY);
        String accept = status == 200 && !mediaType.isEmpty() ? mediaType : "*/*";
        String head = "HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: " + accept + "\r\n\r\n";
        long begin = System.nanoTime();
        String answers = RawHttp.exchange(
                RestAssured.port,
                head + head
                        + "GET /api/v1/sensors/never-seen HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(RawHttp.statuses(answers)).as(answers).containsExactly(status, status, 404);
        assertThat(answers.toLowerCase(Locale.ROOT)).contains("content-type: " + mediaType);
        for (String afterHead :
                answers.substring(0, answers.lastIndexOf("HTTP/1.1 404")).split("\r\n\r\n", -1)) {
            assertThat(afterHead).matches("(?s)(HTTP/1.1 .*)?");
        }
        assertThat(System.nanoTime() - begin).isLessThan(10_000_000_000L);

        for (Answer answer :
                RawHttp.http2(RestAssured.port, HttpMethod.HEAD, Collections.nCopies(2, path), "accept", accept)) {
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.body()).isEmpty();
            assertThat(answer.headers().get("content-type")).startsWith(mediaType);
        }
        if (!mediaType.equals("text/event-stream")) {
            Answer get = RawHttp.http2(RestAssured.port, HttpMethod.GET, path, "accept", accept);
            assertThat(get.status()).isEqualTo(status);
            assertThat(get.headers().get("content-type")).startsWith(mediaType);
            assertThat(get.body()).isNotEmpty();
        }
        assertThat(given().get("/q/health/live").statusCode()).isEqualTo(200);
    }
}
