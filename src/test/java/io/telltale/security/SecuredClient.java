package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.RestAssured;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Sends requests with credentials to the service of a test. */
final class SecuredClient {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private SecuredClient() {}

    /** A response; of a stream of events, its first bytes. */
    record Answer(int status, String contentType, List<String> challenges, HttpHeaders headers, String body) {

        String retryAfter() {
            return headers.firstValue("Retry-After").orElse("");
        }

        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(body, e);
            }
        }

        /** The detail, if this is a problem with a code. */
        String problem(int expectedStatus, String code) {
            assertThat(status).as(body).isEqualTo(expectedStatus);
            assertThat(contentType).isEqualTo("application/problem+json");
            assertThat(json().get("type").asText()).isEqualTo("urn:telltale:problem:" + code);
            return json().get("detail").asText();
        }
    }

    static Map<String, String> bearer(String token) {
        return Map.of("Authorization", "Bearer " + token);
    }

    static Answer get(String target, Map<String, String> headers) {
        return send("GET", target, headers, "");
    }

    /** The lines of a stream until it has caught up; a response that is no stream fails. */
    static List<String> replay(String target, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + RestAssured.port + target))
                .timeout(LIMIT);
        headers.forEach(request::header);
        List<String> received = new ArrayList<>();
        long begin = System.nanoTime();
        try {
            HttpResponse<InputStream> response = CLIENT.send(request.build(), BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).as(target).isEqualTo(200);
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.equals("event: caught-up")) {
                        return received;
                    }
                    received.add(line);
                    // Heartbeats are lines, so a stream that does not catch up fails, too.
                    assertThat(Duration.ofNanos(System.nanoTime() - begin))
                            .as(target)
                            .isLessThan(LIMIT);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        throw new AssertionError("the stream ended after " + received);
    }

    /** The data of the events of a stream until it has caught up. */
    static List<String> replayedData(String target, Map<String, String> headers) {
        return replay(target, headers).stream()
                .filter(line -> line.startsWith("data: "))
                .toList();
    }

    static Answer send(String method, String target, Map<String, String> headers, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + RestAssured.port + target))
                .timeout(LIMIT)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        headers.forEach(request::header);
        try {
            HttpResponse<InputStream> response = CLIENT.send(request.build(), BodyHandlers.ofInputStream());
            String contentType = response.headers().firstValue("Content-Type").orElse("");
            return new Answer(
                    response.statusCode(),
                    contentType,
                    response.headers().allValues("WWW-Authenticate"),
                    response.headers(),
                    received(response.body(), contentType));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String received(InputStream body, String contentType) throws IOException {
        try (body) {
            if (!contentType.startsWith("text/event-stream")) {
                return new String(body.readAllBytes(), StandardCharsets.UTF_8);
            }
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int next = body.read(); next >= 0 && next != '\n'; next = body.read()) {
                line.write(next);
            }
            return line.toString(StandardCharsets.UTF_8);
        }
    }
}
