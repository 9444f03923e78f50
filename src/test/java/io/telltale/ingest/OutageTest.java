package io.telltale.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.notNullValue;

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
import io.telltale.simulate.SimulationSettings;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Servers die under load and come back: nothing that Kafka acknowledged is lost, and nobody has to lend a hand. */
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class OutageTest {

    private static final Logger log = Logger.getLogger(OutageTest.class);
    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("outage.seconds", 6));
    private static final FaultShares FAULTS = new FaultShares(0.02, 0.02, 0.02, 0.02, 0.02);

    @Inject
    Clock clock;

    @Inject
    IngestConfig config;

    @AfterEach
    void everythingRunsAgain() {
        SharedStack.get().kafka().start();
        SharedStack.get().cassandra().start();
    }

    @Test
    void cassandraIsKilledUnderLoadAndComesBack() throws Exception {
        Set<SensorType> types = Set.of(SensorKind.HUMIDITY.type());
        Ledger ledger = new Ledger(1_000_000);
        Instant start = clock.instant();
        // The first readings come while Cassandra is away: registering sensors has to outlast that too.
        SimulationSettings settings = SimulationSettings.of(200, start)
                .withRatePerSensor(20)
                .withFaults(FAULTS)
                .withKinds(SensorKind.HUMIDITY);
        try (DeadLetterBox deadLetters = DeadLetterBox.open()) {
            Simulation fleet = new Simulation(SharedStack.get().kafka().bootstrapServers(), settings, clock, ledger);
            try (fleet) {
                fleet.start();
                awaitStored(types, 1_000);
                String readings =
                        "/api/v1/sensors/humidity-0001/readings?from=%s&to=%s".formatted(start, start.plusSeconds(600));
                // Tests before may have stored readings of this type: what counts is that this sensor's are there.
                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(() -> given().get(readings).then().statusCode(200));

                SharedStack.get().cassandra().kill();
                Instant killed = clock.instant();
                given().get(readings).then().statusCode(503).header("Retry-After", notNullValue());
                passTime(killed.plus(OUTAGE));
                // A poll is taken whole, and one more may wait for its turn.
                assertThat(ServiceMetrics.of(address()).sum("telltale_readings_held"))
                        .as("readings held during the outage")
                        .isLessThanOrEqualTo(config.heldReadings() + 1_000);
                assertThat(given().get("/q/health/ready").asString()).contains("waits: ");
                double storedBefore = stored(types);
                SharedStack.get().cassandra().start();

                Instant answers = clock.instant();
                await().atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(50))
                        .until(() -> stored(types) > storedBefore);
                log.infof("Cassandra answers after %s", Duration.between(killed, answers));
                log.infof("readings are stored again after %s more", Duration.between(answers, clock.instant()));
                await().atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(200))
                        .until(() ->
                                ServiceMetrics.of(address()).sum("telltale_consumer_lag", "topic", "sensors.humidity")
                                        < 4_000);
                log.infof("ingest keeps up again after %s", Duration.between(answers, clock.instant()));
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(() -> given().get(readings).then().statusCode(200));
            }
            FleetAccounts.awaitAllCommitted(types, Duration.ofSeconds(60));
            new FleetAccounts(address()).assertBalanced(ledger, fleet.counts(), start, deadLetters);
        }
    }

    /** Kafka is killed under load in each {@code mvn verify}, too: see {@link KillsIT}. */
    @Test
    @EnabledIfSystemProperty(named = "long", matches = ".*")
    void kafkaIsKilledUnderLoadAndComesBack() throws Exception {
        Set<SensorType> types = Set.of(SensorKind.PRESSURE.type());
        Ledger ledger = new Ledger(1_000_000);
        Instant start = clock.instant();
        SimulationSettings settings = SimulationSettings.of(100, start)
                .withRatePerSensor(10)
                .withFaults(FAULTS)
                .withKinds(SensorKind.PRESSURE);
        // Opened before the broker goes: it finds its place again by itself.
        try (DeadLetterBox deadLetters = DeadLetterBox.open()) {
            Simulation fleet = new Simulation(SharedStack.get().kafka().bootstrapServers(), settings, clock, ledger);
            try (fleet) {
                fleet.start();
                awaitStored(types, 1_000);
                SharedStack.get().kafka().kill();
                Instant killed = clock.instant();
                passTime(killed.plusSeconds(5));
                double storedBefore = stored(types);
                SharedStack.get().kafka().start();
                Instant answers = clock.instant();
                await().atMost(Duration.ofSeconds(90))
                        .pollInterval(Duration.ofMillis(100))
                        .until(() -> stored(types) > storedBefore + 1_000);
                log.infof(
                        "readings are stored again %s after Kafka answers", Duration.between(answers, clock.instant()));
            }
            FleetAccounts.awaitAllCommitted(types, Duration.ofSeconds(90));
            new FleetAccounts(address()).assertBalanced(ledger, fleet.counts(), start, deadLetters);
        }
    }

    private void passTime(Instant until) {
        await().atMost(OUTAGE.plusSeconds(60)).until(() -> clock.instant().isAfter(until));
    }

    private static void awaitStored(Set<SensorType> types, int readings) {
        double before = stored(types);
        await().atMost(Duration.ofSeconds(60)).until(() -> stored(types) >= before + readings);
    }

    private static double stored(Set<SensorType> types) {
        ServiceMetrics metrics = ServiceMetrics.of(address());
        return types.stream()
                .mapToDouble(type -> metrics.sum("telltale_readings_stored_total", "topic", type.topic()))
                .sum();
    }

    private static String address() {
        return "http://localhost:" + RestAssured.port;
    }
}
