package io.telltale.ingest;

import io.telltale.sensors.SensorId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Observes a service during faults: whether it stores readings, answers ranges and sends live events. */
final class ServiceObserver implements AutoCloseable {

    private static final long BETWEEN_LOOKS_MILLIS = 200;

    private final String baseUrl;
    private final String range;
    private final HttpClient http = HttpClient.newHttpClient();
    private final InputStream events;
    private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor();
    private double stored;
    private long storedAtNanos = System.nanoTime();
    private long eventAtNanos = System.nanoTime();
    private Seen seen = new Seen(Duration.ZERO, Duration.ZERO, 0, 0, List.of(), Duration.ZERO);

    /**
     * The observations so far.
     *
     * @param longestWithoutStoring the longest time without a durable reading
     * @param longestWithoutEvents the longest time without a live event
     * @param mostBehind the maximum consumer lag
     * @param answers the number of answered ranges
     * @param failures the failed ranges
     * @param slowestAnswer the slowest answer to a range
     */
    record Seen(
            Duration longestWithoutStoring,
            Duration longestWithoutEvents,
            long mostBehind,
            int answers,
            List<String> failures,
            Duration slowestAnswer) {}

    private ServiceObserver(String baseUrl, SensorId sensor, InputStream events) {
        this.baseUrl = baseUrl;
        this.range = "%s/api/v1/sensors/%s/readings?from=now-1m&to=now".formatted(baseUrl, sensor);
        this.events = events;
    }

    /**
     * Starts the observation.
     *
     * @param sensor the sensor whose ranges are read
     */
    static ServiceObserver over(String baseUrl, SensorId sensor) throws IOException, InterruptedException {
        HttpRequest live = HttpRequest.newBuilder(URI.create(baseUrl + "/api/v1/readings/stream"))
                .build();
        InputStream events = HttpClient.newHttpClient()
                .send(live, HttpResponse.BodyHandlers.ofInputStream())
                .body();
        ServiceObserver observer = new ServiceObserver(baseUrl, sensor, events);
        Thread reader = new Thread(observer::listen, "observe-events");
        reader.setDaemon(true);
        reader.start();
        observer.start();
        return observer;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // What fails is counted.
    private void start() {
        looking.scheduleWithFixedDelay(this::look, 0, BETWEEN_LOOKS_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        long asked = System.nanoTime();
        Optional<String> failure = ask();
        Duration took = Duration.ofNanos(System.nanoTime() - asked);
        ServiceMetrics metrics = ServiceMetrics.of(baseUrl);
        note(failure, took, metrics.sum("telltale_readings_stored_total"), (long) metrics.sum("telltale_consumer_lag"));
    }

    private Optional<String> ask() {
        try {
            HttpRequest question = HttpRequest.newBuilder(URI.create(range))
                    .timeout(Duration.ofSeconds(30))
                    .build();
            HttpResponse<String> answer = http.send(question, HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? Optional.empty() : Optional.of(answer.body());
        } catch (IOException e) {
            return Optional.of(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(e.toString());
        }
    }

    private synchronized void note(Optional<String> failure, Duration took, double storedNow, long behind) {
        long now = System.nanoTime();
        if (storedNow > stored) {
            stored = storedNow;
            storedAtNanos = now;
        }
        List<String> failures = new ArrayList<>(seen.failures());
        failure.ifPresent(failures::add);
        seen = new Seen(
                longer(seen.longestWithoutStoring(), now - storedAtNanos),
                longer(seen.longestWithoutEvents(), now - eventAtNanos),
                Math.max(seen.mostBehind(), behind),
                seen.answers() + (failure.isEmpty() ? 1 : 0),
                List.copyOf(failures),
                longer(seen.slowestAnswer(), took.toNanos()));
    }

    private static Duration longer(Duration before, long nanos) {
        return before.toNanos() >= nanos ? before : Duration.ofNanos(nanos);
    }

    private void listen() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(events, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data: {\"sensorId\"")) {
                    noteEvent();
                }
            }
        } catch (IOException e) {
            // Closed: the time without events grows from here on.
        }
    }

    private synchronized void noteEvent() {
        eventAtNanos = System.nanoTime();
    }

    synchronized Seen seen() {
        return seen;
    }

    @Override
    public void close() throws IOException {
        looking.shutdownNow();
        events.close();
    }
}
