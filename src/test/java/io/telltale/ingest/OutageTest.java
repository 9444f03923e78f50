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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kills servers under load and restarts them: ingest recovers without help, and no acknowledged record is lost. */
@Tag("servers")
@Tag("long")
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
    void startServers() {
        SharedStack.get().kafka().start();
        SharedStack.get().cassandra().start();
    }

    @Test
    void survivesAKillOfCassandraUnderLoad() throws Exception {
        underLoad(SensorKind.HUMIDITY, 200, 20, start -> {
            String readings =
                    "/api/v1/sensors/humidity-0001/readings?from=%s&to=%s".formatted(start, start.plusSeconds(600));
            // Earlier tests may have stored readings of this type, so wait for this sensor.
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> given().get(readings).then().statusCode(200));

            SharedStack.get().cassandra().kill();
            Instant killed = clock.instant();
            given().get(readings).then().statusCode(503).header("Retry-After", notNullValue());
            passTime(killed.plus(OUTAGE));
            // A poll is held as a whole, and one more may wait.
            assertThat(ServiceMetrics.of(address()).sum("telltale_readings_held"))
                    .as("readings held during the outage")
                    .isLessThanOrEqualTo(config.heldReadings() + 1_000);
            assertThat(given().get("/q/health/ready").asString()).contains("waits: ");
            double storedBefore = stored(SensorKind.HUMIDITY);
            SharedStack.get().cassandra().start();

            Instant answers = clock.instant();
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> stored(SensorKind.HUMIDITY) > storedBefore);
            log.infof("Cassandra answers after %s", Duration.between(killed, answers));
            log.infof("readings are stored again after %s more", Duration.between(answers, clock.instant()));
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> ServiceMetrics.of(address()).sum("telltale_consumer_lag", "topic", "sensors.humidity")
                            < 4_000);
            log.infof("ingest keeps up again after %s", Duration.between(answers, clock.instant()));
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> given().get(readings).then().statusCode(200));
        });
    }

    /** {@link KillsIT} kills Kafka under load, too. */
    @Test
    void survivesAKillOfKafkaUnderLoad() throws Exception {
        underLoad(SensorKind.PRESSURE, 100, 10, start -> {
            SharedStack.get().kafka().kill();
            passTime(clock.instant().plusSeconds(5));
            double storedBefore = stored(SensorKind.PRESSURE);
            SharedStack.get().kafka().start();
            Instant answers = clock.instant();
            await().atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> stored(SensorKind.PRESSURE) > storedBefore + 1_000);
            log.infof("readings are stored again %s after Kafka answers", Duration.between(answers, clock.instant()));
        });
    }

    /** A fault of a server under load. */
    private interface ServerFault {
        void inject(Instant start) throws Exception;
    }

    /** Injects a fault when a thousand readings are stored, and accounts for all records afterwards. */
    private void underLoad(SensorKind kind, int sensors, int perSecond, ServerFault fault) throws Exception {
        Set<SensorType> types = Set.of(kind.type());
        Ledger ledger = new Ledger(1_000_000);
        Instant start = clock.instant();
        SimulationSettings settings = SimulationSettings.of(sensors, start)
                .withRatePerSensor(perSecond)
                .withFaults(FAULTS)
                .withKinds(kind);
        // Opened while the broker runs; the consumer recovers by itself.
        try (DeadLetterBox deadLetters = DeadLetterBox.open()) {
            Simulation fleet = new Simulation(SharedStack.get().kafka().bootstrapServers(), settings, clock, ledger);
            try (fleet) {
                double before = stored(kind);
                fleet.start();
                await().atMost(Duration.ofSeconds(60)).until(() -> stored(kind) >= before + 1_000);
                fault.inject(start);
            }
            FleetAccounts.awaitAllCommitted(types, Duration.ofSeconds(90));
            new FleetAccounts(address()).assertBalanced(ledger, fleet.counts(), start, deadLetters);
        }
    }

    private void passTime(Instant until) {
        await().atMost(OUTAGE.plusSeconds(60)).until(() -> clock.instant().isAfter(until));
    }

    private static double stored(SensorKind kind) {
        return ServiceMetrics.of(address())
                .sum("telltale_readings_stored_total", "topic", kind.type().topic());
    }

    private static String address() {
        return "http://localhost:" + RestAssured.port;
    }
}
