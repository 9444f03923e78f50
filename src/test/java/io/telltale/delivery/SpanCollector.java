package io.telltale.delivery;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands in for an OTLP collector, over HTTP: it takes what is sent and keeps it. Of protobuf it knows no more than where a
 * name stands, and the number behind it.
 */
final class SpanCollector implements AutoCloseable {

    private final HttpServer server;
    private final List<String> exports = new CopyOnWriteArrayList<>();

    private SpanCollector(HttpServer server) {
        this.server = server;
    }

    static SpanCollector start() throws IOException {
        SpanCollector collector =
                new SpanCollector(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        collector.server.createContext("/v1/traces", collector::take);
        collector.server.start();
        return collector;
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** How many spans of that name came so far. */
    int spans(String name) {
        return exports.stream().mapToInt(export -> places(export, name).size()).sum();
    }

    /** All values of an attribute that is a whole number below 2^28, added up. */
    int sum(String attribute) {
        return exports.stream()
                .mapToInt(export -> places(export, attribute).stream()
                        .mapToInt(place -> numberAt(export, place + attribute.length()))
                        .sum())
                .sum();
    }

    /** Field 2, the value, with its length; in it field 3, a number of 7 bits a byte, the least first. */
    private static int numberAt(String export, int place) {
        if (export.charAt(place) != 0x12 || export.charAt(place + 2) != 0x18) {
            throw new IllegalArgumentException("no number stands there");
        }
        int number = 0;
        for (int i = 0; i < 4; i++) {
            char next = export.charAt(place + 3 + i);
            number |= (next & 0x7f) << (7 * i);
            if (next < 0x80) {
                return number;
            }
        }
        throw new IllegalArgumentException("a larger number than expected");
    }

    private static List<Integer> places(String export, String name) {
        // Its length stands before it, so that a part of a longer name does not count.
        String counted = (char) name.length() + name;
        List<Integer> places = new ArrayList<>();
        for (int at = export.indexOf(counted); at >= 0; at = export.indexOf(counted, at + 1)) {
            places.add(at + 1);
        }
        return places;
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            exports.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
            exchange.getResponseHeaders().add("content-type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
