package io.telltale.security;

import static io.telltale.security.SecuredClient.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.telltale.security.SecuredClient.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Sends and reads text readings of one day as an administrator. */
final class SensorRequests {

    static final Map<String, String> ADMIN = bearer(TestCredentials.token("admin"));
    static final Instant START = Instant.parse("2026-03-01T10:00:00Z");

    /** The query of the day. */
    static final String DAY = "from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private SensorRequests() {}

    static String reading(String id, String type, int minute, String value) {
        return "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":\"%s\",\"value\":\"%s\"}"
                .formatted(id, type, START.plusSeconds(60L * minute), value);
    }

    /** Letters at random, so that they stay together in a compressed file. */
    static String marker() {
        return new Random()
                .ints(40, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    static String atSite(String reading, String site) {
        return reading.replace("{\"sensorId\"", "{\"site\":\"%s\",\"sensorId\"".formatted(site));
    }

    static void post(String... readings) {
        Map<String, String> headers = new HashMap<>(ADMIN);
        headers.put("Content-Type", "application/x-ndjson");
        Answer answer = SecuredClient.send("POST", "/api/v1/readings", headers, String.join("\n", readings));
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
    }

    /** @param headers names and values in turn */
    static Answer get(String path, String... headers) {
        Map<String, String> all = new HashMap<>(ADMIN);
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return SecuredClient.get("/api/v1" + path, all);
    }

    static String range(String id) {
        return "/sensors/%s/readings?%s".formatted(id, DAY);
    }

    static List<String> values(String id) {
        Answer answer = get(range(id));
        List<String> values = new ArrayList<>();
        if (answer.status() == 200) {
            answer.json()
                    .get("readings")
                    .forEach(reading -> values.add(reading.get("value").asText()));
        }
        return values;
    }

    static void awaitValues(String id, String... values) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(values(id)).containsExactly(values));
    }
}
