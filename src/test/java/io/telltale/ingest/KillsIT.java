package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.ingest.Fault.Counts;
import io.telltale.ingest.Fault.Deed;
import io.telltale.ingest.Fault.Victim;
import io.telltale.local.LocalStack;
import io.telltale.local.LongTests;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.local.StackOptions;
import io.telltale.sensors.SensorType;
import io.telltale.simulate.FaultShares;
import io.telltale.simulate.Ledger;
import io.telltale.simulate.SensorKind;
import io.telltale.simulate.Simulation;
import io.telltale.simulate.SimulationCounts;
import io.telltale.simulate.SimulationSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills processes at random under load: the service, Cassandra, Kafka, and replicas that join and leave. Afterwards
 * each valid reading is stored once with its value, each malformed record is a dead letter, and a replay of the topics
 * changes nothing.
 *
 * <p>Half a minute by default. {@code -Dlong -Dminutes=10} makes it ten minutes with twenty kills of the service;
 * {@code -Dseed=} chooses other moments.
 */
@Tag("servers")
@Tag("long")
class KillsIT {

    private static final Logger log = Logger.getLogger(KillsIT.class);
    private static final Clock CLOCK = Clock.systemUTC();
    private static final long SEED = Long.getLong("seed", 1);
    private static final boolean IS_FULL_SIZE = LongTests.isFullSize();
    private static final int MINUTES = LongTests.minutes(1);

    private static final Duration TIME = IS_FULL_SIZE ? Duration.ofMinutes(MINUTES) : Duration.ofSeconds(25);
    private static final Counts COUNTS = IS_FULL_SIZE
            ? new Counts(Math.max(10, 2 * MINUTES), MINUTES, MINUTES, MINUTES, MINUTES, 2)
            : new Counts(2, 0, 1, 1, 1, 1);

    private static final int SENSORS = 1_000;
    /** Lower by default: the test shares its machine with other integration tests. */
    private static final double RATE_PER_SENSOR = IS_FULL_SIZE ? 3 : 1;

    private static final FaultShares FAULTS = new FaultShares(0.02, 0.02, 0.02, 0.02, 0.03);
    /** The minimum that a broker allows. */
    private static final int SESSION_TIMEOUT_MILLIS = 6_000;

    private static final Duration FROZEN = Duration.ofMillis(SESSION_TIMEOUT_MILLIS + 3_000);
    private static final Duration CATCHING_UP = Duration.ofMinutes(3);

    private static final String KEYSPACE = "telltale";
    private static final Set<SensorType> TYPES =
            Arrays.stream(SensorKind.values()).map(SensorKind::type).collect(Collectors.toSet());

    @Test
    void losesNothingUnderRandomKills(@TempDir Path directory) throws Exception {
        List<Fault> faults = Fault.schedule(SEED, TIME, COUNTS);
        log.infof("-Dseed=%d: %s of readings, and %s", SEED, TIME, faults);
        // Separate servers: on shared ones another service would send the same dead letters and hide a lost one.
        try (LocalStack stack = LocalStack.start(StackOptions.forTests());
                Replicas replicas = new Replicas(stack, directory)) {
            stack.kafka().createTopic(DeadLetterTopic.NAME, 3, Map.of());
            replicas.of(Victim.SERVICE).start();
            Ledger ledger = new Ledger(100_000_000);
            try (DeadLetterBox deadLetters = DeadLetterBox.open(stack.kafka())) {
                Instant start = CLOCK.instant();
                SimulationCounts sent = stream(stack, start, ledger, () -> strike(faults, stack, replicas));
                FleetAccounts.awaitAllCommitted(stack.kafka(), "telltale", TYPES, CATCHING_UP);
                log.infof("All is committed %s after the start", Duration.between(start, CLOCK.instant()));

                assertThat(sent.sent()).as("records sent").isGreaterThan((long)
                        (0.9 * SENSORS * RATE_PER_SENSOR * TIME.toSeconds()));
                FleetAccounts accounts =
                        new FleetAccounts(replicas.of(Victim.SERVICE).baseUrl());
                accounts.assertAnswered(ledger, start);
                FleetAccounts.assertDeadLetters(ledger, deadLetters);
                log.infof(
                        "%d records sent, %d of them unsettled: %d readings and %d dead letters are there, %d more than once",
                        sent.sent(), sent.failed(), ledger.size(), sent.deadLetters(), deadLetters.repeats());
                if (IS_FULL_SIZE) {
                    // Some of the many kills must hit a replica between a dead letter and its commit.
                    assertThat(deadLetters.repeats())
                            .as("repeated dead letters")
                            .isPositive();
                }

                replicas.of(Victim.SERVICE).stop();
                assertThatAReplayChangesNothing(stack, replicas, ledger, start);
                log.infof("Done %s after the start", Duration.between(start, CLOCK.instant()));
            }
        }
    }

    private static SimulationCounts stream(LocalStack stack, Instant start, Ledger ledger, Strikes strikes)
            throws Exception {
        SimulationSettings settings = SimulationSettings.of(SENSORS, start)
                .withRatePerSensor(RATE_PER_SENSOR)
                .withFaults(FAULTS)
                .withSeed(SEED);
        Simulation fleet = new Simulation(stack.kafka().bootstrapServers(), settings, CLOCK, ledger);
        try (fleet) {
            fleet.start();
            strikes.happen();
            await().atMost(TIME.plusMinutes(1)).until(() -> CLOCK.instant().isAfter(start.plus(TIME)));
        }
        return fleet.counts();
    }

    private interface Strikes {
        void happen() throws Exception;
    }

    /** Injects the faults of each victim one after another, independently of other victims. */
    private static void strike(List<Fault> faults, LocalStack stack, Replicas replicas) throws Exception {
        Map<Victim, ScheduledExecutorService> hands = new EnumMap<>(Victim.class);
        List<Future<?>> struck = new ArrayList<>();
        try {
            for (Fault fault : faults) {
                struck.add(hands.computeIfAbsent(fault.victim(), victim -> Executors.newSingleThreadScheduledExecutor())
                        .schedule(
                                () -> strike(fault, stack, replicas), fault.at().toMillis(), TimeUnit.MILLISECONDS));
            }
            for (Future<?> fault : struck) {
                // On a busy machine a restart may take longer than the time to the next fault.
                fault.get(5 * TIME.toSeconds() + CATCHING_UP.toSeconds(), TimeUnit.SECONDS);
            }
        } finally {
            hands.values().forEach(ScheduledExecutorService::shutdownNow);
        }
    }

    private static void strike(Fault fault, LocalStack stack, Replicas replicas) {
        Instant before = CLOCK.instant();
        switch (fault.victim()) {
            case CASSANDRA -> {
                stack.cassandra().kill();
                stack.cassandra().start();
            }
            case KAFKA -> {
                stack.kafka().kill();
                stack.kafka().start();
            }
            default -> strike(fault, replicas.of(fault.victim()));
        }
        log.infof(
                "%s took %d ms",
                fault, Duration.between(before, CLOCK.instant()).toMillis());
    }

    private static void strike(Fault fault, ServiceProcess replica) {
        if (fault.deed() != Deed.START) {
            awaitAtWork(replica, fault.atWork());
        }
        switch (fault.deed()) {
            case START -> replica.start();
            case KILL -> replica.kill();
            case STOP -> stop(replica);
            case KILL_AND_START -> {
                replica.kill();
                replica.start();
            }
            case STOP_AND_START -> {
                stop(replica);
                replica.start();
            }
            case FREEZE -> {
                replica.pause();
                Instant thaw = CLOCK.instant().plus(FROZEN);
                await().atMost(FROZEN.multipliedBy(4))
                        .until(() -> CLOCK.instant().isAfter(thaw));
                replica.resume();
            }
        }
    }

    /** A fault proves little unless the replica holds readings. */
    private static void awaitAtWork(ServiceProcess replica, Duration time) {
        await().atMost(CATCHING_UP)
                .ignoreExceptions()
                .until(() -> ServiceMetrics.of(replica.baseUrl()).sum("telltale_readings_stored_total") > 0);
        passTime(time);
    }

    private static void passTime(Duration time) {
        Instant until = CLOCK.instant().plus(time);
        await().atMost(time.plusMinutes(1)).until(() -> CLOCK.instant().isAfter(until));
    }

    private static void stop(ServiceProcess replica) {
        Instant before = CLOCK.instant();
        replica.stop();
        assertThat(Duration.between(before, CLOCK.instant()))
                .as("time of a stop")
                .isLessThan(Duration.ofSeconds(30));
    }

    /** Replays all topics with a new group. */
    private static void assertThatAReplayChangesNothing(
            LocalStack stack, Replicas replicas, Ledger ledger, Instant start) {
        try (CqlSession session = stack.cassandra().connect();
                ServiceProcess reader = new ServiceProcess(replicas.settings("replay", "telltale-replay"))) {
            Map<String, StoredRows> before = StoredRows.byTable(session, KEYSPACE);
            reader.start();
            FleetAccounts.awaitAllCommitted(stack.kafka(), "telltale-replay", TYPES, CATCHING_UP);
            // Answers depend on rows only: if no byte of a row has changed, no answer has.
            assertThat(StoredRows.byTable(session, KEYSPACE)).isEqualTo(before);
            if (IS_FULL_SIZE) {
                new FleetAccounts(reader.baseUrl()).assertAnswered(ledger, start);
            }
        }
    }

    /** The replicas of the service; all but the first join and leave. */
    private static final class Replicas implements AutoCloseable {

        private final LocalStack stack;
        private final Path directory;
        private final Map<Victim, ServiceProcess> replicas = new EnumMap<>(Victim.class);

        Replicas(LocalStack stack, Path directory) {
            this.stack = stack;
            this.directory = directory;
            for (Victim victim : List.of(Victim.SERVICE, Victim.SECOND_REPLICA, Victim.THIRD_REPLICA)) {
                replicas.put(victim, new ServiceProcess(settings(victim.name(), "telltale")));
            }
        }

        ServiceSettings settings(String name, String group) {
            return ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory.resolve(name))
                    .sparing()
                    .with("telltale.storage.keyspace", KEYSPACE)
                    .with("mp.messaging.incoming.sensors.group.id", group)
                    .with("mp.messaging.incoming.sensors.session.timeout.ms", Integer.toString(SESSION_TIMEOUT_MILLIS))
                    .with("mp.messaging.incoming.sensors.heartbeat.interval.ms", "1500")
                    // A long linger and frequent commits: every kill then hits readings that are not durable, and a
                    // commit ahead of them would show.
                    .with("telltale.ingest.linger", "1s")
                    .with("telltale.ingest.commit-interval", "100ms");
        }

        ServiceProcess of(Victim victim) {
            return Objects.requireNonNull(replicas.get(victim));
        }

        @Override
        public void close() {
            replicas.values().forEach(ServiceProcess::kill);
        }
    }
}
