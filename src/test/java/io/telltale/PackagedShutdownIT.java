package io.telltale;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import com.datastax.oss.driver.api.core.CqlSession;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.fleet.TestFleet;
import io.telltale.live.EventStream;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The end of a packaged replica, by SIGTERM: what it holds is stored, what runs is finished, and streams are told.
 */
@Tag("servers")
class PackagedShutdownIT {

    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final String KEYSPACE = "telltale_it";
    private static final long START = 1_769_904_000_000L;

    private final SharedStack stack = SharedStack.get();

    /** It logs as JSON. While Cassandra keeps it waiting, its end can be observed. */
    @Test
    void onSigtermItIsNotReadyStoresWhatItHoldsAndSaysGoodbyeLast(@TempDir Path directory) throws Exception {
        String name = "packaged-end-" + stack.nextNumber();
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .with("telltale.storage.keyspace", KEYSPACE)
                .with("mp.messaging.incoming.sensors.group.id", name)
                // Records of other tests would be held, too.
                .ofTopic("sensors." + name)
                // Longer than the test: what is stored was stored because the end came.
                .with("telltale.ingest.linger", "10s")
                .with("quarkus.log.console.json.enabled", "true");
        String ignored = "sensors.Held_" + stack.nextNumber();
        stack.kafka().createTopic(ignored, 1, Map.of());
        try (TestFleet fleet = TestFleet.ofType(name);
                ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            // Metrics exist before the first request, with the value 0.
            given().get(service.baseUrl() + "/q/metrics")
                    .then()
                    .body(containsString("telltale_live_subscribers 0"))
                    .body(containsString("telltale_live_gaps_total{reason=\"retention\"} 0"))
                    .body(containsString("telltale_queries_waiting 0"))
                    .body(containsString("telltale_posts_waiting 0"));
            String sensor = fleet.type() + "-held";
            try (EventStream stream = EventStream.open(service.baseUrl(), "/api/v1/readings/stream?type=" + name, "")) {
                fleet.send(sensor, START, "held");
                fleet.flush();
                assertThat(stream.nextData()).contains("held");
                await().atMost(LIMIT).until(() -> given().get(service.baseUrl() + "/q/metrics")
                        .asString()
                        .contains("telltale_readings_held 1"));
                CompletableFuture<Void> stopping;
                stack.cassandra().pause();
                try {
                    stopping = CompletableFuture.runAsync(service::stop);
                    await().atMost(LIMIT)
                            .until(() -> given().get(service.baseUrl() + "/q/health/ready")
                                            .statusCode()
                                    == 503);
                    assertThat(stream.waiting()).as("events while it drains").isZero();
                } finally {
                    stack.cassandra().resume();
                }
                assertThat(stream.next().name()).isEqualTo("goodbye");
                stopping.get(30, TimeUnit.SECONDS);
            }
            List<String> lines = Files.readAllLines(service.log());
            assertThat(lines).as("lines of the log").isNotEmpty().allSatisfy(line -> assertThat(
                            new ObjectMapper().readTree(line).get("message"))
                    .isNotNull());
            assertThat(lines).anyMatch(line -> line.contains("\"message\":\"Ingest is drained\""));
            assertThat(lines).anyMatch(line -> line.contains("topic=%s is not read".formatted(ignored)));
            assertThat(isStored(sensor)).isTrue();
        }
    }

    /** A live stream, which would not end by itself, and one whose client has left do not delay the end. */
    @Test
    void aPostUnderWayAtSigtermIsFinished(@TempDir Path directory) throws Exception {
        String name = "packaged-post-" + stack.nextNumber();
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .with("telltale.storage.keyspace", KEYSPACE)
                .with("mp.messaging.incoming.sensors.group.id", name);
        String first =
                "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":%d,\"value\":1}\n".formatted(name, name, START);
        String second = first.replace("\"value\":1", "\"value\":2");
        try (TestFleet fleet = TestFleet.ofType(name);
                ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            fleet.send(fleet.newSensor(), START, "so that there is a topic");
            fleet.flush();
            String path = "/api/v1/sensors/%s/readings/stream".formatted(name);
            EventStream.open(service.baseUrl(), path, "").close();
            try (EventStream stream = EventStream.open(service.baseUrl(), path, "");
                    Socket connection = new Socket(
                            InetAddress.getLoopbackAddress(),
                            URI.create(service.baseUrl()).getPort())) {
                send(
                        connection,
                        "POST /api/v1/readings HTTP/1.1\r\nHost: telltale\r\nContent-Type: application/x-ndjson\r\n"
                                + "Content-Length: %d\r\n\r\n%s".formatted(2 * first.length(), first));
                assertThat(stream.nextData()).as("is under way").contains("\"value\":1");
                CompletableFuture<Void> stopping = CompletableFuture.runAsync(service::stop);
                assertThat(stream.next().name()).isEqualTo("goodbye");
                await().atMost(LIMIT)
                        .until(() -> Files.readString(service.log()).contains("Waiting for HTTP requests to complete"));
                send(connection, second);
                long answered = System.nanoTime();
                assertThat(new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("HTTP/1.1 202 ")
                        .contains("\"accepted\":2");
                stopping.get(30, TimeUnit.SECONDS);
                assertThat(Duration.ofNanos(System.nanoTime() - answered))
                        .as("until it left")
                        .isLessThan(Duration.ofSeconds(8));
            }
        }
    }

    private static void send(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private boolean isStored(String sensor) {
        try (CqlSession session = stack.cassandra().connect()) {
            return session.execute("SELECT ts FROM %s.readings WHERE sensor_id = '%s' ALLOW FILTERING"
                                    .formatted(KEYSPACE, sensor))
                            .one()
                    != null;
        }
    }
}
