package io.telltale.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.LocalStack;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.StackOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Backing up and restoring as docs/operations.md has it, on real servers and with the packaged service. */
@Tag("servers")
@Tag("long")
class RestoreIT {

    private static final String KEYSPACE = "telltale";
    private static final Instant BEGIN = Instant.parse("2026-01-31T12:00:00Z");
    private static final int SENSORS = 20;
    private static final int READINGS = 300;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void aBackupBringsBackEveryReadingAndKafkaThoseThatCameAfterIt() throws Exception {
        try (LocalStack stack = LocalStack.start(StackOptions.forTests());
                CqlSession session = stack.cassandra().connect()) {
            stack.kafka().createTopic("sensors.temperature", 3, Map.of("message.timestamp.type", "LogAppendTime"));
            ServiceSettings settings = ServiceSettings.packaged(
                    stack.kafka(), stack.cassandra(), stack.directory().resolve("service"));
            CassandraBackup backup =
                    new CassandraBackup(stack, KEYSPACE, stack.directory().resolve("backup"));

            List<String> before;
            try (ServiceProcess service = new ServiceProcess(settings)) {
                service.start();
                for (int sensor = 0; sensor < SENSORS; sensor++) {
                    post(service, sensor, 0);
                }
                before = awaitAll(service, READINGS);
                backup.take();
                // What nobody laid by is still in Kafka.
                post(service, 0, READINGS);
                awaitReadings(service, 0, 2 * READINGS);
            }

            session.execute("DROP KEYSPACE " + KEYSPACE);
            backup.restore(session);

            try (ServiceProcess service = new ServiceProcess(settings)) {
                service.start();
                assertThat(awaitAll(service, READINGS)).isEqualTo(before);
            }

            try (Admin admin = stack.kafka().admin()) {
                admin.deleteConsumerGroups(List.of("telltale")).all().get(30, TimeUnit.SECONDS);
            }
            try (ServiceProcess service = new ServiceProcess(settings)) {
                service.start();
                awaitReadings(service, 0, 2 * READINGS);
                assertThat(export(service, 1)).isEqualTo(before.get(1));
            }
        }
    }

    private void post(ServiceProcess service, int sensor, int first) throws IOException, InterruptedException {
        String readings = IntStream.range(first, first + READINGS)
                .mapToObj(
                        i -> "{\"type\":\"temperature\",\"sensorId\":\"sensor-%d\",\"timestamp\":\"%s\",\"value\":%d.5}"
                                .formatted(sensor, BEGIN.plusSeconds(i * 60L), i))
                .collect(Collectors.joining("\n"));
        HttpRequest request = HttpRequest.newBuilder(URI.create(service.baseUrl() + "/api/v1/readings"))
                .header("content-type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofString(readings))
                .build();
        assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isBetween(200, 299);
    }

    /** All sensors' readings as they are exported, once each has so many. */
    private List<String> awaitAll(ServiceProcess service, int readings) {
        return IntStream.range(0, SENSORS)
                .mapToObj(sensor -> awaitReadings(service, sensor, readings))
                .toList();
    }

    private String awaitReadings(ServiceProcess service, int sensor, int readings) {
        return await().atMost(Duration.ofSeconds(60))
                .until(() -> export(service, sensor), export -> export.lines().count() == readings);
    }

    private String export(ServiceProcess service, int sensor) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("%s/api/v1/sensors/sensor-%d/readings?from=%s&to=%s"
                        .formatted(service.baseUrl(), sensor, BEGIN, BEGIN.plus(Duration.ofDays(2)))))
                .header("accept", "application/x-ndjson")
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        return response.statusCode() == 200 ? response.body() : "";
    }
}
