package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.telltale.api.CursorKey;
import io.telltale.local.LocalStackResource;
import io.telltale.sealing.KeyWrapping;
import io.telltale.security.Caller.Kind;
import io.telltale.security.SecuredClient.Answer;
import io.telltale.settings.CapturedLog;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Streams that a ticket opens, and streams that end with their credential. */
@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class StreamTicketsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String STREAM = "/api/v1/readings/stream";
    private static final ObjectMapper JSON = new ObjectMapper();

    @Inject
    CursorKey cursorKey;

    @Inject
    KeyWrapping keyset;

    /** Of sensors that are not registered, a stream includes all topics, of which the suite has too many for an id. */
    @BeforeEach
    void registerTheSensors() {
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/q/health/ready", Map.of()).status() == 200);
        Map<String, String> admin = bearer(TestCredentials.token("admin"));
        for (String sensor : List.of("tk-a", "tk-b")) {
            String path = "/api/v1/sensors/" + sensor;
            if (SecuredClient.get(path, admin).status() != 200) {
                assertThat(post(admin, "/api/v1/readings", reading(sensor)).status())
                        .isEqualTo(202);
                await().atMost(LIMIT).until(() -> SecuredClient.get(path, admin).status() == 200);
            }
        }
    }

    @AfterEach
    void restoreTheFile() {
        TestCredentials.writeFile(SecuredService.defaultFile());
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/api/v1/sensors", Map.of("X-Api-Key", SecuredService.READER_KEY))
                                .status()
                        == 200);
    }

    private static Answer post(Map<String, String> caller, String path, String body) {
        Map<String, String> headers = new HashMap<>(caller);
        headers.put("Content-Type", "application/json");
        return SecuredClient.send("POST", path, headers, body);
    }

    private static String ticket(Map<String, String> caller, String query) {
        Answer answer = post(caller, "/api/v1/stream-tickets", query);
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        JsonNode json = answer.json();
        Instant expires = Instant.parse(json.get("expires").asText());
        assertThat(expires).isBetween(Instant.now(), Instant.now().plus(Duration.ofHours(25)));
        return json.get("ticket").asText();
    }

    @Test
    void opensTheStreamItWasIssuedFor() {
        String ticket =
                ticket(bearer(TestCredentials.token("reader")), "{\"sensor\":[\"tk-a\",\"tk-b\"],\"mode\":\"latest\"}");
        String query = STREAM + "?sensor=tk-b&mode=latest&sensor=tk-a";
        assertThat(SecuredClient.get(query + "&ticket=" + ticket, Map.of()).status())
                .isEqualTo(200);
        assertThat(SecuredClient.get(query + "&ticket=" + ticket, Map.of()).status())
                .as("again")
                .isEqualTo(200);
        assertThat(SecuredClient.get(STREAM + "?sensor=tk-a&ticket=" + ticket, Map.of())
                        .problem(401, "unauthenticated"))
                .contains("other parameters");
        assertThat(SecuredClient.get(query + "&ticket=" + ticket, bearer(TestCredentials.token("reader")))
                        .problem(401, "unauthenticated"))
                .contains("several credentials");
        for (String path : List.of(
                "/api/v1/sensors?ticket=",
                "/api/v1/sensors/tk-a/readings?ticket=",
                "/api/v1//readings/stream?ticket=")) {
            SecuredClient.get(path + ticket, Map.of()).problem(401, "unauthenticated");
        }
        char last = ticket.charAt(ticket.length() - 5);
        String forged = ticket.substring(0, ticket.length() - 5)
                + (last == 'A' ? 'B' : 'A')
                + ticket.substring(ticket.length() - 4);
        assertThat(SecuredClient.get(query + "&ticket=" + forged, Map.of()).problem(401, "unauthenticated"))
                .startsWith("the ticket is not valid")
                .doesNotContain(forged.substring(0, 20));
    }

    @Test
    void opensTheStreamOfOneSensor() {
        String ticket = ticket(Map.of("X-Api-Key", SecuredService.READER_KEY), "{\"sensor\":\"tk-a\"}");
        assertThat(SecuredClient.get("/api/v1/sensors/tk-a/readings/stream?ticket=" + ticket, Map.of())
                        .status())
                .isEqualTo(200);
        SecuredClient.get("/api/v1/sensors/tk-b/readings/stream?ticket=" + ticket, Map.of())
                .problem(401, "unauthenticated");
    }

    @Test
    void refusesWhatTheStreamWouldRefuse() {
        Map<String, String> caller = bearer(TestCredentials.token("reader"));
        for (String body : List.of(
                "{\"colour\":\"red\"}",
                "{\"sensor\":\"?\"}",
                "{\"mode\":\"some\"}",
                "{\"since\":\"soon\"}",
                "{\"ticket\":\"x\"}",
                "[]",
                "{")) {
            assertThat(post(caller, "/api/v1/stream-tickets", body).status())
                    .as(body)
                    .isEqualTo(400);
        }
    }

    @Test
    void resumesAfterAMinuteByAnEventIdOnly() throws Exception {
        long now = System.currentTimeMillis();
        String used = signed(now - 1, now + 60_000);
        assertThat(SecuredClient.get(STREAM + "?sensor=tk-a&ticket=" + used, Map.of())
                        .problem(401, "unauthenticated"))
                .contains("not used within 60 s");
        String fresh = ticket(bearer(TestCredentials.token("reader")), "{\"sensor\":\"tk-a\"}");
        String id;
        try (Events events = new Events(STREAM + "?sensor=tk-a&ticket=" + fresh, Map.of())) {
            id = events.next("id: ").substring(4);
        }
        assertThat(SecuredClient.get(STREAM + "?sensor=tk-a&ticket=" + used, Map.of("Last-Event-ID", id))
                        .status())
                .isEqualTo(200);
        assertThat(SecuredClient.get(STREAM + "?sensor=tk-a&lastEventId=" + id + "&ticket=" + used, Map.of())
                        .status())
                .isEqualTo(200);
        String ended = signed(now - 1, now - 1);
        assertThat(SecuredClient.get(STREAM + "?sensor=tk-a&ticket=" + ended, Map.of("Last-Event-ID", id))
                        .problem(401, "unauthenticated"))
                .contains("expired");
    }

    private String signed(long firstUseMillis, long endMillis) {
        long query = StreamRequest.fingerprint(Map.of("sensor", List.of("tk-a")));
        TicketText ticket = new TicketText(
                Kind.TOKEN, firstUseMillis, endMillis, query, "test", "{}".getBytes(StandardCharsets.UTF_8));
        return Objects.requireNonNull(ticket.signed(requireNonNull(keyset.bound(cursorKey.bytes()))));
    }

    @Test
    void aTicketOfAServiceWithoutSecurityIsNotAccepted() {
        long now = System.currentTimeMillis();
        TicketText ticket = new TicketText(
                Kind.ANONYMOUS,
                now + 60_000,
                now + 60_000,
                StreamRequest.fingerprint(Map.of()),
                "",
                "{}".getBytes(StandardCharsets.UTF_8));
        SecuredClient.get(
                        STREAM + "?ticket=" + ticket.signed(requireNonNull(keyset.bound(cursorKey.bytes()))), Map.of())
                .problem(401, "unauthenticated");
    }

    @Test
    void limitsTheStreamToTheScopeOfItsCaller() throws Exception {
        String scoped = TestCredentials.scoped("{\"sensors\":[\"tk-in*\"]}", "reader");
        String ticket = ticket(bearer(scoped), "{\"type\":\"tickets\"}");
        try (Events events = new Events(STREAM + "?type=tickets&ticket=" + ticket, Map.of())) {
            events.next("id: ");
            for (String id : List.of("tk-out", "tk-in")) {
                assertThat(post(bearer(TestCredentials.token("admin")), "/api/v1/readings", reading(id))
                                .status())
                        .isEqualTo(202);
            }
            assertThat(events.next("data: ")).contains("tk-in");
        }
    }

    private static String reading(String id) {
        return "{\"sensorId\":\"%s\",\"type\":\"tickets\",\"timestamp\":%d,\"value\":1}"
                .formatted(id, System.currentTimeMillis());
    }

    @Test
    void endsWithTheCredential() throws Exception {
        Map<String, Object> claims = TestCredentials.claims("reader");
        claims.put("exp", System.currentTimeMillis() / 1_000 + 4);
        Map<String, String> caller = bearer(TestCredentials.signed(claims));
        String ticket = ticket(caller, "{\"sensor\":\"tk-a\"}");
        try (Events byToken = new Events(STREAM + "?sensor=tk-a", caller);
                Events byTicket = new Events(STREAM + "?sensor=tk-a&ticket=" + ticket, Map.of())) {
            assertThat(byToken.goodbye()).isEqualTo("credential-expired");
            assertThat(byTicket.goodbye()).isEqualTo("credential-expired");
        }
        SecuredClient.get(STREAM + "?sensor=tk-a&ticket=" + ticket, Map.of()).problem(401, "unauthenticated");
    }

    /** One key is removed, one loses its role, one has a narrower scope, and one stays. */
    @Test
    void endsWhenTheEntryOfAnApiKeyChanges() throws Exception {
        Map<String, String> kept = Map.of("X-Api-Key", SecuredService.READER_KEY);
        List<String> keys = List.of("key-removed", "key-demoted", "key-narrowed");
        List<ObjectNode> before = new ArrayList<>();
        before.add(TestCredentials.entry("reader", SecuredService.READER_KEY, "reader"));
        keys.forEach(key -> before.add(TestCredentials.entry(key, key, "reader")));
        TestCredentials.writeFile(TestCredentials.file(before.toArray(new ObjectNode[0])));
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/api/v1/sensors", Map.of("X-Api-Key", "key-removed"))
                                .status()
                        == 200);
        List<Events> streams = new ArrayList<>();
        try (Events other = new Events(STREAM + "?sensor=tk-a", kept)) {
            String removed = ticket(Map.of("X-Api-Key", "key-removed"), "{\"sensor\":\"tk-a\"}");
            String narrowed = ticket(Map.of("X-Api-Key", "key-narrowed"), "{\"sensor\":\"tk-a\"}");
            streams.add(new Events(STREAM + "?sensor=tk-a&ticket=" + removed, Map.of()));
            for (String key : keys) {
                streams.add(new Events(STREAM + "?sensor=tk-a", Map.of("X-Api-Key", key)));
            }
            ObjectNode scoped = TestCredentials.entry("key-narrowed", "key-narrowed", "reader");
            scoped.set("scope", JSON.readTree("{\"sensors\":[\"tk-a\"]}"));
            TestCredentials.writeFile(TestCredentials.file(
                    before.get(0), TestCredentials.entry("key-demoted", "key-demoted", "writer"), scoped));
            for (Events stream : streams) {
                assertThat(stream.goodbye()).isEqualTo("credential-revoked");
            }
            assertThat(SecuredClient.get(STREAM + "?sensor=tk-a&ticket=" + removed, Map.of())
                            .problem(401, "unauthenticated"))
                    .contains("was removed");
            assertThat(SecuredClient.get(STREAM + "?sensor=tk-a&ticket=" + narrowed, Map.of())
                            .status())
                    .as("with the scope that the key has now")
                    .isEqualTo(200);
            for (int heartbeat = 0; heartbeat < 4; heartbeat++) {
                assertThat(other.next(": ")).as("still open").isNotEmpty();
            }
        } finally {
            for (Events stream : streams) {
                stream.close();
            }
        }
    }

    @Test
    void audits() throws Exception {
        Map<String, String> admin = bearer(TestCredentials.token("admin"));
        Map<String, String> scoped = bearer(TestCredentials.scoped("{\"sensors\":[\"tk-in*\"]}", "writer"));
        assertThat(post(admin, "/api/v1/readings", reading("tk-in")).status()).isEqualTo(202);
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/api/v1/sensors/tk-in", admin).status() == 200);
        try (CapturedLog log = CapturedLog.ofCategory(AuditLog.CATEGORY)) {
            Map<String, String> headers = new HashMap<>(admin);
            headers.put("Content-Type", "application/json");
            SecuredClient.send("PUT", "/api/v1/sensors/tk-in", headers, "{\"name\":\"a\"}");
            SecuredClient.send("DELETE", "/api/v1/sensors/tk-in/readings?from=now-9h&to=now-8h", admin, "");
            SecuredClient.send("POST", "/api/v1/admin/layouts/tickets?shards=0&bucket=PT1H", admin, "");
            SecuredClient.get("/api/v1/dead-letters", scoped).problem(403, "forbidden");
            SecuredClient.get("/api/v1/sensors/%0a%22x?ticket=secret", Map.of()).problem(401, "unauthenticated");
            assertThat(post(scoped, "/api/v1/readings", "[" + reading("tk-out") + "," + reading("tk-in") + "]")
                            .status())
                    .isEqualTo(202);
            // The record of a request follows its answer.
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(ofRequests(log)).hasSize(6));
            SecuredClient.get("/q/metrics", scoped).problem(403, "forbidden");
            SecuredClient.get("/api/v1/sensors/tk-in", admin);
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(ofRequests(log)).hasSize(7));
            List<JsonNode> lines = ofRequests(log);
            assertThat(lines.stream()
                            .map(line -> "%s %s %s %s"
                                    .formatted(
                                            line.get("outcome").asText(),
                                            line.path("caller").asText("-"),
                                            line.get("status").asText(),
                                            line.get("target").asText()))
                            .toList())
                    .containsExactly(
                            "done token:test 200 /api/v1/sensors/tk-in",
                            "done token:test 204 /api/v1/sensors/tk-in/readings?from=now-9h&to=now-8h",
                            "failed token:test 400 /api/v1/admin/layouts/tickets?shards=0&bucket=PT1H",
                            "refused token:test 403 /api/v1/dead-letters",
                            "refused - 401 /api/v1/sensors/%0a%22x",
                            "refused token:test 202 /api/v1/readings",
                            "refused token:test 403 /q/metrics");
            assertThat(lines.get(1).get("operation").asText()).isEqualTo("DELETE /api/v1/sensors/{id}/readings");
            assertThat(lines.get(5).get("elements").asInt()).isEqualTo(1);
            assertThat(lines.get(5).get("firstSensor").asText()).isEqualTo("tk-out");
        }
    }

    /** Without those of the key file, which other tests change. */
    private static List<JsonNode> ofRequests(CapturedLog log) throws Exception {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : log.lines()) {
            JsonNode json = JSON.readTree(line);
            if (json.has("method")) {
                lines.add(json);
            }
        }
        return lines;
    }

    @Test
    void aScriptReadsRefusalsAndNeedsNoCredentialForAPreflight() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest.Builder refused = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + RestAssured.port + STREAM))
                .header("Origin", SecuredService.ORIGIN);
        var response = client.send(refused.build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).contains(SecuredService.ORIGIN);
        assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(response.headers().firstValue("Referrer-Policy")).contains("no-referrer");
        HttpRequest preflight = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + RestAssured.port + "/api/v1/stream-tickets"))
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .header("Origin", SecuredService.ORIGIN)
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "authorization,content-type")
                .build();
        response = client.send(preflight, BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
                .contains("authorization");
    }

    /** An open stream. */
    private static final class Events implements Closeable {

        private final InputStream body;
        private final BufferedReader lines;

        Events(String target, Map<String, String> headers) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + RestAssured.port + target))
                    .timeout(LIMIT);
            headers.forEach(request::header);
            var response = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(200);
            body = response.body();
            lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        }

        /** The next line that begins with a text. */
        String next(String start) throws Exception {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(start)) {
                    return line;
                }
            }
            throw new AssertionError("the stream ended without " + start);
        }

        /** The reason of the goodbye, with which the stream ends. */
        String goodbye() throws Exception {
            next("event: goodbye");
            String reason =
                    JSON.readTree(next("data: ").substring(6)).get("reason").asText();
            while (lines.readLine() != null) {
                // Ends soon.
            }
            return reason;
        }

        @Override
        public void close() throws IOException {
            body.close();
        }
    }
}
