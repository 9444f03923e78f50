package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON documents with lists are compressed as streams are; {@link ReadingStreamsTest} checks those. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class GzippedDocumentsTest {

    private static final String DAY = "from=2026-02-01T00:00:00Z&to=2026-02-02T00:00:00Z";

    private static TestFleet fleet;
    private static String sensor;

    @BeforeAll
    static void readingsAreStored() {
        fleet = TestFleet.ofType("zipped");
        sensor = fleet.newSensor();
        for (int i = 0; i < 2_000; i++) {
            fleet.send(sensor, 1_769_904_000_000L + 1_000L * i, i);
        }
        fleet.awaitStored();
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/sensors/{id}/readings?{day}",
                "/api/v1/sensors/{id}/readings?{day}&limit=2",
                "/api/v1/sensors/{id}/readings?from=0&to=0",
                "/api/v1/sensors?type=zipped",
                "/api/v1/sensors?type=nothing",
                "/api/v1/readings/latest?type=zipped",
                "/api/v1/sensors/{id}/deletions",
                "/api/v1/dead-letters?topic=sensors.zipped",
                "/api/v1/sensors/{id}/aggregates?{day}&interval=PT1H"
            })
    void compressesAListForClientsThatAcceptGzip(String template) throws Exception {
        String path = template.replace("{id}", sensor).replace("{day}", DAY);
        HttpResponse<byte[]> plain = get(path, null);
        assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(String.join(", ", plain.headers().allValues("Vary"))).contains("Accept-Encoding");
        HttpResponse<byte[]> zipped = get(path, "gzip");
        assertThat(zipped.statusCode()).isEqualTo(200);
        assertThat(zipped.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(zipped.headers().firstValue("Content-Type"))
                .isEqualTo(plain.headers().firstValue("Content-Type"));
        assertThat(zipped.headers().allValues("Vary")).isEqualTo(plain.headers().allValues("Vary"));
        assertThat(zipped.headers().allValues("Link")).isEqualTo(plain.headers().allValues("Link"));
        assertThat(withoutCheckTime(unzipped(zipped))).isEqualTo(withoutCheckTime(plain.body()));
    }

    @Test
    void makesALongPageSmaller() throws Exception {
        String path = "/api/v1/sensors/" + sensor + "/readings?limit=2000&" + DAY;
        assertThat(get(path, "gzip").body().length).isLessThan(get(path, null).body().length / 5);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    gzip                         | true
                    GZIP                         | true
                    deflate, gzip;q=1.0, *;q=0.5 | true
                    *                            | true
                    gzip;q=0, *                  | false
                    br                           | false
                    identity                     | false
                    """)
    void obeysAcceptEncoding(String acceptEncoding, boolean isGzipped) throws Exception {
        for (String path :
                new String[] {"/api/v1/sensors?type=zipped", "/api/v1/sensors/" + sensor + "/readings?" + DAY}) {
            assertThat(get(path, acceptEncoding).headers().firstValue("Content-Encoding"))
                    .isEqualTo(isGzipped ? Optional.of("gzip") : Optional.empty());
        }
    }

    @Test
    void compressesNoProblem() throws Exception {
        HttpResponse<byte[]> problem = get("/api/v1/sensors?limit=0", "gzip");
        assertThat(problem.statusCode()).isEqualTo(400);
        assertThat(problem.headers().firstValue("Content-Encoding")).isEmpty();
    }

    private static HttpResponse<byte[]> get(String path, @Nullable String acceptEncoding) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path));
        if (acceptEncoding != null) {
            request.header("Accept-Encoding", acceptEncoding);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofByteArray());
    }

    private static byte[] unzipped(HttpResponse<byte[]> answer) throws Exception {
        return new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes();
    }

    /** {@code ingestedThrough} of an idle topic is the time of the check. */
    private static String withoutCheckTime(byte[] body) {
        return new String(body, StandardCharsets.UTF_8).replaceAll("\"ingestedThrough\":\\{[^}]*}", "");
    }
}
