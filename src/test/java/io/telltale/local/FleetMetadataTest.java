package io.telltale.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The metadata of the local fleet, sent to a server that imitates the API. */
class FleetMetadataTest {

    private static final byte[] SENSORS =
            "{\"sensors\":[{\"sensorId\":\"boiler-7\",\"site\":\"oslo-1\"}]}".getBytes(UTF_8);

    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "Bearer token")
    void setsMetadataAlsoWithACredential(@Nullable String authorization) throws IOException, InterruptedException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/v1/sensors", this::answer);
        server.start();
        String baseUrl = "http://127.0.0.1:" + server.getAddress().getPort();
        try (FleetMetadata metadata =
                new FleetMetadata(new ApiAccess(HttpClient.newHttpClient(), baseUrl, authorization), 1)) {
            metadata.start();
            assertThat(requests.poll(10, TimeUnit.SECONDS)).startsWith("GET /api/v1/sensors " + authorization);
            assertThat(requests.poll(10, TimeUnit.SECONDS))
                    .startsWith("PUT /api/v1/sensors/boiler-7 " + authorization)
                    .contains("\"expectedInterval\":\"PT5S\"", "\"floor\":", "\"latitude\":\"59.9139\"");
        } finally {
            server.stop(0);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.add("%s %s %s %s"
                .formatted(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().getPath(),
                        exchange.getRequestHeaders().getFirst("Authorization"),
                        new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
        exchange.sendResponseHeaders(200, SENSORS.length);
        exchange.getResponseBody().write(SENSORS);
        exchange.close();
    }
}
