package io.telltale.security;

import static io.telltale.security.SensorRequests.DAY;
import static io.telltale.security.SensorRequests.START;
import static io.telltale.security.SensorRequests.get;
import static io.telltale.security.SensorRequests.post;
import static io.telltale.security.SensorRequests.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.telltale.local.ServiceSettings;
import io.telltale.local.ServiceUnderTest;
import io.telltale.local.SharedStack;
import io.telltale.sealing.TestKeyset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A type with readings is sealed by the setting, and no longer, by restarts on one keyspace. The keyset rotates
 * meanwhile.
 */
@Tag("servers")
@Tag("long")
class SealingSwitchIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int READINGS_EACH = 4;
    private static final int SEALED_KIND = 16;

    private final SharedStack stack = SharedStack.get();
    private final String type = "switched-" + stack.nextNumber();
    private final String sensor = type + "-sensor";
    private final List<Double> sent = new ArrayList<>();

    @Test
    void numbersAreReadAlikeWhateverTheSettingWas(@TempDir Path directory) throws Exception {
        Path keyset = directory.resolve("keyset.json");
        String first = TestKeyset.create();
        Files.writeString(keyset, first);
        ServiceSettings open = settings(directory.resolve("service"));
        ServiceSettings withKeyset = open.with("telltale.security.keyset", keyset.toString());
        storeAndReadAll(open);
        storeAndReadAll(withKeyset.with("telltale.security.sealed", "type:" + type));
        Files.writeString(keyset, TestKeyset.rotated(first));
        storeAndReadAll(withKeyset.with("telltale.security.sealed", "type:" + type));
        storeAndReadAll(withKeyset);
        try (StoredRows stored = new StoredRows()) {
            List<Boolean> sealed = stored.cells(sensor).stream()
                    .map(cell -> cell[9] == SEALED_KIND)
                    .toList();
            assertThat(sealed)
                    .isEqualTo(IntStream.range(0, 4 * READINGS_EACH)
                            .mapToObj(i -> i / READINGS_EACH == 1 || i / READINGS_EACH == 2)
                            .toList());
            assertThat(stored.keys(sensor)).containsExactly(1);
        }
    }

    private ServiceSettings settings(Path directory) {
        stack.kafka().createTopic("sensors." + type, 1, Map.of());
        return SecuredService.packaged(directory, type)
                .without("telltale.security.sealed")
                .without("telltale.security.keyset")
                .ofTopic("sensors." + type);
    }

    private void storeAndReadAll(ServiceSettings settings) {
        ServiceUnderTest service = ServiceUnderTest.start(settings);
        try {
            String[] readings = new String[READINGS_EACH];
            for (int i = 0; i < READINGS_EACH; i++) {
                double value = 20.5 + sent.size();
                readings[i] = "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":\"%s\",\"value\":%s}"
                        .formatted(sensor, type, START.plusSeconds(sent.size()), value);
                sent.add(value);
            }
            post(readings);
            await().atMost(LIMIT).untilAsserted(() -> assertThat(values(sensor))
                    .isEqualTo(sent.stream().map(String::valueOf).toList()));
            JsonNode window = get("/sensors/%s/aggregates?%s&interval=P1D&functions=avg,count".formatted(sensor, DAY))
                    .json()
                    .at("/windows/0");
            assertThat(window.get("count").asInt()).isEqualTo(sent.size());
            assertThat(window.get("avg").asDouble())
                    .isEqualTo(sent.stream()
                            .mapToDouble(Double::doubleValue)
                            .average()
                            .orElseThrow());
        } finally {
            service.close();
        }
    }
}
