package io.telltale.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;

/** Reads a range over HTTP and counts its readings, by a byte that each of them has. */
final class HttpReader implements RangeReader {

    private static final Duration LIMIT = Duration.ofMinutes(10);

    private final String server;
    private final HttpAccess access;
    private final String baseUrl;
    private final long pid;
    private final Form form;
    private final byte[] buffer = new byte[1 << 16];

    /** What is asked for, and how its readings are counted. */
    enum Form {
        /** {@code {"readings":[{…},{…}],"meta":{"ingestedThrough":{…}}}}: three braces are not of a reading. */
        PAGE("JSON page", "application/json", '{', 3, "/api/v1/sensors/%s/readings?from=%d&to=%d&limit=10000"),
        LINES("NDJSON", "application/x-ndjson", '\n', 0, "/api/v1/sensors/%s/readings?from=%d&to=%d"),
        ROWS("CSV", "text/csv", '\n', 1, "/api/v1/sensors/%s/readings?from=%d&to=%d"),
        FLASK("JSON", "application/json", '{', 0, "/sensors/%s/readings?from=%d&to=%d");

        private final String label;
        private final String accept;
        private final char counted;
        private final int others;
        private final String path;

        Form(String label, String accept, char counted, int others, String path) {
            this.label = label;
            this.accept = accept;
            this.counted = counted;
            this.others = others;
            this.path = path;
        }

        String label() {
            return label;
        }
    }

    /**
     * @param server as the results name it
     * @param access to it
     */
    HttpReader(String server, HttpAccess access, String baseUrl, long pid, Form form) {
        this.server = server;
        this.access = access;
        this.baseUrl = baseUrl;
        this.pid = pid;
        this.form = form;
    }

    @Override
    public String name() {
        return server + ", " + form.label();
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public long read(StoredSensor sensor, long fromMillis, long toMillis) {
        HttpRequest request = access.request(
                        URI.create(baseUrl + form.path.formatted(sensor.id(), fromMillis, toMillis)))
                .header("Accept", form.accept)
                .timeout(LIMIT)
                .build();
        try {
            HttpResponse<InputStream> answer = access.client().send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = answer.body()) {
                if (answer.statusCode() != 200) {
                    throw new BenchException(
                            String.format(Locale.ROOT, "%s answered %d", request.uri(), answer.statusCode()));
                }
                return count(body) - form.others;
            }
        } catch (IOException e) {
            throw new BenchException("%s gave no answer".formatted(request.uri()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    private long count(InputStream body) throws IOException {
        long count = 0;
        for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
            for (int i = 0; i < read; i++) {
                count += buffer[i] == form.counted ? 1 : 0;
            }
        }
        return count;
    }
}
