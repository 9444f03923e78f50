package io.telltale.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The connections of the page, to a server that imitates the API. Skipped without Chromium. */
@Tag("slow")
class PageConnectionsTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int HEARTBEAT_MILLIS = 100;
    private static final byte[] EMPTY = "{\"sensors\":[],\"readings\":[],\"values\":[]}".getBytes(UTF_8);

    private final AtomicInteger streams = new AtomicInteger();
    private final CountDownLatch isEnded = new CountDownLatch(1);

    /** A browser keeps a page for the back button, and has six connections to a server. */
    @Test
    void endsItsStreamWhenThePageIsLeft() throws IOException {
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.createContext("/api/", PageConnectionsTest::answer);
        server.createContext("/api/v1/readings/stream", this::stream);
        try (Browser browser = Browser.start()) {
            server.start();
            String page = "http://127.0.0.1:%d/".formatted(server.getAddress().getPort());
            browser.open(page);
            awaitStreams(1);
            browser.run("window.isKept = true;");
            browser.leave();
            awaitStreams(0);

            browser.back();
            browser.awaitText("#connection", "Live");
            awaitStreams(1);
            assertThat(browser.run("return window.isKept === true;"))
                    .as("the browser kept the page")
                    .isEqualTo(true);
            browser.assertQuiet(page.replaceFirst("/$", ""));
        } finally {
            isEnded.countDown();
            server.stop(0);
            threads.shutdownNow();
        }
    }

    private void awaitStreams(int number) {
        await().atMost(LIMIT).until(() -> streams.get() == number);
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        PageFile file = PageFile.read(path.equals("/") ? "/page/index.html" : path);
        if (file == null) {
            exchange.sendResponseHeaders(404, -1);
        } else {
            exchange.getResponseHeaders().set("Content-Type", file.mediaType());
            exchange.sendResponseHeaders(200, file.plain().length());
            exchange.getResponseBody().write(file.plain().getBytes());
        }
        exchange.close();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, EMPTY.length);
        exchange.getResponseBody().write(EMPTY);
        exchange.close();
    }

    /** Heartbeats, until the client is gone. */
    private void stream(HttpExchange exchange) throws IOException {
        streams.incrementAndGet();
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = exchange.getResponseBody()) {
            do {
                body.write(": on\nid: a\n\n".getBytes(UTF_8));
                body.flush();
            } while (!isEnded.await(HEARTBEAT_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            streams.decrementAndGet();
        }
    }
}
