package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.local.KafkaBroker;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.simulate.Ledger;
import io.telltale.simulate.SimulationCounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jboss.logging.Logger;

/** Compares the answers of a service with the ledger of a fleet. */
final class FleetAccounts {

    /** Late readings are up to 12 hours old. */
    private static final Duration REACH = Duration.ofHours(13);

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Logger log = Logger.getLogger(FleetAccounts.class);
    private static final Duration BETWEEN_QUESTIONS = Duration.ofSeconds(1);
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(1);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String baseUrl;
    private final String consistency;
    private final Duration patience;

    /** Without retry: Cassandra is available, so each request succeeds. */
    FleetAccounts(String baseUrl) {
        this(baseUrl, "local_quorum", Duration.ZERO);
    }

    /**
     * @param patience how long a request is retried that is rejected with 503 or ends early: a node that restarts lets
     *     some time out, and the contract tells clients to retry
     */
    FleetAccounts(String baseUrl, String consistency, Duration patience) {
        this.baseUrl = baseUrl;
        this.consistency = consistency;
        this.patience = patience;
    }

    /** Waits until all records of these types are committed. */
    static void awaitAllCommitted(Set<SensorType> types, Duration limit) {
        awaitAllCommitted("telltale", types, limit);
    }

    static void awaitAllCommitted(String group, Set<SensorType> types, Duration limit) {
        awaitAllCommitted(SharedStack.get().kafka(), group, types, limit);
    }

    static void awaitAllCommitted(KafkaBroker kafka, String group, Set<SensorType> types, Duration limit) {
        await().atMost(limit).pollInterval(Duration.ofMillis(200)).untilAsserted(() -> assertThat(
                        CommittedOffsets.missing(kafka, group, types::contains))
                .as("uncommitted records by partition")
                .isEmpty());
    }

    /** Asserts that the answers have each reading of the ledger with its last value, and no other. */
    void assertBalanced(Ledger ledger, SimulationCounts sent, Instant start, DeadLetterBox deadLetters) {
        assertThat(sent.failed()).as("unsettled records").isZero();
        assertThat(sent.distinct() + sent.repeats() + sent.corrections() + sent.deadLetters())
                .isEqualTo(sent.acknowledged());
        assertThat(ledger.size()).as("readings in the ledger").isEqualTo(sent.distinct());
        assertThat(ledger.deadLetters()).isEqualTo(sent.sentByReason());
        assertAnswered(ledger, start);
        assertDeadLetters(ledger, deadLetters);
        assertThat(deadLetters.countsByReason()).as("dead letters by reason").isEqualTo(sent.sentByReason());
    }

    /** Asserts that each sensor has the readings of the ledger, perhaps unsettled ones, and no other. */
    void assertAnswered(Ledger ledger, Instant start) {
        assertThat(ledger.leftOut()).as("readings that the ledger omits").isZero();
        assertThat(differences(ledger, start)).as("sensors with a difference").isEmpty();
    }

    /** Asserts a dead letter for each bad record, and for no other except unsettled ones. */
    static void assertDeadLetters(Ledger ledger, DeadLetterBox deadLetters) {
        Map<String, String> letters = deadLetters.reasonsByOrigin();
        Map<String, String> missing = new TreeMap<>(ledger.deadLetterOrigins());
        missing.entrySet().removeIf(each -> each.getValue().equals(letters.get(each.getKey())));
        assertThat(missing).as("missing dead letters by origin").isEmpty();
        Map<String, Long> unsettled = ledger.unsettledDeadLetters();
        Map<String, Long> counts = deadLetters.countsByReason();
        assertThat(counts.keySet())
                .as("reasons of dead letters")
                .isSubsetOf(union(ledger.deadLetters().keySet(), unsettled.keySet()));
        ledger.deadLetters().forEach((reason, count) -> assertThat(counts.getOrDefault(reason, 0L))
                .as("dead letters as %s", reason)
                .isBetween(count, count + unsettled.getOrDefault(reason, 0L)));
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        Set<String> all = new TreeSet<>(some);
        all.addAll(others);
        return all;
    }

    /** The difference of each sensor that has one. */
    Map<SensorId, String> differences(Ledger ledger, Instant start) {
        Map<SensorId, String> differences = new ConcurrentSkipListMap<>();
        // In parallel, since requests wait for servers.
        ledger.sensors().parallelStream().forEach(id -> Difference.between(
                        ledger.readings(id), ledger.unsettled(id), answered(id, start.minus(REACH), start.plus(REACH)))
                .ifPresent(difference -> differences.put(id, difference)));
        return differences;
    }

    private NavigableMap<Long, Value> answered(SensorId id, Instant from, Instant to) {
        long begin = System.nanoTime();
        return await().pollDelay(Duration.ZERO)
                .pollInterval(BETWEEN_QUESTIONS)
                .atMost(patience.plus(ANSWER_LIMIT))
                .until(
                        () -> {
                            try {
                                return ask(id, from, to);
                            } catch (JsonProcessingException e) {
                                // Not an incomplete answer: it must never look complete.
                                throw new AssertionError("sensor %s was answered by half a line".formatted(id), e);
                            } catch (IOException e) {
                                if (System.nanoTime() - begin >= patience.toNanos()) {
                                    throw new UncheckedIOException("sensor %s was not answered".formatted(id), e);
                                }
                                log.warnf("Sensor %s is asked for again: %s", id, e);
                                return null;
                            }
                        },
                        Objects::nonNull);
    }

    private NavigableMap<Long, Value> ask(SensorId id, Instant from, Instant to)
            throws IOException, InterruptedException {
        URI range = URI.create("%s/api/v1/sensors/%s/readings?from=%s&to=%s&consistency=%s"
                .formatted(baseUrl, id, from, to, consistency));
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(range)
                        .header("Accept", "application/x-ndjson")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() == 404) {
            return new TreeMap<>();
        }
        if (answer.statusCode() == 503) {
            throw new IOException("503: " + answer.body());
        }
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
