package io.telltale.bench;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * The service with tracing switched on, and the collector that its spans go to over HTTP. The collector lives in the
 * benchmark's JVM and drops what it gets; what it costs is nobody's. It counts, so that a build that sends nothing is
 * not measured for one that does.
 */
final class TracedContestant implements Contestant {

    private final HttpServer collector;
    private final LongAdder requests = new LongAdder();
    private final TelltaleContestant service;

    /** @param service made with where the collector is */
    TracedContestant(Function<String, TelltaleContestant> service) {
        try {
            this.collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        collector.createContext("/v1/traces", exchange -> {
            try (exchange;
                    InputStream spans = exchange.getRequestBody()) {
                spans.transferTo(OutputStream.nullOutputStream());
                requests.increment();
                exchange.sendResponseHeaders(200, -1);
            }
        });
        collector.start();
        this.service =
                service.apply("http://127.0.0.1:" + collector.getAddress().getPort());
    }

    static Map<String, String> configuration(String endpoint) {
        return Map.of(
                "quarkus.otel.sdk.disabled",
                "false",
                "quarkus.otel.exporter.otlp.endpoint",
                endpoint,
                "quarkus.otel.exporter.otlp.protocol",
                "http/protobuf");
    }

    @Override
    public Peer peer() {
        return Peer.TRACED;
    }

    @Override
    public void start() {
        service.start();
    }

    @Override
    public long pid() {
        return service.pid();
    }

    @Override
    public Written written() {
        return service.written();
    }

    /** @throws BenchException if no span has come: the service was built without tracing */
    @Override
    public void close() {
        service.close();
        collector.stop(0);
        if (requests.sum() == 0) {
            throw new BenchException(
                    "traced: the service has sent no span; it has to be built with tracing, as by mvn -Pbench -Dtracing");
        }
    }
}
