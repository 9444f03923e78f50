package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.local.KeycloakServer;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Roles and scopes in tokens of a real Keycloak, with the settings that {@code docs/security.md} recommends. */
@Tag("servers")
@Tag("long")
@Tag("endurance")
class KeycloakIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path REALM = Path.of("src/test/resources/keycloak/plant-realm.json");
    private static final Path DOCUMENT = Path.of("docs/security.md");
    private static final String DOCUMENTED_ADDRESS = "https://keycloak.example";
    private static final Pattern SETTING = Pattern.compile("^    (quarkus[.]oidc[.][a-z.-]+)=(.+)$", Pattern.MULTILINE);

    private final SharedStack stack = SharedStack.get();
    private final HttpClient http = HttpClient.newHttpClient();
    private final String type = "keycloak-" + stack.nextNumber();
    private final String inside = type + "-inside";
    private final String outside = type + "-outside";

    @Test
    void rolesAndScopesOfKeycloakAreApplied(@TempDir Path directory) throws Exception {
        Optional<KeycloakServer> found = KeycloakServer.of(REALM, "plant");
        assumeTrue(found.isPresent(), "Maven finds no distribution of Keycloak, so this test is skipped");
        try (KeycloakServer keycloak = found.orElseThrow();
                ServiceProcess service = new ServiceProcess(settings(keycloak, directory))) {
            keycloak.start();
            service.start();
            assertThat(status(service, "GET", "/api/v1/sensors", token(keycloak, "dashboard"), ""))
                    .isEqualTo(200);
            String writer = token(keycloak, "gateway");
            String reader = token(keycloak, "dashboard");
            String admin = token(keycloak, "operator");
            assertThat(status(service, "POST", "/api/v1/readings", writer, readings()))
                    .isEqualTo(202);
            for (String id : new String[] {inside, outside}) {
                await().atMost(LIMIT).until(() -> status(service, "GET", latest(id), reader, "") == 200);
            }

            // Roles
            assertThat(status(service, "POST", "/api/v1/readings", reader, readings()))
                    .isEqualTo(403);
            assertThat(status(service, "GET", latest(inside), writer, "")).isEqualTo(403);
            assertThat(status(service, "GET", "/q/metrics", token(keycloak, "prometheus"), ""))
                    .isEqualTo(200);
            assertThat(status(service, "GET", "/q/metrics", reader, "")).isEqualTo(403);
            assertThat(status(service, "GET", "/api/v1/admin/layouts/" + type, admin, ""))
                    .isEqualTo(200);
            assertThat(status(service, "GET", "/api/v1/admin/layouts/" + type, reader, ""))
                    .isEqualTo(403);

            // The scope
            String limited = token(keycloak, "plant-1");
            assertThat(status(service, "GET", latest(inside), limited, "")).isEqualTo(200);
            assertThat(status(service, "GET", latest(outside), limited, "")).isEqualTo(404);

            // Tokens for another service, and changed ones
            assertThat(status(service, "GET", "/api/v1/sensors", token(keycloak, "foreign"), ""))
                    .isEqualTo(401);
            assertThat(status(service, "GET", "/api/v1/sensors", changed(reader), ""))
                    .isEqualTo(401);
        }
    }

    private ServiceSettings settings(KeycloakServer keycloak, Path directory) throws IOException {
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .sparing()
                .with("telltale.storage.keyspace", "telltale_keycloak")
                .with("telltale.security.enabled", "true");
        Map<String, String> documented = new TreeMap<>();
        Matcher lines = SETTING.matcher(Files.readString(DOCUMENT));
        while (lines.find()) {
            documented.put(lines.group(1), lines.group(2).replace(DOCUMENTED_ADDRESS, keycloak.url()));
        }
        assertThat(documented).containsKeys("quarkus.oidc.auth-server-url", "quarkus.oidc.token.audience");
        for (Map.Entry<String, String> setting : documented.entrySet()) {
            settings = settings.with(setting.getKey(), setting.getValue());
        }
        return settings;
    }

    private String readings() {
        return "[%s,%s]".formatted(reading(inside, "plant-1"), reading(outside, "plant-2"));
    }

    private String reading(String id, String site) {
        return "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":%d,\"value\":1,\"site\":\"%s\"}"
                .formatted(id, type, System.currentTimeMillis(), site);
    }

    private static String latest(String id) {
        return "/api/v1/sensors/%s/readings/latest".formatted(id);
    }

    /** The token of a client, by its credentials. */
    private String token(KeycloakServer keycloak, String client) throws IOException, InterruptedException {
        String form = "grant_type=client_credentials&client_id=%1$s&client_secret=secret-of-%1$s".formatted(client);
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(keycloak.url() + "/realms/plant/protocol/openid-connect/token"))
                .timeout(LIMIT)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return new ObjectMapper().readTree(response.body()).path("access_token").asText();
    }

    /** The token with another character in its claims. */
    private static String changed(String token) {
        int claims = token.indexOf('.') + 10;
        char other = token.charAt(claims) == 'A' ? 'B' : 'A';
        return token.substring(0, claims) + other + token.substring(claims + 1);
    }

    private int status(ServiceProcess service, String method, String path, String token, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(service.baseUrl() + path))
                .timeout(LIMIT)
                .header("Authorization", "Bearer " + token)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
