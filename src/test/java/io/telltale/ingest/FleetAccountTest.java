package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.SensorType;
import io.telltale.simulate.FaultShares;
import io.telltale.simulate.Ledger;
import io.telltale.simulate.SensorKind;
import io.telltale.simulate.Simulation;
import io.telltale.simulate.SimulationCounts;
import io.telltale.simulate.SimulationSettings;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Accounts for every record of a fleet: a stored reading or a dead letter, and nothing else. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class FleetAccountTest {

    private static final SensorKind[] KINDS = {SensorKind.TEMPERATURE, SensorKind.MOTION, SensorKind.DOOR};
    private static final Set<SensorType> TYPES =
            Set.of(SensorKind.TEMPERATURE.type(), SensorKind.MOTION.type(), SensorKind.DOOR.type());

    @Inject
    Clock clock;

    @Test
    void accountsForEveryRecordOfAFleet() throws Exception {
        Ledger ledger = new Ledger(1_000_000);
        Instant start = clock.instant();
        SimulationSettings settings = SimulationSettings.of(200, start)
                .withRatePerSensor(20)
                .withFaults(new FaultShares(0.05, 0.05, 0.05, 0.05, 0.05))
                .withKinds(KINDS);
        ServiceMetrics before = ServiceMetrics.of(address());
        try (DeadLetterBox deadLetters = DeadLetterBox.open()) {
            Simulation fleet = new Simulation(SharedStack.get().kafka().bootstrapServers(), settings, clock, ledger);
            try (fleet) {
                fleet.start();
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> clock.instant().isAfter(start.plusSeconds(5)));
            }
            SimulationCounts sent = fleet.counts();
            FleetAccounts.awaitAllCommitted(TYPES, Duration.ofSeconds(60));

            new FleetAccounts(address()).assertBalanced(ledger, sent, start, deadLetters);
            assertThat(deadLetters.repeats()).as("dead letters that came twice").isZero();
            assertThat(sent.sent()).as("records sent").isGreaterThan(10_000);
            assertMetricsAgree(before, sent);
        }
    }

    private static void assertMetricsAgree(ServiceMetrics before, SimulationCounts sent) {
        ServiceMetrics after = ServiceMetrics.of(address());
        double received = 0;
        double stored = 0;
        for (SensorType type : TYPES) {
            received += after.sum("telltale_readings_received_total", "topic", type.topic())
                    - before.sum("telltale_readings_received_total", "topic", type.topic());
            stored += after.sum("telltale_readings_stored_total", "topic", type.topic())
                    - before.sum("telltale_readings_stored_total", "topic", type.topic());
        }
        assertThat(received).as("received").isEqualTo((double) sent.sent());
        assertThat(stored).as("stored").isEqualTo((double) sent.accepted());
        sent.sentByReason()
                .forEach((reason, count) -> assertThat(after.sum("telltale_readings_rejected_total", "reason", reason)
                                - before.sum("telltale_readings_rejected_total", "reason", reason))
                        .as("rejected as %s", reason)
                        .isEqualTo((double) count));
        assertThat(after.has("telltale_batch_rows_bucket")).isTrue();
        assertThat(after.has("telltale_kafka_to_stored_seconds_bucket")).isTrue();
        assertThat(after.sum("telltale_writes_in_flight")).isZero();
        assertThat(after.sum("telltale_readings_held")).isZero();
        for (SensorType type : TYPES) {
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(
                            ServiceMetrics.of(address()).sum("telltale_consumer_lag", "topic", type.topic()))
                    .as("lag of %s", type)
                    .isZero());
        }
    }

    private static String address() {
        return "http://localhost:" + RestAssured.port;
    }
}
