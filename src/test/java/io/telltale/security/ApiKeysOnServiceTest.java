package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.telltale.local.LocalStackResource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class ApiKeysOnServiceTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @BeforeEach
    void theServiceIsStarted() {
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/q/health/ready", Map.of()).status() == 200);
    }

    @AfterEach
    void restoreTheFile() {
        TestCredentials.writeFile(SecuredService.defaultFile());
        await().atMost(LIMIT).until(() -> status(Map.of("X-Api-Key", SecuredService.READER_KEY)) == 200);
    }

    @Test
    void acceptsAKeyInEachPlace() {
        String key = SecuredService.READER_KEY;
        assertThat(status(Map.of("X-Api-Key", key))).isEqualTo(200);
        assertThat(status(Map.of("Authorization", "ApiKey " + key))).isEqualTo(200);
        assertThat(status(Map.of("authorization", "apikey " + key))).isEqualTo(200);
        assertThat(status(basic("grafana:" + key))).isEqualTo(200);
        assertThat(status(basic(":" + key))).isEqualTo(200);
        assertThat(status(basic(key))).isEqualTo(401);
        assertThat(status(basic("grafana:wrong"))).isEqualTo(401);
        assertThat(SecuredClient.get("/api/v1/sensors", basic("grafana:wrong")).challenges())
                .anyMatch(challenge -> challenge.startsWith("Basic realm="));
        assertThat(SecuredClient.get("/api/v1/sensors", Map.of()).challenges())
                .as("a browser would open a dialog")
                .noneMatch(challenge -> challenge.startsWith("Basic"));
    }

    @Test
    void aKeyHasItsRolesOnly() {
        assertThat(SecuredClient.get("/q/metrics", Map.of("X-Api-Key", SecuredService.READER_KEY))
                        .problem(403, "forbidden"))
                .endsWith("expected role monitor or admin");
    }

    @Test
    void readsTheFileAgainWithoutARestart() {
        TestCredentials.writeFile(TestCredentials.file(TestCredentials.entry("new", "a-new-key", "reader")));
        await().atMost(LIMIT).until(() -> status(Map.of("X-Api-Key", "a-new-key")) == 200);
        assertThat(status(Map.of("X-Api-Key", SecuredService.READER_KEY))).isEqualTo(401);

        TestCredentials.writeFile("{\"keys\":[{\"name\":\"broken\"}]}");
        await().atMost(LIMIT)
                .until(() ->
                        SecuredClient.get("/q/health/ready", Map.of()).body().contains("apiKeys"));
        assertThat(status(Map.of("X-Api-Key", "a-new-key"))).isEqualTo(200);
        assertThat(SecuredClient.get("/q/health/ready", Map.of()).status()).isEqualTo(200);
    }

    private static int status(Map<String, String> headers) {
        return SecuredClient.get("/api/v1/sensors", headers).status();
    }

    private static Map<String, String> basic(String userAndPassword) {
        return Map.of(
                "Authorization",
                "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8)));
    }
}
