package io.telltale.bench;

import io.telltale.local.LocalStack;
import io.telltale.local.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * What a credential costs per request: {@code GET /api/v1/status}, which a service answers from memory, by one client
 * that waits for each response and keeps its connection. The ways take turns, A B B A.
 */
final class RequestWorkload {

    static final String NONE = "HTTP, security off";
    static final String TOKEN = "HTTP, bearer token";
    static final String ENCRYPTED = "HTTPS, bearer token";
    static final String PATH = "/api/v1/status";

    private static final String TOPIC = "sensors.requests";
    private static final long LONGEST_MICROS = 60_000_000;

    private final LocalStack stack;
    private final Contestants contestants;
    private final SecuredServers security;
    private final BenchOptions options;
    private final Narrator narrator;

    /** A protocol and a credential, to one of the two services. */
    private record Way(String name, HttpAccess access, String baseUrl, long pid) {}

    RequestWorkload(
            LocalStack stack,
            Contestants contestants,
            SecuredServers security,
            BenchOptions options,
            Narrator narrator) {
        this.stack = stack;
        this.contestants = contestants;
        this.security = security;
        this.options = options;
        this.narrator = narrator;
    }

    /** Requests of each way in a round. */
    static int requests(BenchOptions options) {
        return options.isFull() ? 50_000 : 20_000;
    }

    List<RequestRun> run() {
        BacklogTopic.make(stack.kafka(), TOPIC);
        try (ServiceProcess open = security.withoutSecurity(
                        contestants.settings(Rig.of(Peer.TELLTALE, TOPIC), "requests", List.of()));
                ServiceProcess guarded = security.withCredentials(
                        contestants.settings(Rig.of(Peer.SECURED, TOPIC), "requests", List.of()))) {
            open.start();
            guarded.start();
            return rounds(List.of(
                    new Way(NONE, HttpAccess.PLAIN, open.baseUrl(), open.pid()),
                    new Way(TOKEN, security.overHttp(), guarded.baseUrl(), guarded.pid()),
                    new Way(ENCRYPTED, security.overHttps(), guarded.tlsUrl(), guarded.pid())));
        }
    }

    private List<RequestRun> rounds(List<Way> ways) {
        ways.forEach(this::warmUp);
        List<RequestRun> runs = new ArrayList<>();
        List<Way> order = new ArrayList<>(ways);
        for (int round = 0; round < options.rounds(); round++) {
            for (Way way : order) {
                RequestRun run = measure(way, requests(options));
                narrator.say(
                        "%s: %s µs of processor time per request, %s µs latency",
                        run.way(), Page.decimal(run.micros()), Page.decimal(run.latencyMicros()));
                runs.add(run);
            }
            Collections.reverse(order);
        }
        return runs;
    }

    private void warmUp(Way way) {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < options.warmUp().toNanos()) {
            RequestRun unused = measure(way, 1_000);
        }
    }

    private static RequestRun measure(Way way, int requests) {
        HttpRequest request =
                way.access().request(URI.create(way.baseUrl() + PATH)).build();
        Histogram latencies = new Histogram(LONGEST_MICROS, 3);
        Duration before = ProcessorTime.of(way.pid());
        for (int i = 0; i < requests; i++) {
            long begin = System.nanoTime();
            send(way.access(), request);
            latencies.recordValue(Math.min(LONGEST_MICROS, (System.nanoTime() - begin) / 1_000));
        }
        double micros = ProcessorTime.of(way.pid()).minus(before).toNanos() / 1e3 / requests;
        return new RequestRun(way.name(), requests, micros, latencies.getValueAtPercentile(50));
    }

    private static void send(HttpAccess access, HttpRequest request) {
        try {
            int status = access.client()
                    .send(request, HttpResponse.BodyHandlers.ofByteArray())
                    .statusCode();
            if (status != 200) {
                throw new BenchException(String.format(Locale.ROOT, "%s answered %d", request.uri(), status));
            }
        } catch (IOException e) {
            throw new BenchException("%s gave no answer".formatted(request.uri()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
