package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.simulate.Ledger;
import io.telltale.simulate.SimulationCounts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Holds what the service at an address answers of a fleet against what the fleet has sent. */
final class FleetAccounts {

    /** Late readings are up to 12 hours old. */
    private static final Duration REACH = Duration.ofHours(13);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final String baseUrl;

    FleetAccounts(String baseUrl) {
        this.baseUrl = baseUrl;
    }

    /** Waits until Kafka knows that everything of these types is dealt with. */
    static void awaitAllCommitted(Set<SensorType> types, Duration limit) {
        awaitAllCommitted("telltale", types, limit);
    }

    static void awaitAllCommitted(String group, Set<SensorType> types, Duration limit) {
        await().atMost(limit).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> assertThat(
                        CommittedOffsets.missing(group, types::contains))
                .as("records that are not committed, by partition")
                .isEmpty());
    }

    /** Each reading of the ledger is answered with its last value, and there is no other. */
    void assertBalanced(Ledger ledger, SimulationCounts sent, Instant start, DeadLetterBox deadLetters)
            throws IOException, InterruptedException {
        assertThat(sent.failed()).as("records that Kafka may or may not have").isZero();
        assertThat(ledger.leftOut()).isZero();
        assertThat(sent.distinct() + sent.repeats() + sent.corrections() + sent.deadLetters())
                .isEqualTo(sent.acknowledged());
        assertThat(ledger.size()).as("readings in the ledger").isEqualTo(sent.distinct());
        assertThat(ledger.deadLetters()).isEqualTo(sent.sentByReason());
        for (SensorId id : ledger.sensors()) {
            assertThat(answered(id, start.minus(REACH), start.plus(REACH)))
                    .as("readings of sensor %s", id)
                    .isEqualTo(ledger.readings(id));
        }
        assertThat(deadLetters.countsByReason()).as("dead letters by reason").isEqualTo(sent.sentByReason());
    }

    private NavigableMap<Long, Value> answered(SensorId id, Instant from, Instant to)
            throws IOException, InterruptedException {
        URI range = URI.create("%s/api/v1/sensors/%s/readings?from=%s&to=%s".formatted(baseUrl, id, from, to));
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(range)
                        .header("Accept", "application/x-ndjson")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as("%s: %s", range, answer.body()).isEqualTo(200);
        NavigableMap<Long, Value> readings = new TreeMap<>();
        for (String line : answer.body().lines().toList()) {
            JsonNode reading = JSON.readTree(line);
            long timestamp = Instant.parse(reading.path("timestamp").asText()).toEpochMilli();
            assertThat(readings.put(timestamp, value(reading.path("value"))))
                    .as("another reading of %s at %d", id, timestamp)
                    .isNull();
        }
        return readings;
    }

    private static Value value(JsonNode value) {
        if (value.isNumber()) {
            return new Value.Numeric(value.doubleValue());
        }
        return value.isBoolean() ? Value.Flag.of(value.booleanValue()) : new Value.Text(value.textValue());
    }
}
