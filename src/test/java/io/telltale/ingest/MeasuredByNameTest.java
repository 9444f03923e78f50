package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What alerts and dashboard ask for is what the service exposes, and that by the names that the contract gives. */
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class MeasuredByNameTest {

    /** Given by Prometheus to all that it scrapes. */
    private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance", "pod");

    /** In the contract, section 4, with their labels. */
    private static final Map<String, Set<String>> CONTRACT = Map.ofEntries(
            Map.entry("telltale_readings_received_total", Set.of("topic")),
            Map.entry("telltale_readings_stored_total", Set.of("topic")),
            Map.entry("telltale_readings_rejected_total", Set.of("reason")),
            Map.entry("telltale_readings_expired_total", Set.of()),
            Map.entry("telltale_consumer_lag", Set.of("topic")),
            Map.entry("telltale_kafka_to_stored_seconds_bucket", Set.of("le")),
            Map.entry("telltale_kafka_to_event_seconds_bucket", Set.of("le")),
            Map.entry("telltale_batch_rows_bucket", Set.of("le")),
            Map.entry("telltale_writes_in_flight", Set.of()),
            Map.entry("telltale_live_subscribers", Set.of()),
            Map.entry("telltale_live_gaps_total", Set.of("reason")));

    @Inject
    LostRecords lostRecords;

    private String page = "";

    /** What is counted by topic is there once something of a topic was. */
    @BeforeEach
    void somethingWasMeasured() {
        try (TestFleet fleet = TestFleet.ofType("measured")) {
            String sensor = fleet.newSensor();
            fleet.send(sensor, "2026-01-01T00:00:00Z", 1);
            fleet.awaitStored();
            given().get("/api/v1/sensors/{id}/readings/latest", sensor).then().statusCode(200);
        }
        given().get("/api/v1/sensors/nobody-knows/readings").then().statusCode(404);
        given().get("/no/such/path/4711").then().statusCode(404);
        lostRecords.lost(new TopicPartition("sensors.measured", 0), 0, 1);
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            page = given().accept("text/plain").get("/q/metrics").asString();
            assertThat(exposed().labels()).containsKeys("telltale_consumer_lag", "http_server_requests_seconds_count");
        });
    }

    @Test
    void everyMetricOfTheContractIsThereWithItsLabels() {
        assertThat(exposed().labels()).containsAllEntriesOf(CONTRACT);
    }

    @Test
    void whatIsOursIsNamedAsPrometheusWantsItAndHasFewLabels() {
        ExposedMetrics exposed = exposed();
        Map<String, Set<String>> labels = exposed.labels();
        assertThat(exposed.types().keySet())
                .filteredOn(name -> name.startsWith("telltale_"))
                .hasSizeGreaterThan(15)
                .allSatisfy(name -> {
                    assertThat(page).contains("# HELP " + name + " ");
                    // Micrometer gives the longest of a while beside each distribution.
                    assertThat(name.endsWith("_total"))
                            .as("%s ends in _total", name)
                            .isEqualTo("counter".equals(exposed.types().get(name)));
                });
        assertThat(labels.entrySet())
                .filteredOn(metric -> metric.getKey().startsWith("telltale_"))
                .allSatisfy(
                        metric -> assertThat(Set.of("topic", "reason", "le")).containsAll(metric.getValue()));
    }

    /** A label with the sensor's id would be a time series for each sensor there is. */
    @Test
    void noLabelHasAValueThatClientsMakeUp() {
        assertThat(page).contains("uri=\"/api/v1/sensors/{id}/readings");
        assertThat(page.lines().filter(line -> line.startsWith("http_server")))
                .isNotEmpty()
                .noneMatch(line -> line.contains("nobody-knows") || line.contains("4711"));
    }

    @Test
    void whatAlertsAskForIsExposed() throws IOException {
        List<String> queries = new ArrayList<>();
        new ObjectMapper(new YAMLFactory())
                .readTree(Path.of("deploy/k8s/base/prometheus-rules.yaml").toFile())
                .findValues("expr")
                .forEach(query -> queries.add(query.asText()));
        assertThat(queries).hasSizeGreaterThan(8).allSatisfy(this::assertExposed);
    }

    @Test
    void whatTheDashboardAsksForIsExposed() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(Path.of("deploy/grafana/telltale.json").toFile());
        List<String> queries = new ArrayList<>();
        dashboard.get("panels").findValues("expr").forEach(query -> queries.add(query.asText()));
        assertThat(queries).hasSizeGreaterThan(20).allSatisfy(this::assertExposed);
    }

    @Test
    void aMetricOrLabelThatIsNotExposedIsSeen() {
        assertThat(missing("sum by (topic) (rate(telltale_readings_recieved_total[5m]))"))
                .containsExactly("telltale_readings_recieved_total");
        assertThat(missing("sum by (reason) (telltale_consumer_lag)")).containsExactly("telltale_consumer_lag{reason}");
        assertThat(missing("telltale_consumer_lag{sensor=\"a\"} > 1")).containsExactly("telltale_consumer_lag{sensor}");
        assertThat(missing("sum(lag)")).containsExactly("lag");
    }

    private void assertExposed(String query) {
        assertThat(PromQuery.of(query).labels()).as("metrics of %s", query).isNotEmpty();
        assertThat(missing(query)).as("what is missing for %s", query).isEmpty();
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
