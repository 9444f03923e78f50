package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.telltale.api.ApiDocument;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SmallLimits;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scripts of another origin, which {@link SmallLimits} allows by the one setting {@code quarkus.http.cors.origins}. */
@Tag("servers")
@QuarkusTest
@TestProfile(SmallLimits.class)
@WithTestResource(LocalStackResource.class)
class CorsTest {

    /** Before readiness, requests that need Cassandra are a 503. */
    @BeforeEach
    void theServiceIsStarted() {
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        send("GET", "/q/health/started", SmallLimits.ORIGIN).statusCode() == 200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/sensors, 200",
        "GET, /api/v1/readings?sensor=never-seen, 200",
        "GET, /api/v1/readings/stream?sensor=never-seen, 200",
        "GET, /api/v1/sensors/never-seen/readings, 404",
        "GET, /api/v1/sensors?colour=red, 400",
        "GET, /api/v1/nothing, 404",
        "PUT, /api/v1/sensors, 405"
    })
    void aScriptReadsResponsesStreamsAndErrors(String method, String path, int status) throws Exception {
        HttpResponse<InputStream> response = send(method, path, SmallLimits.ORIGIN);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(header(response, "Access-Control-Allow-Origin")).isEqualTo(SmallLimits.ORIGIN);
        assertThat(Set.of(header(response, "Access-Control-Expose-Headers").split(",\\s*")))
                .containsAll(documentedHeaders())
                .contains("Allow");
    }

    /** The headers of all responses in the document. */
    private static Set<String> documentedHeaders() {
        Set<String> names = new TreeSet<>();
        JsonNode document = ApiDocument.committed().tree();
        for (JsonNode responses : document.findValues("responses")) {
            for (JsonNode response : responses) {
                response.path("headers").fieldNames().forEachRemaining(names::add);
            }
        }
        assertThat(names).contains("Link", "Retry-After", "telltale-complete");
        return names;
    }

    @Test
    void aScriptMaySendAnyMethodAndHeader() throws Exception {
        HttpRequest preflight = request("OPTIONS", "/api/v1/sensors/a", SmallLimits.ORIGIN)
                .header("Access-Control-Request-Method", "PUT")
                .header("Access-Control-Request-Headers", "content-type,last-event-id")
                .build();
        HttpResponse<InputStream> response = HttpClient.newHttpClient().send(preflight, BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Access-Control-Allow-Origin")).isEqualTo(SmallLimits.ORIGIN);
        assertThat(header(response, "Access-Control-Allow-Methods")).contains("PUT");
        assertThat(header(response, "Access-Control-Allow-Headers")).contains("last-event-id");
    }

    @Test
    void anotherOriginIsRefused() throws Exception {
        HttpResponse<InputStream> response = send("GET", "/api/v1/sensors", "https://other.example");
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(header(response, "Access-Control-Allow-Origin")).isEmpty();
    }

    private static HttpResponse<InputStream> send(String method, String path, String origin) throws Exception {
        HttpResponse<InputStream> response =
                HttpClient.newHttpClient().send(request(method, path, origin).build(), BodyHandlers.ofInputStream());
        // A stream of events would not end.
        response.body().close();
        return response;
    }

    private static HttpRequest.Builder request(String method, String path, String origin) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path))
                .method(method, BodyPublishers.noBody())
                .header("Origin", origin);
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }
}
