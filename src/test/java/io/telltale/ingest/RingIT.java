package io.telltale.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterPlan;
import io.telltale.local.KafkaBroker;
import io.telltale.local.Progress;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.simulate.FaultShares;
import io.telltale.simulate.Ledger;
import io.telltale.simulate.SensorKind;
import io.telltale.simulate.Simulation;
import io.telltale.simulate.SimulationSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service on three Cassandra nodes, some of which are killed under load. */
@Tag("servers")
@Tag("long")
class RingIT {

    private static final Logger log = Logger.getLogger(RingIT.class);
    private static final Clock CLOCK = Clock.systemUTC();
    private static final Set<SensorType> TYPES =
            Arrays.stream(SensorKind.values()).map(SensorKind::type).collect(Collectors.toSet());
    private static final SensorId SOME_SENSOR = new SensorId("temperature-0001");

    /** The time before a killed node restarts. */
    private static final Duration DEAD = Duration.ofSeconds(5);

    private static final Duration CATCHING_UP = Duration.ofMinutes(1);

    /** Cassandra dispatches hints every 10 s, to nodes that are up. */
    private static final Duration CONVERGING = Duration.ofSeconds(90);

    private static CassandraCluster ring;
    private static int keyspaces;

    private final String keyspace = "telltale_ring_" + ++keyspaces;
    private KafkaBroker kafka;
    private ServiceProcess service;

    /** Prints the log of the service, which is deleted with its directory. */
    @RegisterExtension
    final AfterTestExecutionCallback complaints = context -> {
        if (context.getExecutionException().isPresent()) {
            log.errorf("The end of what the service wrote:%n%s", lastLines(service.log()));
        }
    };

    @BeforeAll
    static void start() {
        ring = CassandraCluster.start(ClusterPlan.ring(3));
    }

    @AfterAll
    static void end() {
        ring.close();
    }

    @BeforeEach
    void startService(@TempDir Path directory) {
        // A broker per test: on a shared one, a new group would read records of other tests, and another service would
        // send the same dead letters and hide a lost one.
        kafka = KafkaBroker.start(Progress.SILENT);
        kafka.createTopic(DeadLetterTopic.NAME, 3, Map.of());
        service = new ServiceProcess(ServiceSettings.packaged(kafka, ring, directory)
                .sparing()
                .with("mp.messaging.incoming.sensors.group.id", keyspace)
                .with("telltale.storage.keyspace", keyspace));
        service.start();
    }

    @AfterEach
    void endService() {
        service.kill();
        kafka.kill();
    }

    @Test
    void survivesTheLossOfOneNode() throws Exception {
        Ledger ledger = new Ledger(1_000_000);
        Instant start = CLOCK.instant();
        try (CqlSession session = ring.connect();
                DeadLetterBox deadLetters = DeadLetterBox.open(kafka)) {
            assertThat(session.getMetadata().getKeyspace(keyspace).orElseThrow().getReplication())
                    .as("replication of the created keyspace")
                    .containsEntry("datacenter1", "3");
            try (Simulation fleet = fleet(start, ledger)) {
                fleet.start();
                awaitStored(1_000);
                await().atMost(CATCHING_UP).until(() -> status("") == 200);
                try (ServiceObserver watch = ServiceObserver.over(service.baseUrl(), SOME_SENSOR)) {
                    passTime(Duration.ofSeconds(2));
                    log.infof("Before the kill: %s", watch.seen());
                    ring.node(1).kill();
                    passTime(DEAD);
                    log.infof("While a node is dead: %s", watch.seen());
                    ring.node(1).start();
                    passTime(Duration.ofSeconds(2));
                    log.infof("After its return: %s", watch.seen());
                    // It catches up under the same load, whatever the lag while nodes started.
                    await().atMost(CATCHING_UP).until(() -> behind() < 2_000);
                    assertNobodyMissedIt(watch.seen());
                }
            }
            Instant ended = CLOCK.instant();
            FleetAccounts.awaitAllCommitted(kafka, keyspace, TYPES, CATCHING_UP);
            accounts("local_quorum").assertAnswered(ledger, start);
            FleetAccounts.assertDeadLetters(ledger, deadLetters);
            // Read each node at ONE, which repairs nothing; ALL would repair the nodes.
            awaitAgreement(session, ledger);
            log.infof("All nodes have the same %s after the last reading", Duration.between(ended, CLOCK.instant()));
            accounts("all").assertAnswered(ledger, start);
        }
    }

    private static void assertNobodyMissedIt(ServiceObserver.Seen seen) {
        assertThat(seen.failures()).as("ranges without an answer").isEmpty();
        assertThat(seen.answers()).as("ranges answered").isPositive();
        assertThat(seen.longestWithoutStoring()).as("time without storing").isLessThan(Duration.ofSeconds(10));
        assertThat(seen.longestWithoutEvents()).as("time without live events").isLessThan(Duration.ofSeconds(5));
    }

    /** One node of three is no quorum, so records wait in Kafka. The others are lost in two ways: killed and frozen. */
    @Test
    void waitsWithoutAQuorum() throws Exception {
        assertNothingIsMissingAfter(() -> {
            ring.node(1).kill();
            ring.node(2).pause();
            try {
                await().atMost(CATCHING_UP).untilAsserted(() -> assertThat(ready())
                        .as("readiness")
                        // Either may come first.
                        .containsPattern("waits: (writing readings|registering sensors) failed"));
                assertThat(status("")).as("a range at local_quorum").isEqualTo(503);
                // The remaining node asks the others until its failure detector notices, after about ten seconds.
                await().atMost(CATCHING_UP).untilAsserted(() -> assertThat(range("&consistency=local_one"))
                        .as("a range at local_one")
                        .startsWith("200 "));
                double stored = stored();
                passTime(DEAD);
                assertThat(stored()).as("readings stored without a quorum").isEqualTo(stored);
            } finally {
                ring.node(2).resume();
            }
            double stored = stored();
            Instant back = CLOCK.instant();
            await().atMost(CATCHING_UP).until(() -> stored() > stored);
            log.infof("With two of three nodes ingest resumes after %s", Duration.between(back, CLOCK.instant()));
            await().atMost(CATCHING_UP).untilAsserted(() -> assertThat(ready()).doesNotContain("failed"));
            ring.node(1).start();
        });
    }

    /**
     * Until the failure detector marks the paused nodes as down, writes start and time out. They may be
     * stored or not.
     */
    @Test
    void retriesWritesThatTimeOut() throws Exception {
        assertNothingIsMissingAfter(() -> {
            ring.node(1).pause();
            ring.node(2).pause();
            try {
                await().atMost(CATCHING_UP).untilAsserted(() -> assertThat(ready())
                        .as("readiness")
                        .contains("level local_quorum requires 2 replicas, answered in time: 1"));
            } finally {
                ring.node(1).resume();
                ring.node(2).resume();
            }
            await().atMost(CATCHING_UP).untilAsserted(() -> assertThat(ready()).doesNotContain("failed"));
        });
    }

    private interface Outage {
        void happen() throws Exception;
    }

    /** Runs an outage under load, and asserts afterwards that each reading is stored once. */
    private void assertNothingIsMissingAfter(Outage outage) throws Exception {
        Ledger ledger = new Ledger(1_000_000);
        Instant start = CLOCK.instant();
        try (DeadLetterBox deadLetters = DeadLetterBox.open(kafka)) {
            try (Simulation fleet = fleet(start, ledger)) {
                fleet.start();
                awaitStored(1_000);
                // Registered on all nodes, so that each can answer alone.
                await().atMost(CATCHING_UP).until(() -> status("&consistency=all") == 200);
                outage.happen();
            }
            FleetAccounts.awaitAllCommitted(kafka, keyspace, TYPES, CATCHING_UP);
            accounts("local_quorum").assertAnswered(ledger, start);
            FleetAccounts.assertDeadLetters(ledger, deadLetters);
            // Nodes may differ before a repair, since a killed coordinator loses its hints. A read at ALL sees the rows
            // of every node.
            await().atMost(CATCHING_UP).until(() -> status("&consistency=all") == 200);
            accounts("all").assertAnswered(ledger, start);
        }
    }

    /**
     * With one replica per token, a third of the tokens is unavailable with a node, and the rest can be
     * written. All sensors are due for renewal, which fails for a third of them.
     */
    @Test
    void storesOtherReadingsWithoutAThirdOfTheTokens(@TempDir Path directory) throws Exception {
        int sensors = 300;
        try (CqlSession session = ring.connect()) {
            service.stop();
            session.execute("CREATE KEYSPACE %s_single WITH replication = %s"
                    .formatted(keyspace, "{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}"));
            // Rows that every poll needs must be available: deletions, topic epochs, layouts.
            int away = liesOn(session, 3, "deletions") ? 2 : 3;
            String type = Stream.iterate(1, i -> i + 1)
                    .map(i -> "third-" + i)
                    .filter(name -> !liesOn(session, away, name) && !liesOn(session, away, "sensors." + name))
                    .findFirst()
                    .orElseThrow();
            kafka.createTopic("sensors." + type, 3, Map.of());
            try (ServiceProcess single = new ServiceProcess(ServiceSettings.packaged(kafka, ring, directory)
                            .sparing()
                            .with("mp.messaging.incoming.sensors.group.id", keyspace)
                            .with("telltale.storage.keyspace", keyspace + "_single"));
                    KafkaProducer<String, String> producer = new KafkaProducer<>(
                            Map.of("bootstrap.servers", kafka.bootstrapServers()),
                            new StringSerializer(),
                            new StringSerializer())) {
                single.start();
                long longAgo = CLOCK.millis() - Duration.ofHours(3).toMillis();
                for (int sensor = 0; sensor < sensors; sensor++) {
                    send(producer, type, longAgo, sensor, 1);
                }
                await().atMost(CATCHING_UP).until(() -> stored(single) == sensors);
                // Otherwise the next poll would wait for the progress of the topic.
                FleetAccounts.awaitAllCommitted(kafka, keyspace, Set.of(new SensorType(type)), CATCHING_UP);

                ring.node(away).kill();
                for (int sensor = 0; sensor < sensors; sensor++) {
                    send(producer, type, CLOCK.millis(), sensor, 2);
                }
                await().atMost(CATCHING_UP).until(() -> stored(single) > sensors * 1.5);
                await().atMost(CATCHING_UP)
                        .untilAsserted(() -> assertThat(RestAssured.get(single.baseUrl() + "/q/health/ready")
                                        .asString())
                                .contains("waits: writing readings failed in "));
                assertThat(stored(single))
                        .as("stored without a third of the tokens")
                        .isLessThan(sensors * 2);

                ring.node(away).start();
                await().atMost(CATCHING_UP).until(() -> stored(single) == sensors * 2);
                FleetAccounts.awaitAllCommitted(kafka, keyspace, Set.of(new SensorType(type)), CATCHING_UP);
            }
        }
    }

    private boolean liesOn(CqlSession session, int number, String key) {
        return session.getMetadata()
                .getTokenMap()
                .orElseThrow()
                .getReplicas(keyspace + "_single", ByteBuffer.wrap(key.getBytes(UTF_8)))
                .contains(ring.nodeOf(session, number));
    }

    private static void send(
            KafkaProducer<String, String> producer, String type, long recordTime, int sensor, int second)
            throws Exception {
        producer.send(new ProducerRecord<>(
                        "sensors." + type,
                        null,
                        recordTime,
                        "%s-%d".formatted(type, sensor),
                        "{\"timestamp\":\"2026-01-01T00:00:0%dZ\",\"value\":%d,\"unit\":\"Cel\"}"
                                .formatted(second, second)))
                .get(30, TimeUnit.SECONDS);
    }

    private static double stored(ServiceProcess service) {
        return ServiceMetrics.of(service.baseUrl()).sum("telltale_readings_stored_total");
    }

    private Simulation fleet(Instant start, Ledger ledger) {
        return new Simulation(
                kafka.bootstrapServers(),
                SimulationSettings.of(300, start)
                        .withRatePerSensor(3)
                        .withFaults(new FaultShares(0.02, 0.02, 0.02, 0.02, 0.03)),
                CLOCK,
                ledger);
    }

    private FleetAccounts accounts(String consistency) {
        return new FleetAccounts(service.baseUrl(), consistency, CATCHING_UP);
    }

    /** Waits until every node holds each reading of the ledger once, with equal bytes. */
    private void awaitAgreement(CqlSession session, Ledger ledger) {
        await().atMost(CONVERGING).pollInterval(Duration.ofSeconds(1)).untilAsserted(() -> {
            Map<String, StoredRows> first = StoredRows.bySensor(session, ring.nodeOf(session, 1), keyspace);
            for (int number = 2; number <= ring.nodes().size(); number++) {
                assertThat(StoredRows.bySensor(session, ring.nodeOf(session, number), keyspace))
                        .as("readings of node %d, compared with those of node 1", number)
                        .isEqualTo(first);
            }
            assertThat(first.values().stream().mapToLong(StoredRows::rows).sum())
                    .as("readings of each node")
                    .isEqualTo(ledger.size());
        });
    }

    private void awaitStored(int readings) {
        await().atMost(CATCHING_UP).until(() -> stored() >= readings);
    }

    private double stored() {
        return stored(service);
    }

    private long behind() {
        return (long) ServiceMetrics.of(service.baseUrl()).sum("telltale_consumer_lag");
    }

    private int status(String consistency) {
        return Integer.parseInt(range(consistency).substring(0, 3));
    }

    /** The status of the answer and its body. */
    private String range(String consistency) {
        Response answer = RestAssured.get("%s/api/v1/sensors/%s/readings?from=now-1m&to=now%s"
                .formatted(service.baseUrl(), SOME_SENSOR, consistency));
        return answer.statusCode() + " " + answer.asString();
    }

    private String ready() {
        return RestAssured.get(service.baseUrl() + "/q/health/ready").asString();
    }

    private static String lastLines(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    }

    private static void passTime(Duration time) {
        Instant until = CLOCK.instant().plus(time);
        await().atMost(time.plusMinutes(1)).until(() -> CLOCK.instant().isAfter(until));
    }
}
