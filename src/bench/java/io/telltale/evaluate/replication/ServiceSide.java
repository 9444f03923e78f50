package io.telltale.evaluate.replication;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.bench.BenchException;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The clients of the service of one data center.
 *
 * @param name of the data center
 * @param statements whether responses state an {@code ingestedThrough}
 * @param unpromised whether responses say that they may lack readings of another data center
 * @param isKafkaShared whether the other data center ingests the same topics: only then such a response is excused
 */
record ServiceSide(
        String name,
        String baseUrl,
        Ledger ledger,
        HttpClient http,
        Tally posts,
        Tally queries,
        Tally statements,
        Tally unpromised,
        boolean isKafkaShared) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(10);
    /** The ledger has its own clock. */
    private static final long CLOCK_DIFFERENCE_MICROS = 5_000;

    /** A reading to post. */
    record Reading(History.Key key, String value, long arrival) {}

    static ServiceSide of(String name, String baseUrl, Ledger ledger, boolean isKafkaShared) {
        return new ServiceSide(
                name,
                baseUrl,
                ledger,
                HttpClient.newBuilder().connectTimeout(LIMIT).build(),
                new Tally(),
                new Tally(),
                new Tally(),
                new Tally(),
                isKafkaShared);
    }

    /** Posts readings in one request; the ledger has them as acknowledged if all were accepted. */
    void post(String type, List<Reading> readings, Phase phase) {
        String body = readings.stream()
                .map(reading -> "{\"type\":\"%s\",\"sensorId\":\"%s\",\"timestamp\":%d,\"value\":%s}"
                        .formatted(type, reading.key().sensor(), reading.key().timestampMillis(), reading.value()))
                .collect(Collectors.joining(",", "[", "]"));
        long begin = ledger.micros();
        boolean isAccepted = send(request("/api/v1/readings")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)))
                .filter(response -> response.statusCode() == 202 && accepted(response.body()) == readings.size())
                .isPresent();
        count(posts, phase, isAccepted, begin);
        readings.forEach(
                reading -> ledger.addPosted(name, reading.key(), reading.value(), reading.arrival(), isAccepted));
    }

    /**
     * Reads a range of a sensor. Before the final read, the response must have what was acknowledged on this side
     * before the {@code ingestedThrough} that it states. Where the topics are shared it may say instead that readings
     * may be in the other data center. It promises nothing of the other side.
     *
     * @param asked the keys of the range
     * @return the answer's readings by key; empty without an answer
     */
    Optional<Map<History.Key, String>> read(
            String sensor, long from, long to, List<History.Key> asked, Phase phase, boolean isFinal) {
        long begin = ledger.micros();
        Optional<HttpResponse<String>> response = send(request(
                                "/api/v1/sensors/%s/readings?from=%d&to=%d".formatted(sensor, from, to))
                        .header("Accept", "application/x-ndjson"))
                .filter(found -> found.statusCode() == 200);
        count(queries, phase, response.isPresent(), begin);
        if (isFinal && response.isEmpty()) {
            // Unread, nothing would be missing.
            throw new BenchException("the service of %s does not answer the final read of %s".formatted(name, sensor));
        }
        return response.map(found -> {
            List<Observed> observed = readings(sensor, found.body());
            Optional<Instant> through = found.headers()
                    .firstValue("telltale-ingested-through")
                    .map(header -> Instant.parse(header.substring(header.indexOf('=') + 1)));
            if (through.isPresent()) {
                statements.addAnswered(phase, 0, 1);
            } else {
                statements.addUnanswered(phase, 0);
            }
            boolean isUnpromised = found.headers()
                    .firstValue("telltale-reason")
                    .filter("consistency"::equals)
                    .isPresent();
            if (isUnpromised) {
                unpromised.addAnswered(phase, 0, 1);
            } else {
                unpromised.addUnanswered(phase, 0);
            }
            List<History.Key> expected =
                    isFinal ? asked : isUnpromised && isKafkaShared ? List.of() : promised(asked, through);
            ledger.add(
                    name,
                    new Read(
                            (isFinal ? "final-" : "") + name,
                            begin,
                            ledger.micros(),
                            expected,
                            found.headers()
                                            .firstValue("telltale-complete")
                                            .filter("true"::equals)
                                            .isPresent()
                                    && !isFinal,
                            isFinal,
                            observed));
            Map<History.Key, String> byKey = new LinkedHashMap<>();
            observed.forEach(reading -> byKey.put(reading.key(), reading.value()));
            return byKey;
        });
    }

    private List<History.Key> promised(List<History.Key> asked, Optional<Instant> through) {
        return ledger
                .acknowledgedBefore(name, through.map(ledger::microsAt).orElse(0L) - CLOCK_DIFFERENCE_MICROS)
                .stream()
                .filter(asked::contains)
                .toList();
    }

    private void count(Tally tally, Phase phase, boolean isAnswered, long begin) {
        if (isAnswered) {
            tally.addAnswered(phase, 0, ledger.micros() - begin);
        } else {
            tally.addUnanswered(phase, 0);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(baseUrl + path)).timeout(LIMIT);
    }

    private Optional<HttpResponse<String>> send(HttpRequest.Builder request) {
        try {
            return Optional.of(http.send(request.build(), BodyHandlers.ofString()));
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    private static int accepted(String body) {
        return parse(body).path("accepted").asInt();
    }

    /** The lines of a stream that are readings. */
    static List<Observed> readings(String sensor, String body) {
        List<Observed> readings = new ArrayList<>();
        body.lines()
                .map(ServiceSide::parse)
                .filter(line -> line.has("timestamp"))
                .forEach(line -> {
                    long millis = Instant.parse(line.path("timestamp").asText()).toEpochMilli();
                    readings.add(new Observed(
                            new History.Key(sensor, millis), line.path("value").asText()));
                });
        return readings;
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new BenchException("the service's answer is no JSON: " + text, e);
        }
    }
}
