package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.telltale.local.LocalStackResource;
import io.telltale.security.SecuredClient.Answer;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a caller may not see does not exist for that caller: in lists, ranges, streams, and for changes. */
@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class ScopedCallersTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TYPE = "scoped";
    private static final String OTHER_TYPE = "scoped-other";
    private static final String NEW_TYPE = "scoped-new";

    /** Six sensors: scin-0 to scin-2 are within every scope below, scout-0 to scout-2 are not. */
    private static final List<String> INSIDE = List.of("scin-0", "scin-1", "scin-2");

    private static final List<String> OUTSIDE = List.of("scout-0", "scout-1", "scout-2");

    private static final List<String> SCOPES = List.of(
            "{\"sensors\":[\"scin-*\"]}",
            "{\"sites\":[\"scope-inside\"],\"types\":[\"scoped\"]}",
            "{\"sites\":[\"scope-ins*\"],\"types\":[\"scop*\"],\"sensors\":[\"scin-0\",\"scin-*\"]}");

    private static final Map<String, String> EVERYONE = bearer(TestCredentials.token("admin"));

    /** Of the state: they count the readings of all sensors. */
    private static final List<String> COUNTERS = List.of("received", "stored", "rejected", "live");

    private static boolean isStored;

    @BeforeEach
    void sensorsAreStored() {
        if (isStored) {
            return;
        }
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/q/health/ready", Map.of()).status() == 200);
        INSIDE.forEach(id -> assertThat(
                        post(EVERYONE, reading(id, TYPE, "scope-inside")).status())
                .isEqualTo(202));
        OUTSIDE.forEach(id -> assertThat(
                        post(EVERYONE, reading(id, TYPE, "scope-outside")).status())
                .isEqualTo(202));
        // A sensor is registered before its reading is stored.
        for (String list : List.of("/api/v1/sensors", "/api/v1/readings/latest")) {
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(ids(SecuredClient.get(list + "?type=" + TYPE, EVERYONE)))
                            .containsAll(INSIDE)
                            .containsAll(OUTSIDE));
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(ids(SecuredClient.get(list + "?site=scope-inside", EVERYONE)))
                            .containsAll(INSIDE));
        }
        isStored = true;
    }

    private static String reading(String id, String type, String site) {
        return "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":%d,\"value\":1,\"site\":\"%s\"}"
                .formatted(id, type, System.currentTimeMillis(), site);
    }

    private static Answer post(Map<String, String> caller, String body) {
        Map<String, String> headers = new HashMap<>(caller);
        headers.put("Content-Type", "application/json");
        return SecuredClient.send("POST", "/api/v1/readings", headers, body);
    }

    private static List<String> ids(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        List<String> ids = new ArrayList<>();
        answer.json().findValues("sensorId").forEach(id -> ids.add(id.asText()));
        return ids;
    }

    @Test
    void listsAndPagesHaveNoTraceOfOthers() {
        for (String scope : SCOPES) {
            Map<String, String> caller = bearer(TestCredentials.scoped(scope, "reader"));
            for (String list : List.of("/api/v1/sensors", "/api/v1/readings/latest")) {
                for (String filter : List.of("type=" + TYPE + "&", "site=scope-inside&", "")) {
                    assertThat(ids(SecuredClient.get(list + "?" + filter + "limit=3", caller)))
                            .as(scope)
                            .containsExactlyInAnyOrderElementsOf(INSIDE);
                    List<String> found = new ArrayList<>();
                    String next = "";
                    do {
                        Answer page = SecuredClient.get(list + "?" + filter + "limit=1" + next, caller);
                        assertThat(ids(page)).hasSize(1);
                        found.addAll(ids(page));
                        JsonNode cursor = page.json().get("next");
                        next = cursor == null ? "" : "&cursor=" + cursor.asText();
                    } while (!next.isEmpty());
                    assertThat(found).as(scope).containsExactlyInAnyOrderElementsOf(INSIDE);
                }
                assertThat(ids(SecuredClient.get(list + "?site=scope-outside", caller)))
                        .isEmpty();
            }
        }
    }

    @Test
    void manySensorsSkipsOthers() {
        for (String scope : SCOPES) {
            Map<String, String> caller = bearer(TestCredentials.scoped(scope, "reader"));
            for (String query : List.of("type=" + TYPE, "sensor=scin-0&sensor=scout-0&sensor=scin-1&sensor=scin-2")) {
                String body = SecuredClient.get("/api/v1/readings?format=ndjson&" + query, caller)
                        .body();
                assertThat(body).as(scope).contains(INSIDE).doesNotContain("scout-");
                assertThat(ids(SecuredClient.get("/api/v1/readings/latest?" + query, caller)))
                        .as(scope)
                        .containsExactlyInAnyOrderElementsOf(INSIDE);
            }
        }
    }

    @Test
    void aggregatesAndFilterValuesHaveNoTraceOfOthers() {
        label("scin-0", "inside");
        label("scout-0", "outside");
        for (String scope : SCOPES) {
            Map<String, String> caller = bearer(TestCredentials.scoped(scope, "reader"));
            String aggregates = "/api/v1/aggregates?type=" + TYPE + "&from=now-1d&interval=1d&functions=count";
            assertThat(ids(SecuredClient.get(aggregates, caller)))
                    .as(scope)
                    .containsExactlyInAnyOrderElementsOf(INSIDE);
            assertThat(groups(SecuredClient.get(aggregates + "&by=site", caller)))
                    .as(scope)
                    .containsExactly("scope-inside");
            assertThat(values("/api/v1/sites", caller)).as(scope).containsExactly("scope-inside");
            assertThat(values("/api/v1/types", caller)).as(scope).containsExactly(TYPE);
            assertThat(values("/api/v1/labels", caller)).as(scope).containsExactly("scoped-label");
            assertThat(values("/api/v1/labels/scoped-label", caller)).as(scope).containsExactly("inside");
            assertThat(ids(SecuredClient.get("/api/v1/sensors?label.scoped-label=outside", caller)))
                    .as(scope)
                    .isEmpty();
        }
        await().atMost(LIMIT).untilAsserted(() -> assertThat(values("/api/v1/labels/scoped-label", EVERYONE))
                .containsExactly("inside", "outside"));
    }

    private static void label(String id, String value) {
        Map<String, String> headers = new HashMap<>(EVERYONE);
        headers.put("Content-Type", "application/json");
        String body = "{\"labels\":{\"scoped-label\":\"%s\"},\"expectedInterval\":\"PT1S\"}".formatted(value);
        assertThat(SecuredClient.send("PUT", "/api/v1/sensors/" + id, headers, body)
                        .status())
                .isEqualTo(200);
    }

    private static List<String> groups(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().findValuesAsText("group");
    }

    private static List<String> values(String path, Map<String, String> caller) {
        Answer answer = SecuredClient.get(path, caller);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        List<String> values = new ArrayList<>();
        answer.json().get("values").forEach(value -> values.add(value.asText()));
        return values;
    }

    @Test
    void theStateHasTheTopicsOfTheScopeAndNoAddresses() {
        Map<String, String> caller = bearer(TestCredentials.scoped("{\"types\":[\"scoped\"]}", "reader"));
        JsonNode status = SecuredClient.get("/api/v1/status", caller).json();
        assertThat(status.get("topics").findValuesAsText("topic")).containsOnly("sensors.scoped");
        assertThat(status.at("/cassandra/nodes")).isNotEmpty().noneMatch(node -> node.has("address"));
        assertThat(status.properties()).noneMatch(member -> COUNTERS.contains(member.getKey()));
        JsonNode everything = SecuredClient.get("/api/v1/status", EVERYONE).json();
        assertThat(everything.at("/cassandra/nodes")).isNotEmpty().allMatch(node -> node.has("address"));
        assertThat(COUNTERS).allMatch(everything::has);
    }

    @Test
    void deadLettersRequireACredentialWithoutAScope() {
        Map<String, String> caller = bearer(TestCredentials.scoped("{\"types\":[\"scoped\"]}", "admin"));
        SecuredClient.get("/api/v1/dead-letters", caller).problem(403, "forbidden");
        SecuredClient.send("POST", "/api/v1/dead-letters/replay?since=now-1h", caller, "")
                .problem(403, "forbidden");
    }

    @Test
    void aPostIsRejectedForEachReadingOutside() {
        Map<String, String> caller = bearer(TestCredentials.scoped(
                "{\"sites\":[\"scope-inside\"],\"types\":[\"scoped\",\"scoped-new\"]}", "writer"));
        String body = "["
                + String.join(
                        ",",
                        reading("scin-0", TYPE, "scope-inside"),
                        reading("scout-0", TYPE, "scope-outside"),
                        // Claims the allowed site, which would move the sensor there.
                        reading("scout-0", TYPE, "scope-inside"),
                        // Would move the sensor away from the allowed site.
                        reading("scin-0", TYPE, "scope-outside"),
                        reading("scin-0", OTHER_TYPE, "scope-inside"),
                        reading("new-" + System.nanoTime(), NEW_TYPE, "scope-inside"),
                        "{}")
                + "]";
        Answer answer = post(caller, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        assertThat(answer.json().get("accepted").asInt()).isEqualTo(2);
        List<String> reasons = new ArrayList<>();
        answer.json()
                .get("rejected")
                .forEach(refusal -> reasons.add(refusal.get("index").asInt() + " "
                        + refusal.get("reason").asText()));
        assertThat(reasons)
                .containsExactly("1 forbidden", "2 forbidden", "3 forbidden", "4 forbidden", "6 missing-field");
        // A sensor without a site in the reading has that of its registration.
        String withoutSite = ",\"site\":\"scope-inside\"";
        assertThat(post(caller, reading("scin-0", TYPE, "scope-inside").replace(withoutSite, ""))
                        .status())
                .isEqualTo(202);
        assertThat(post(caller, reading("scout-0", TYPE, "scope-inside").replace(withoutSite, ""))
                        .problem(422, "nothing-acceptable"))
                .isNotEmpty();
    }

    @Test
    void aChangeStaysWithinTheScope() {
        Map<String, String> caller =
                new HashMap<>(bearer(TestCredentials.scoped("{\"sites\":[\"scope-inside\"]}", "admin")));
        caller.put("Content-Type", "application/json");
        assertThat(SecuredClient.send("PUT", "/api/v1/sensors/scin-0", caller, "{\"name\":\"mine\"}")
                        .status())
                .isEqualTo(200);
        SecuredClient.send("PUT", "/api/v1/sensors/scout-0", caller, "{\"name\":\"mine\"}")
                .problem(404, "sensor-unknown");
        SecuredClient.send("PUT", "/api/v1/sensors/scin-0", caller, "{\"site\":\"scope-outside\"}")
                .problem(403, "forbidden");
        // Its readings report the allowed site, so the sensor stays there.
        assertThat(SecuredClient.send("PUT", "/api/v1/sensors/scin-0", caller, "{\"site\":null}")
                        .status())
                .isEqualTo(200);
        Map<String, String> everyone = new HashMap<>(EVERYONE);
        everyone.put("Content-Type", "application/json");
        SecuredClient.send("PUT", "/api/v1/sensors/scout-1", everyone, "{\"site\":\"scope-inside\"}");
        SecuredClient.send("PUT", "/api/v1/sensors/scout-1", caller, "{\"site\":null}")
                .problem(403, "forbidden");
        SecuredClient.send("PUT", "/api/v1/sensors/scout-1", everyone, "{\"site\":null}");
        SecuredClient.send("DELETE", "/api/v1/sensors/scout-0/readings?from=0&to=now", caller, "")
                .problem(404, "sensor-unknown");
        assertThat(SecuredClient.get("/api/v1/sensors/scout-0/readings/latest", EVERYONE)
                        .status())
                .isEqualTo(200);
    }

    /** Live, replayed and resumed: only readings within the scope, whatever the filter. */
    @Test
    void streamsHaveNoTraceOfOthers() throws Exception {
        for (String scope : SCOPES) {
            for (String query :
                    List.of("", "?since=now-1h", "?sensor=scin-0&sensor=scout-0&sensor=scin-1&since=now-1h")) {
                try (InputStream stream = stream("/api/v1/readings/stream" + query, scope, "")) {
                    BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
                    String id = nextId(lines);
                    OUTSIDE.forEach(sensor -> post(EVERYONE, reading(sensor, TYPE, "scope-outside")));
                    post(EVERYONE, reading("scin-1", TYPE, "scope-inside").replace("\"value\":1,", "\"value\":17,"));
                    List<String> events = eventsUntil(lines, ":17}");
                    assertThat(events).as(scope + query).noneMatch(event -> event.contains("scout-"));
                    try (InputStream resumed = stream("/api/v1/readings/stream" + query, scope, id)) {
                        assertThat(eventsUntil(
                                        new BufferedReader(new InputStreamReader(resumed, StandardCharsets.UTF_8)),
                                        ":17}"))
                                .as("resumed " + scope + query)
                                .noneMatch(event -> event.contains("scout-"));
                    }
                }
            }
        }
    }

    /** Another replica ingested the move, so the cache of this one has the old site. */
    @Test
    void aReplayDependsOnTheSiteOfASensorNow() throws Exception {
        String id = "screplayed";
        Map<String, String> caller = bearer(TestCredentials.scoped("{\"sites\":[\"scope-before\"]}", "reader"));
        assertThat(post(EVERYONE, reading(id, "scoped-replayed", "scope-before"))
                        .status())
                .isEqualTo(202);
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/api/v1/sensors/" + id + "/readings/latest", EVERYONE)
                                .status()
                        == 200);
        for (String stream : List.of(
                "/api/v1/sensors/" + id + "/readings/stream?since=now-1h",
                "/api/v1/readings/stream?since=now-1h&sensor=" + id,
                "/api/v1/readings/stream?since=now-1h&type=scoped-replayed&sensor=" + id)) {
            assertThat(SecuredClient.replayedData(stream, caller)).as("before").hasSize(1);
            try (StoredRows stored = new StoredRows()) {
                stored.reportSite(id, "scope-after");
                assertThat(SecuredClient.replayedData(stream, caller))
                        .as("after")
                        .isEmpty();
                stored.reportSite(id, "scope-before");
                assertThat(SecuredClient.get("/api/v1/sensors/" + id, EVERYONE).body())
                        .as("cached again")
                        .contains("scope-before");
            }
        }
    }

    private static InputStream stream(String path, String scope, String lastEventId) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path))
                .timeout(LIMIT)
                .header("Authorization", "Bearer " + TestCredentials.scoped(scope, "reader"));
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<InputStream> response =
                HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    private static String nextId(BufferedReader lines) throws Exception {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("id: ")) {
                return line.substring(4);
            }
        }
        throw new AssertionError("the stream ended without an id");
    }

    private static List<String> eventsUntil(BufferedReader lines, String end) throws Exception {
        List<String> events = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("data: ")) {
                events.add(line);
                if (line.contains(end)) {
                    return events;
                }
            }
        }
        throw new AssertionError("the stream ended after " + events);
    }
}
