package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static io.telltale.security.SensorRequests.ADMIN;
import static io.telltale.security.SensorRequests.awaitValues;
import static io.telltale.security.SensorRequests.post;
import static io.telltale.security.SensorRequests.range;
import static io.telltale.security.SensorRequests.reading;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.telltale.api.CursorKey;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sealing.KeyWrapping;
import io.telltale.security.SecuredClient.Answer;
import io.telltale.sensors.SensorId;
import io.telltale.settings.CapturedLog;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No secret is in logs, responses or metrics. {@code SecretTextsTest} has the texts of objects. */
@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class SecretsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String STREAM = "/api/v1/readings/stream";
    private static final String UNKNOWN_KEY = "an-unknown-key-of-a-device";

    /** A prefix of this length is as good as the secret. */
    private static final int KEY_BYTES = 32;

    @Inject
    CursorKey cursorKey;

    @Inject
    KeyWrapping keyset;

    private final String sensor = "sealed-secret-" + SharedStack.get().nextNumber();
    private final StringBuilder seen = new StringBuilder();

    @Test
    void noSecretIsInLogsErrorsAndMetrics() throws Exception {
        await().atMost(LIMIT)
                .until(() -> SecuredClient.get("/q/health/ready", Map.of()).status() == 200);
        String token = TestCredentials.token("reader");
        String unknown = TestCredentials.signedByAnother(TestCredentials.claims("admin"));
        Logger root = Logger.getLogger("io.telltale");
        Level before = root.getLevel();
        root.setLevel(Level.FINE);
        List<String> secrets = new ArrayList<>(List.of(
                token,
                token.substring(token.length() - 40),
                unknown,
                unknown.substring(unknown.length() - 40),
                SecuredService.READER_KEY,
                SecuredService.EXPIRED_KEY,
                UNKNOWN_KEY));
        try (CapturedLog log = CapturedLog.ofEverything()) {
            useCredentials(token, unknown);
            secrets.addAll(useTickets(token));
            secrets.addAll(useKeys());
            for (String path : List.of("/q/metrics", "/q/health", "/api/v1/status")) {
                seen.append(SecuredClient.get(path, ADMIN).body());
            }
            assertThat(log.everything()).isNotEmpty();
            seen.append(log.everything());
        } finally {
            root.setLevel(before);
        }
        assertThat(secrets).allSatisfy(secret -> assertThat(seen.indexOf(secret))
                .as(secret.substring(0, 10))
                .isNegative());
    }

    /** Valid ones and refused ones. */
    private void useCredentials(String token, String unknown) {
        for (Map<String, String> headers : List.of(
                bearer(token),
                bearer(unknown),
                bearer(token.substring(1)),
                Map.of("X-Api-Key", SecuredService.READER_KEY),
                Map.of("X-Api-Key", SecuredService.EXPIRED_KEY),
                Map.of("X-Api-Key", UNKNOWN_KEY),
                Map.of("Authorization", "Basic " + UNKNOWN_KEY),
                Map.of("Authorization", "Bearer " + token, "X-Api-Key", SecuredService.READER_KEY))) {
            for (String path :
                    List.of("/api/v1/sensors?colour=red", "/api/v1/nothing", "/q/metrics", "/api/v1/dead-letters")) {
                seen.append(SecuredClient.get(path, headers).body());
            }
        }
    }

    private List<String> useTickets(String token) {
        Map<String, String> headers = new HashMap<>(bearer(token));
        headers.put("Content-Type", "application/json");
        Answer answer = SecuredClient.send("POST", "/api/v1/stream-tickets", headers, "{\"sensor\":\"tk-a\"}");
        String ticket = answer.json().get("ticket").asText();
        String forged = "A".repeat(40) + ticket.substring(40);
        for (String path : List.of(STREAM, STREAM + "?sensor=tk-b", "/api/v1/nothing", "/api/v1/sensors")) {
            String separator = path.contains("?") ? "&" : "?";
            for (String sent : List.of(ticket, forged)) {
                seen.append(SecuredClient.get(path + separator + "ticket=" + sent, Map.of())
                        .body());
            }
        }
        return List.of(ticket, forged.substring(45, 80));
    }

    /** The keys of the keyset, of cursors and tickets, and of a sensor: used, damaged, lost and read again. */
    private List<String> useKeys() throws Exception {
        post(reading(sensor, sensor, 0, "first"), reading(sensor, sensor, 9, "last"));
        awaitValues(sensor, "first", "last");
        List<byte[]> keys = new ArrayList<>();
        try (StoredRows stored = new StoredRows()) {
            for (byte[] wrapped : stored.wrappedKeys(sensor)) {
                byte[] key = requireNonNull(keyset.unwrap(new SensorId(sensor), wrapped));
                keys.addAll(List.of(key, wrapped));
            }
            assertThat(keys).hasSize(2);
            byte[] cell = stored.cells(sensor).get(0);
            stored.insert(sensor, 1_000, cell);
            byte[] lost = cell.clone();
            lost[13] = 7;
            stored.insert(sensor, 2_000, lost);
        }
        awaitValues(sensor, "first", "null", "null", "last");
        keyset.unwrap(new SensorId("another"), keys.get(1));
        String page = "/api/v1" + range(sensor) + "&limit=1";
        String cursor =
                SecuredClient.get(page, ADMIN).json().get("next").asText().replaceFirst(".{9}$", "AAAAAAAAA");
        seen.append(SecuredClient.get(page + "&cursor=" + cursor, ADMIN).body());

        byte[] file = Files.readAllBytes(TestCredentials.keysetFile());
        try {
            Files.write(TestCredentials.keysetFile(), new byte[] {'{'});
            keyset.reload();
        } finally {
            // The service of the other tests has the same file.
            Files.write(TestCredentials.keysetFile(), file);
            keyset.reload();
        }
        JsonNode json = new ObjectMapper().readTree(file);
        for (JsonNode key : json.get("key")) {
            byte[] protobuf =
                    Base64.getDecoder().decode(key.at("/keyData/value").asText());
            keys.add(protobuf);
            keys.add(Arrays.copyOfRange(protobuf, protobuf.length - KEY_BYTES, protobuf.length));
        }
        keys.add(cursorKey.bytes());
        keys.add(requireNonNull(keyset.bound(cursorKey.bytes())));
        return keys.stream().flatMap(key -> forms(key).stream()).toList();
    }

    /** How the first bytes of a key may be written. */
    private static List<String> forms(byte[] secret) {
        assertThat(secret).hasSizeGreaterThanOrEqualTo(KEY_BYTES);
        // 30 bytes are 40 characters of base64, without a part of the next byte.
        byte[] key = Arrays.copyOf(secret, 30);
        String list = Arrays.toString(key);
        return List.of(
                new String(key, StandardCharsets.ISO_8859_1),
                Base64.getEncoder().encodeToString(key),
                Base64.getUrlEncoder().encodeToString(key),
                HexFormat.of().formatHex(key),
                HexFormat.of().withUpperCase().formatHex(key),
                list.substring(1, list.length() - 1));
    }
}
