package io.telltale.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.proto.trace.v1.Span;
import io.telltale.fleet.TestFleet;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.SharedStack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The service that is built with OpenTelemetry. {@code mvn verify -Dtracing -Dit.test=TracingIT -Dtest=None
 * -Dsurefire.failIfNoSpecifiedTests=false} builds it, and runs this.
 */
@Tag("servers")
@EnabledIfSystemProperty(named = "tracing", matches = ".*")
class TracingIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long START = 1_769_904_000_000L;
    private static final int READINGS = 5_000;

    private final SharedStack stack = SharedStack.get();

    @Test
    void aCollectorGetsASpanForEachPollAndEachWriteAndNoneForAReading(@TempDir Path directory) throws Exception {
        try (SpanCollector collector = SpanCollector.start()) {
            String type = storeReadings(settings(collector, directory).with("quarkus.otel.sdk.disabled", "false"));
            await().atMost(LIMIT).untilAsserted(() -> {
                assertThat(sum(collector, "ingest poll", "messaging.batch.message_count"))
                        .as("records of all polls")
                        .isEqualTo(READINGS);
                assertThat(sum(collector, "ingest write", "db.operation.batch.size"))
                        .as("readings of all writes")
                        .isEqualTo(READINGS);
            });
            List<Span> writes = named(collector, "ingest write");
            assertThat(writes).allSatisfy(span -> assertThat(span.getAttributesList())
                    .anyMatch(attribute -> attribute.getValue().getStringValue().equals(type)));
            assertThat(collector.spans()).as("spans of %d readings", READINGS).hasSizeLessThan(READINGS / 10);
        }
    }

    @Test
    void nothingIsSentUntilItIsSwitchedOn(@TempDir Path directory) throws Exception {
        try (SpanCollector collector = SpanCollector.start()) {
            storeReadings(settings(collector, directory));
            // It has ended, which sends what was left: nothing will come any more.
            assertThat(collector.spans()).isEmpty();
        }
    }

    private static List<Span> named(SpanCollector collector, String name) {
        return collector.spans().stream()
                .filter(span -> span.getName().equals(name))
                .toList();
    }

    private static long sum(SpanCollector collector, String name, String attribute) {
        return named(collector, name).stream()
                .flatMap(span -> span.getAttributesList().stream())
                .filter(one -> one.getKey().equals(attribute))
                .mapToLong(one -> one.getValue().getIntValue())
                .sum();
    }

    private ServiceSettings settings(SpanCollector collector, Path directory) {
        return ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .with("telltale.storage.keyspace", "telltale_it")
                .with("quarkus.otel.exporter.otlp.endpoint", collector.endpoint())
                .with("quarkus.otel.exporter.otlp.protocol", "http/protobuf");
    }

    private String storeReadings(ServiceSettings settings) {
        String type = "traced-" + stack.nextNumber();
        try (TestFleet fleet = TestFleet.ofType(type);
                ServiceProcess service = new ServiceProcess(settings)) {
            service.start();
            List<String> sensors = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                sensors.add(fleet.newSensor());
            }
            for (int i = 0; i < READINGS; i++) {
                fleet.send(sensors.get(i % sensors.size()), START + i, i);
            }
            fleet.awaitStored();
        }
        return type;
    }
}
