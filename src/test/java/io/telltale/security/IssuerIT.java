package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The issuer of bearer tokens is unavailable at the start of the service and later, and replaces its key. */
@Tag("servers")
@Tag("long")
class IssuerIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final SharedStack stack = SharedStack.get();
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void verifiesTokensByTheKeysOfTheIssuer(@TempDir Path directory) throws Exception {
        Path keys = Files.writeString(
                Files.createDirectories(directory).resolve("keys.json"), SecuredService.defaultFile());
        try (TestIssuer issuer = new TestIssuer();
                ServiceProcess service = new ServiceProcess(settings(issuer, keys, directory))) {
            // Given an issuer that never answered
            service.start();
            HttpResponse<String> refused = get(service, "Bearer " + issuer.token("reader"));
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
            assertThat(refused.body()).contains("urn:telltale:problem:unavailable", "the issuer of bearer tokens");
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("5");
            assertThat(get(service, "ApiKey " + SecuredService.READER_KEY).statusCode())
                    .isEqualTo(200);
            assertThat(get(service, "ApiKey wrong").statusCode()).isEqualTo(401);

            // When it answers, tokens are accepted without a restart
            issuer.switchOn();
            awaitStatus(service, issuer.token("reader"), 200);
            assertStatus(service, issuer.token("monitor"), 403);
            assertStatus(service, issuer.tokenOfAnUnknownKey("reader"), 401);

            // An outage of an issuer whose keys are known
            issuer.switchOff();
            assertStatus(service, issuer.token("reader"), 200);
            assertStatus(service, issuer.tokenOfAnUnknownKey("reader"), 401);

            // A new key
            String ofTheOldKey = issuer.token("reader");
            issuer.replaceKey();
            assertStatus(service, issuer.token("reader"), 401);
            issuer.switchOn();
            awaitStatus(service, issuer.token("reader"), 200);
            awaitStatus(service, ofTheOldKey, 401);

            assertThat(Files.readString(service.log())).doesNotContain(ofTheOldKey, SecuredService.READER_KEY);
        }
    }

    private ServiceSettings settings(TestIssuer issuer, Path keys, Path directory) {
        return ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory.resolve("service"))
                .sparing()
                .with("telltale.storage.keyspace", "telltale_issuer")
                .with("telltale.security.enabled", "true")
                .with("telltale.security.api-keys", keys.toString())
                .with("quarkus.oidc.auth-server-url", issuer.url())
                .with("quarkus.oidc.token.audience", "telltale")
                // By default, keys are fetched at most once in ten minutes for tokens of unknown keys.
                .with("quarkus.oidc.token.forced-jwk-refresh-interval", "1S");
    }

    private void awaitStatus(ServiceProcess service, String token, int status) {
        await().atMost(LIMIT).untilAsserted(() -> assertStatus(service, token, status));
    }

    private void assertStatus(ServiceProcess service, String token, int status)
            throws IOException, InterruptedException {
        HttpResponse<String> response = get(service, "Bearer " + token);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    }

    private HttpResponse<String> get(ServiceProcess service, String authorization)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(service.baseUrl() + "/api/v1/types"))
                .timeout(LIMIT)
                .header("Authorization", authorization)
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
