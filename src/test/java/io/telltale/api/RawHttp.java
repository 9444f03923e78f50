package io.telltale.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Requests that other clients do not send: invalid bytes over HTTP/1.1, and HTTP/2 without TLS and without an upgrade.
 */
public final class RawHttp {

    private static final int TIMEOUT_MILLIS = 15_000;

    private RawHttp() {}

    /** Sends bytes, and returns all that comes until the server closes the connection. */
    public static String exchange(int port, String request) throws IOException {
        try (Socket socket = new Socket("localhost", port)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    /** The statuses of all responses in what came. */
    public static List<Integer> statuses(String answers) {
        List<Integer> statuses = new ArrayList<>();
        for (int at = answers.indexOf("HTTP/1.1 "); at >= 0; at = answers.indexOf("HTTP/1.1 ", at + 1)) {
            statuses.add(Integer.parseInt(answers.substring(at + 9, at + 12)));
        }
        return statuses;
    }

    /**
     * A response over HTTP/2.
     *
     * @param headers by their names in lower case
     */
    public record Answer(int status, Map<String, String> headers, String body) {}

    /** Sends a request over a new HTTP/2 connection. */
    public static Answer http2(int port, HttpMethod method, String path, String... headers) throws Exception {
        return http2(port, method, List.of(path), headers).get(0);
    }

    /** Sends requests one after another over one HTTP/2 connection. */
    public static List<Answer> http2(int port, HttpMethod method, List<String> paths, String... headers)
            throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            var client = vertx.createHttpClient(new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false)
                    .setHttp2MaxPoolSize(1));
            List<Answer> answers = new ArrayList<>();
            for (String path : paths) {
                answers.add(client.request(method, port, "localhost", path)
                        .compose(request -> {
                            for (int i = 0; i < headers.length; i += 2) {
                                request.putHeader(headers[i], headers[i + 1]);
                            }
                            return request.send();
                        })
                        .compose(response -> {
                            Map<String, String> fields = new TreeMap<>();
                            response.headers()
                                    .forEach((name, value) -> fields.put(name.toLowerCase(Locale.ROOT), value));
                            return response.body()
                                    .map(body -> new Answer(response.statusCode(), fields, body.toString()));
                        })
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS));
            }
            return answers;
        } finally {
            vertx.close();
        }
    }
}
