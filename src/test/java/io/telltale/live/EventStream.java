package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.RestAssured;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client that reads server-sent events continuously. */
public final class EventStream implements AutoCloseable {

    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private final HttpResponse<InputStream> answer;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> comments = new LinkedBlockingQueue<>();
    private volatile String lastId = "";

    /**
     * An event.
     *
     * @param name empty if it is unnamed
     * @param id the last id that was received with it or before; empty if there was none
     * @param atNanos the time of receipt, by {@link System#nanoTime}
     */
    public record Event(String name, String data, String id, long atNanos) {}

    private EventStream(HttpResponse<InputStream> answer) {
        this.answer = answer;
        Thread reader = new Thread(this::read, "event-stream");
        reader.setDaemon(true);
        reader.start();
    }

    /** Opens a stream, which receives everything that is sent after this method returned. */
    public static EventStream open(String path) throws IOException, InterruptedException {
        return open(path, "");
    }

    /** Opens a stream behind a received event. */
    public static EventStream open(String path, String lastEventId) throws IOException, InterruptedException {
        return open("http://localhost:" + RestAssured.port, path, lastEventId);
    }

    /**
     * Opens a stream of another service.
     *
     * @throws IOException if it is unavailable or answers 503
     */
    public static EventStream open(String baseUrl, String path, String lastEventId)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(baseUrl + path))
                .timeout(Duration.ofSeconds(20))
                .header("Accept", "text/event-stream");
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<InputStream> answer = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() == 503) {
            throw new IOException("503 of %s: %s".formatted(baseUrl, text(answer)));
        }
        assertThat(answer.statusCode()).as(baseUrl + path).isEqualTo(200);
        return new EventStream(answer);
    }

    private static String text(HttpResponse<InputStream> answer) throws IOException {
        try (InputStream body = answer.body()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    HttpHeaders headers() {
        return answer.headers();
    }

    /** The next event; fails after 30 s without one. */
    public Event next() throws InterruptedException {
        Event event = events.poll(30, TimeUnit.SECONDS);
        assertThat(event).as("an event").isNotNull();
        return Objects.requireNonNull(event);
    }

    /** The next event; null after a timeout. */
    public @Nullable Event next(Duration within) throws InterruptedException {
        return events.poll(within.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The data of the next event. */
    public String nextData() throws InterruptedException {
        return next().data();
    }

    /** The next comment without its colon; null after a timeout. */
    @Nullable
    String nextComment(Duration within) throws InterruptedException {
        return comments.poll(within.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The last received id, with an event or without; empty if there was none. */
    public String lastId() {
        return lastId;
    }

    public int waiting() {
        return events.size();
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            String name = "";
            String id = "";
            StringBuilder data = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty() && !data.isEmpty()) {
                    events.add(new Event(name, data.toString(), id, System.nanoTime()));
                    name = "";
                    data.setLength(0);
                } else if (line.startsWith(":")) {
                    comments.add(line.substring(1));
                } else if (line.startsWith("id: ")) {
                    id = line.substring("id: ".length());
                    lastId = id;
                } else if (line.startsWith("event: ")) {
                    name = line.substring("event: ".length());
                } else if (line.startsWith("data: ")) {
                    data.append(line.substring("data: ".length()));
                }
            }
        } catch (IOException e) {
            events.add(new Event("closed", String.valueOf(e.getMessage()), "", System.nanoTime()));
        }
    }

    @Override
    public void close() throws IOException {
        answer.body().close();
    }
}
