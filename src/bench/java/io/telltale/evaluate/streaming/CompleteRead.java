package io.telltale.evaluate.streaming;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.bench.BenchException;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.HistoryChecker;
import io.telltale.evaluate.HistoryChecker.Verdict;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;

/**
 * Reads the whole range of each sensor over REST, after all faults, and compares it with the ledger.
 *
 * @param address of a replica
 */
record CompleteRead(String address) {

    /** The checks that a complete read can fail. */
    static final Set<Check> CHECKS = EnumSet.of(Check.LOST, Check.INVENTED, Check.DUPLICATE);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Verdict verdict(Ledger ledger) {
        List<Read> reads = new ArrayList<>();
        for (int sensor = 0; sensor < ledger.fleet().sensors(); sensor++) {
            reads.add(read(ledger, sensor));
        }
        return verdict(ledger, reads);
    }

    static Verdict verdict(Ledger ledger, List<Read> reads) {
        Verdict verdict = HistoryChecker.check(ledger.writes(), reads);
        return new Verdict(
                verdict.checks().stream()
                        .filter(check ->
                                CHECKS.stream().anyMatch(known -> known.label().equals(check.name())))
                        .toList(),
                verdict.violations(),
                List.of());
    }

    private Read read(Ledger ledger, int sensor) {
        String id = ledger.fleet().sensor(sensor).value();
        long begin = System.nanoTime() / 1_000;
        HttpResponse<String> response = response(URI.create("%s/api/v1/sensors/%s/readings?from=%d&to=%d"
                .formatted(address, id, ledger.fleet().startMillis(), ledger.endMillis())));
        return new Read(
                address,
                begin,
                System.nanoTime() / 1_000,
                ledger.keysOf(sensor),
                response.headers().firstValue("telltale-complete").orElse("").equals("true"),
                true,
                response.body().lines().map(line -> observed(id, line)).toList());
    }

    /** Retries while the replica answers 503 or breaks a response off: servers may have just come back. */
    private static HttpResponse<String> response(URI uri) {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Accept", "application/x-ndjson")
                .timeout(LIMIT)
                .build();
        return Awaitility.await("a response of " + uri)
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .pollDelay(Duration.ZERO)
                .until(
                        () -> HTTP.send(request, HttpResponse.BodyHandlers.ofString()),
                        response -> response.statusCode() == 200);
    }

    /** A line of a response. */
    static Observed observed(String sensorId, String line) {
        try {
            JsonNode reading = JSON.readTree(line);
            double value = reading.path("value").asDouble(Double.NaN);
            return new Observed(
                    new History.Key(
                            sensorId,
                            Instant.parse(reading.path("timestamp").asText()).toEpochMilli()),
                    value == Math.rint(value) ? Long.toString((long) value) : line);
        } catch (IOException e) {
            throw new BenchException("a line of sensor %s is not JSON: %s".formatted(sensorId, line), e);
        }
    }
}
