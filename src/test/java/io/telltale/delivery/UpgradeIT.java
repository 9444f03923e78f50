package io.telltale.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import io.telltale.fleet.TestFleet;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two versions side by side on one keyspace, as while an upgrade is rolled out or back. The tables are those of a
 * version to come: each has a column more, and there is a table more. The older of the two is this version, too, unless
 * {@code -Dolder=.../quarkus-run.jar} names the jar of one.
 */
@Tag("servers")
@Tag("long")
class UpgradeIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long START = 1_769_904_000_000L;
    private static final int READINGS = 200;

    private final SharedStack stack = SharedStack.get();
    private final HttpClient http = HttpClient.newHttpClient();
    private final String name = "upgrade-" + stack.nextNumber();
    private final String keyspace = "telltale_" + name.replace('-', '_');
    private int sent;

    @Test
    void twoVersionsShareTheTablesOfANewerOneAndTheOlderComesBack(@TempDir Path directory) throws Exception {
        try (TestFleet fleet = TestFleet.ofType(name);
                CqlSession session = stack.cassandra().connect();
                ServiceProcess older = service(directory.resolve("older"));
                ServiceProcess newer = service(directory.resolve("newer"))) {
            String sensor = fleet.newSensor();
            older.start();
            send(fleet, sensor);
            awaitAll(older, sensor);

            // What the older one has prepared, it goes on using.
            bringTablesToTheNextVersion(session);
            send(fleet, sensor);
            awaitAll(older, sensor);

            newer.start();
            String another = fleet.newSensor();
            fleet.send(another, START, "of both");
            for (int round = 0; round < 5; round++) {
                send(fleet, sensor);
                awaitAll(older, sensor);
                awaitAll(newer, sensor);
            }
            assertThat(put(newer, sensor, "{\"name\":\"boiler\"}")).isEqualTo(200);
            await().atMost(LIMIT).untilAsserted(() -> assertThat(get(older, "/api/v1/sensors/" + sensor))
                    .contains("boiler"));
            assertThat(delete(older, another)).isEqualTo(204);
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(readings(newer, another)).isEmpty());

            older.stop();
            send(fleet, sensor);
            awaitAll(newer, sensor);

            // Rolled back: the older one finds tables that it does not know.
            older.start();
            newer.stop();
            send(fleet, sensor);
            awaitAll(older, sensor);
            for (ServiceProcess service : List.of(older, newer)) {
                assertThat(Files.readAllLines(service.log()))
                        .as("complaints in %s", service.log())
                        // Kafka's own clients complain of a topic that was made a moment ago.
                        .noneMatch(line -> line.contains(" ERROR [io.telltale"));
            }
        }
    }

    private ServiceProcess service(Path directory) throws IOException {
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .sparing()
                .with("telltale.storage.keyspace", keyspace)
                .with("mp.messaging.incoming.sensors.group.id", name);
        String older = System.getProperty("older", "");
        return new ServiceProcess(
                directory.endsWith("older") && !older.isEmpty()
                        ? settings.withProgram(Path.of(older).toRealPath(), List.of())
                        : settings);
    }

    private void bringTablesToTheNextVersion(CqlSession session) {
        List<String> tables = session.refreshSchema().getKeyspace(keyspace).orElseThrow().getTables().values().stream()
                .map(TableMetadata::getName)
                .map(table -> table.asCql(true))
                .toList();
        assertThat(tables).contains("readings", "sensors");
        tables.forEach(table -> session.execute(
                "ALTER TABLE %s.%s ADD of_the_next_version map<text, text>".formatted(keyspace, table)));
        session.execute("CREATE TABLE %s.of_the_next_version (id text PRIMARY KEY)".formatted(keyspace));
        session.execute("INSERT INTO %s.schema_turns (name, version) VALUES ('tables', 1000000)".formatted(keyspace));
    }

    private void send(TestFleet fleet, String sensor) {
        for (int i = 0; i < READINGS; i++) {
            fleet.send(sensor, START + sent, sent);
            sent++;
        }
        fleet.flush();
    }

    private void awaitAll(ServiceProcess service, String sensor) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(readings(service, sensor)).hasSize(sent));
    }

    private List<String> readings(ServiceProcess service, String sensor) throws IOException, InterruptedException {
        return get(service, "/api/v1/sensors/%s/readings?from=%d&to=%d".formatted(sensor, START, START + 86_400_000L))
                .lines()
                .filter(line -> line.startsWith("{\"timestamp\""))
                .toList();
    }

    private String get(ServiceProcess service, String path) throws IOException, InterruptedException {
        return send(request(service, path).header("Accept", "application/x-ndjson, application/json;q=0.5"))
                .body();
    }

    private int put(ServiceProcess service, String sensor, String fields) throws IOException, InterruptedException {
        return send(request(service, "/api/v1/sensors/" + sensor)
                        .header("content-type", "application/json")
                        .PUT(BodyPublishers.ofString(fields)))
                .statusCode();
    }

    private int delete(ServiceProcess service, String sensor) throws IOException, InterruptedException {
        return send(request(service, "/api/v1/sensors/%s/readings?from=%d&to=%d".formatted(sensor, START, START + 1))
                        .DELETE())
                .statusCode();
    }

    private static HttpRequest.Builder request(ServiceProcess service, String path) {
        return HttpRequest.newBuilder(URI.create(service.baseUrl() + path)).timeout(LIMIT);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
