package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.telltale.local.CassandraNode;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.security.SecuredClient.Answer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A sensor outside the scope and one that was never seen cannot be told apart, whatever the cache and topics have of
 * it.
 */
@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class HiddenSensorsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Map<String, String> ADMIN = bearer(TestCredentials.token("admin"));

    private final String type = "hidden-" + SharedStack.get().nextNumber();
    private final String sensor = type + "-sensor";

    private void store() {
        Map<String, String> headers = new HashMap<>(ADMIN);
        headers.put("Content-Type", "application/json");
        Answer posted = SecuredClient.send(
                "POST",
                "/api/v1/readings",
                headers,
                "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":%d,\"value\":1}"
                        .formatted(sensor, type, System.currentTimeMillis()));
        assertThat(posted.status()).as(posted.body()).isEqualTo(202);
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(latest(sensor, ADMIN).status()).isEqualTo(200));
    }

    private static Answer latest(String id, Map<String, String> caller) {
        return SecuredClient.get("/api/v1/sensors/%s/readings/latest".formatted(id), caller);
    }

    @Test
    void areLikeUnknownOnesWhileCassandraDoesNotAnswer() {
        store();
        CassandraNode cassandra = SharedStack.get().cassandra();
        List<String> scopes =
                List.of("{\"types\":[\"other\"]}", "{\"sensors\":[\"other-*\"]}", "{\"sites\":[\"other\"]}");
        cassandra.pause();
        try {
            List<CompletableFuture<String>> hidden =
                    scopes.stream().map(scope -> answer(sensor, scope)).toList();
            List<CompletableFuture<String>> unknown = scopes.stream()
                    .map(scope -> answer(type + "-nobody", scope))
                    .toList();
            for (int i = 0; i < scopes.size(); i++) {
                assertThat(hidden.get(i).join())
                        .as(scopes.get(i))
                        .isEqualTo(unknown.get(i).join());
            }
        } finally {
            cassandra.resume();
        }
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(latest(sensor, ADMIN).status()).isEqualTo(200));
    }

    /** Status and kind: the detail of a failed read may name the state of nodes at that instant. */
    private static CompletableFuture<String> answer(String id, String scope) {
        return CompletableFuture.supplyAsync(() -> {
            Answer answer = latest(id, bearer(TestCredentials.scoped(scope, "reader")));
            return answer.status() + " " + answer.json().get("type").asText();
        });
    }

    @Test
    void doNotTellHowFarTheirTypeIsIngested() {
        store();
        String query = "from=now-1h&type=";
        for (String scope : List.of("{\"sites\":[\"other\"]}", "{\"sensors\":[\"other-*\"]}")) {
            Map<String, String> caller = bearer(TestCredentials.scoped(scope, "reader"));
            assertThat(headers("/api/v1/readings?" + query + type, caller))
                    .as(scope)
                    .isEqualTo(headers("/api/v1/readings?" + query + "nothing", caller));
            assertThat(meta("/api/v1/aggregates?interval=1h&" + query + type, caller))
                    .as(scope)
                    .isEqualTo(meta("/api/v1/aggregates?interval=1h&" + query + "nothing", caller));
        }
        // The scope names the type, so its caller knows of it.
        Map<String, String> caller =
                bearer(TestCredentials.scoped("{\"sites\":[\"other\"],\"types\":[\"%s\"]}".formatted(type), "reader"));
        assertThat(meta("/api/v1/aggregates?interval=1h&" + query + type, caller))
                .contains("sensors." + type);
    }

    /** The metadata of a stream. */
    private static Map<String, List<String>> headers(String target, Map<String, String> caller) {
        Answer answer = SecuredClient.get(target, caller);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        Map<String, List<String>> headers = new TreeMap<>(answer.headers().map());
        headers.keySet().removeIf(name -> !name.startsWith("telltale-"));
        return headers;
    }

    private static String meta(String target, Map<String, String> caller) {
        Answer answer = SecuredClient.get(target, caller);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("meta").toString();
    }
}
