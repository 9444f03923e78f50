package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sealing.SenderEnvelope;
import io.telltale.security.SecuredClient.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Values that a producer has sealed pass through as texts, and its consumer opens them. */
@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class SenderSealedReadingsTest {

    private static final Map<String, String> ADMIN = bearer(TestCredentials.token("admin"));
    private static final Instant TIME = Instant.parse("2026-03-01T10:00:00.123Z");
    private static final String RANGE = "from=2026-03-01T10:00:00Z&to=2026-03-01T11:00:00Z";

    @Test
    void passThroughAndAreOpenedByTheirConsumer() throws Exception {
        AeadConfig.register();
        SenderEnvelope envelope = new SenderEnvelope(KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM)
                .getPrimitive(RegistryConfiguration.get(), Aead.class));
        String id = "hidden-by-sender-" + SharedStack.get().nextNumber();
        Map<String, String> headers = new HashMap<>(ADMIN);
        headers.put("Content-Type", "application/json");
        Answer posted = SecuredClient.send(
                "POST",
                "/api/v1/readings",
                headers,
                "{\"sensorId\":\"%s\",\"type\":\"hidden-by-sender\",\"timestamp\":\"%s\",\"value\":\"%s\"}"
                        .formatted(id, TIME, envelope.seal(id, TIME.toEpochMilli(), "21.5")));
        assertThat(posted.status()).as(posted.body()).isEqualTo(202);

        await().atMost(Duration.ofSeconds(60))
                // The sensor is registered before its reading is stored.
                .untilAsserted(
                        () -> assertThat(get(id, "readings?" + RANGE).body()).contains("\"value\""));
        JsonNode reading = get(id, "readings?" + RANGE).json().at("/readings/0");
        assertThat(opened(envelope, id, reading)).isEqualTo("21.5");
        assertThat(opened(envelope, id, get(id, "readings/latest").json())).isEqualTo("21.5");
        JsonNode window = get(id, "aggregates?interval=1h&" + RANGE).json().at("/windows/0");
        assertThat(window.get("count").asInt()).isEqualTo(1);
        assertThat(window.get("avg").isNull()).isTrue();
    }

    private static Answer get(String id, String path) {
        return SecuredClient.get("/api/v1/sensors/%s/%s".formatted(id, path), ADMIN);
    }

    /** What the consumer does, with nothing but the response. */
    private static String opened(SenderEnvelope envelope, String id, JsonNode reading) throws Exception {
        long millis = Instant.parse(reading.get("timestamp").asText()).toEpochMilli();
        return envelope.open(id, millis, reading.get("value").asText());
    }
}
