package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.fleet.TestFleet;
import io.telltale.ingest.offsets.ReportedLoss;
import io.telltale.local.LocalStackResource;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The service exposes the metrics of the contract, of the alerts and of the dashboard. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class MonitoringNamesTest {

    /** Labels that Prometheus adds to every target. */
    private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance", "pod");

    /** Section 4 of the contract, with labels. */
    private static final Map<String, Set<String>> CONTRACT = Map.ofEntries(
            Map.entry("telltale_readings_received_total", Set.of("topic")),
            Map.entry("telltale_readings_stored_total", Set.of("topic")),
            Map.entry("telltale_readings_rejected_total", Set.of("topic", "reason")),
            Map.entry("telltale_readings_expired_total", Set.of()),
            Map.entry("telltale_consumer_lag", Set.of("topic")),
            Map.entry("telltale_kafka_to_stored_seconds_bucket", Set.of("le")),
            Map.entry("telltale_kafka_to_event_seconds_bucket", Set.of("le")),
            Map.entry("telltale_batch_rows_bucket", Set.of("le")),
            Map.entry("telltale_writes_in_flight", Set.of()),
            Map.entry("telltale_live_subscribers", Set.of()),
            Map.entry("telltale_live_gaps_total", Set.of("reason")));

    @Inject
    MeterRegistry registry;

    private String page = "";

    /** Metrics by topic exist after the first record of a topic. */
    @BeforeEach
    void measure() {
        try (TestFleet fleet = TestFleet.ofType("measured")) {
            String sensor = fleet.newSensor();
            fleet.send(sensor, "2026-01-01T00:00:00Z", 1, Map.of("site", "a/b"));
            fleet.awaitStored();
            given().get("/api/v1/sensors/{id}/readings/latest", sensor).then().statusCode(200);
        }
        given().get("/api/v1/sensors/nobody-knows/readings").then().statusCode(404);
        given().get("/no/such/path/4711").then().statusCode(404);
        ReportedLoss.report(registry, new TopicPartition("sensors.measured", 0), 0, 1);
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            page = given().accept("text/plain").get("/q/metrics").asString();
            assertThat(exposed().labels()).containsKeys("telltale_consumer_lag", "http_server_requests_seconds_count");
        });
    }

    @Test
    void exposesEveryMetricOfTheContract() {
        assertThat(exposed().labels()).containsAllEntriesOf(CONTRACT);
    }

    @Test
    void followsPrometheusNamesWithFewLabels() {
        ExposedMetrics exposed = exposed();
        Map<String, Set<String>> labels = exposed.labels();
        assertThat(exposed.types().keySet())
                .filteredOn(name -> name.startsWith("telltale_"))
                .hasSizeGreaterThan(15)
                .allSatisfy(name -> {
                    // Without a description the line ends in blanks.
                    assertThat(page).containsPattern("# HELP " + name + " +[^ \n]");
                    // Micrometer adds a decaying maximum to each distribution.
                    assertThat(name.endsWith("_total"))
                            .as("%s ends in _total", name)
                            .isEqualTo("counter".equals(exposed.types().get(name)));
                });
        assertThat(labels.entrySet())
                .filteredOn(metric -> metric.getKey().startsWith("telltale_"))
                .allSatisfy(
                        metric -> assertThat(Set.of("topic", "reason", "le")).containsAll(metric.getValue()));
    }

    /**
     * A label with the sensor id would be a time series per sensor; a label with the raw path or method would be one
     * per invented request.
     */
    @Test
    void takesNoLabelValueFromClients() throws Exception {
        assertThat(refused("PATCH", "/api/v1/sensors/made-up-1/readings")).isEqualTo(405);
        assertThat(refused("MADE-UP", "/api/v1/sensors/made-up-2/readings")).isEqualTo(405);
        assertThat(refused("MADE-UP", "/made-up-3")).isEqualTo(404);
        assertThat(refused("GET", "/api/v1/sensors/made-up-4", "Accept", "image/png"))
                .isEqualTo(406);
        assertThat(refused("PUT", "/api/v1/sensors/made-up-5", "Content-Type", "made-up/made-up"))
                .isEqualTo(415);
        assertThat(refused("OPTIONS", "/api/v1/sensors/made-up-6")).isEqualTo(204);
        assertThat(refused("OPTIONS", "/made-up-7")).isEqualTo(404);
        assertThat(refused("GET", "//made-up-8")).isEqualTo(404);
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            page = given().accept("text/plain").get("/q/metrics").asString();
            assertThat(page).contains("method=\"OTHER\"").contains("uri=\"UNKNOWN\"");
        });
        List<String> requests = page.lines()
                .filter(line -> line.startsWith("http_server_requests"))
                .toList();
        assertThat(requests)
                .anyMatch(line -> line.contains("uri=\"/api/v1/sensors/{id}/readings/latest\""))
                .noneMatch(line -> line.toLowerCase(Locale.ROOT).contains("made-up"))
                .noneMatch(line -> line.contains("nobody-knows") || line.contains("4711"));
        for (int status : List.of(204, 405, 406, 415)) {
            assertThat(requests).as("measured").anyMatch(line -> line.contains("status=\"%d\"".formatted(status)));
        }
    }

    private static int refused(String method, String target, String... headers) throws IOException {
        StringBuilder request = new StringBuilder("%s %s HTTP/1.1\r\nHost: telltale\r\n".formatted(method, target));
        for (int i = 0; i < headers.length; i += 2) {
            request.append("%s: %s\r\n".formatted(headers[i], headers[i + 1]));
        }
        // HTTP clients normalize targets and reject unknown methods, so use a socket.
        try (Socket connection = new Socket("localhost", RestAssured.port)) {
            connection
                    .getOutputStream()
                    .write(request.append("Content-Length: 0\r\nConnection: close\r\n\r\n")
                            .toString()
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Integer.parseInt(answer.split(" ", 3)[1]);
        }
    }

    @Test
    void exposesTheMetricsOfTheAlerts() throws IOException {
        List<String> queries = new ArrayList<>();
        new ObjectMapper(new YAMLFactory())
                .readTree(Path.of("deploy/k8s/base/prometheus-rules.yaml").toFile())
                .findValues("expr")
                .forEach(query -> queries.add(query.asText()));
        assertThat(queries).hasSizeGreaterThan(8).allSatisfy(this::assertExposed);
    }

    @Test
    void exposesTheMetricsOfTheDashboard() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(Path.of("deploy/grafana/telltale.json").toFile());
        List<String> queries = new ArrayList<>();
        dashboard.get("panels").findValues("expr").forEach(query -> queries.add(query.asText()));
        assertThat(queries).hasSizeGreaterThan(20).allSatisfy(this::assertExposed);
    }

    @Test
    void detectsAMissingMetricOrLabel() {
        assertThat(missing("sum by (topic) (rate(telltale_readings_recieved_total[5m]))"))
                .containsExactly("telltale_readings_recieved_total");
        assertThat(missing("sum by (reason) (telltale_consumer_lag)")).containsExactly("telltale_consumer_lag{reason}");
        assertThat(missing("telltale_consumer_lag{sensor=\"a\"} > 1")).containsExactly("telltale_consumer_lag{sensor}");
        assertThat(missing("sum(lag)")).containsExactly("lag");
    }

    private void assertExposed(String query) {
        assertThat(PromQuery.of(query).labels()).as("metrics of %s", query).isNotEmpty();
        assertThat(missing(query)).as("missing for %s", query).isEmpty();
    }

    private List<String> missing(String query) {
        Map<String, Set<String>> exposed = exposed().labels();
        List<String> missing = new ArrayList<>();
        PromQuery.of(query).labels().forEach((name, labels) -> {
            Set<String> there = exposed.get(name);
            if (there == null) {
                missing.add(name);
            } else {
                labels.stream()
                        .filter(label -> !there.contains(label) && !OF_PROMETHEUS.contains(label))
                        .forEach(label -> missing.add("%s{%s}".formatted(name, label)));
            }
        });
        return missing;
    }

    private ExposedMetrics exposed() {
        return ExposedMetrics.of(page);
    }
}
