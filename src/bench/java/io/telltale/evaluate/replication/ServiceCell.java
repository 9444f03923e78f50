package io.telltale.evaluate.replication;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.Measured;
import io.telltale.evaluate.Pace;
import io.telltale.local.CassandraCluster;
import io.telltale.local.KafkaBroker;
import io.telltale.local.Progress;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A service in each of two data centers, on both sides of a cut. Both take readings of the same sensors at distinct
 * instants, and at contested instants, where the later record time must win.
 *
 * @param replication of the keyspace
 * @param isKafkaShared whether one Kafka serves both, as one consumer group; otherwise each service has its own
 */
record ServiceCell(KeyspaceReplication replication, boolean isKafkaShared) {

    private static final String TYPE = "evaluated";
    private static final String STATEMENT = "query that states ingestedThrough";
    private static final String UNPROMISED = "query with reason consistency";
    /** Counted, not timed. */
    private static final Set<String> COUNTS = Set.of(STATEMENT, UNPROMISED);

    private static final int SENSORS = 20;
    private static final int PARTITIONS = 4;
    private static final Duration CUT = Duration.ofSeconds(20);
    private static final Duration QUERYABLE = Duration.ofSeconds(10);
    private static final Duration CONVERGING = Duration.ofMinutes(2);
    private static final Duration INTERVAL = Duration.ofMillis(250);
    /** Record times have a resolution of a millisecond. */
    private static final Duration RECORD_TIME_STEP = Duration.ofMillis(2);

    private static final double NANOS_PER_SECOND = 1e9;
    /** Before now, so that no reading is in the future. */
    private static final long AGE_MILLIS = Duration.ofMinutes(5).toMillis();

    Measured run(CassandraCluster cluster, CellRun run) {
        String keyspace = "replication_services_" + (isKafkaShared ? "shared" : "own");
        List<String> dataCenters = Fault.dataCenters(cluster);
        List<KafkaBroker> brokers = new ArrayList<>();
        Map<String, ServiceProcess> services = new LinkedHashMap<>();
        drop(cluster, keyspace);
        try {
            for (String dataCenter : dataCenters) {
                if (brokers.isEmpty() || !isKafkaShared) {
                    brokers.add(startKafka());
                }
                String servers = brokers.get(brokers.size() - 1).bootstrapServers();
                services.put(
                        dataCenter,
                        new ServiceProcess(ServiceSettings.packaged(
                                        servers,
                                        cluster,
                                        dataCenter,
                                        run.scratch().resolve(dataCenter))
                                .sparing()
                                .with("mp.messaging.incoming.sensors.group.id", keyspace)
                                .with("telltale.storage.keyspace", keyspace)
                                .with("telltale.storage.replication", replication.cql())
                                .with("telltale.storage.write-consistency", "local_quorum")
                                .with("telltale.storage.shared-topics", Boolean.toString(isKafkaShared))));
            }
            // One after the other: the first creates the schema.
            services.values().forEach(ServiceProcess::start);
            run.narrator().say("%s: both services are ready", keyspace);
            return measure(cluster, run, services);
        } finally {
            services.values().forEach(ServiceProcess::kill);
            brokers.forEach(KafkaBroker::kill);
            Fault.DATA_CENTER_CUT.heal(cluster);
            drop(cluster, keyspace);
        }
    }

    private static KafkaBroker startKafka() {
        KafkaBroker kafka = KafkaBroker.start(Progress.SILENT);
        kafka.createTopic("sensor-dead-letters", 1, Map.of());
        kafka.createTopic("sensors." + TYPE, PARTITIONS, Map.of("message.timestamp.type", "LogAppendTime"));
        return kafka;
    }

    private static void drop(CassandraCluster cluster, String keyspace) {
        try (CqlSession session = cluster.connect()) {
            session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
        }
    }

    private Measured measure(CassandraCluster cluster, CellRun run, Map<String, ServiceProcess> services) {
        Ledger ledger = new Ledger();
        List<ServiceSide> sides = services.entrySet().stream()
                .map(service ->
                        ServiceSide.of(service.getKey(), service.getValue().baseUrl(), ledger, isKafkaShared))
                .toList();
        ServiceReadings readings = new ServiceReadings(System.currentTimeMillis() - AGE_MILLIS, SENSORS, ledger);
        // Sensors register before the cut: a registration needs a majority of all copies.
        int step = 0;
        send(sides, readings, step++, Phase.HEALTHY);
        awaitAll(sides, readings, Phase.HEALTHY);
        long healthyEnd = System.nanoTime() + CUT.toNanos() / 2;
        for (; System.nanoTime() < healthyEnd; step++) {
            sendAndAsk(sides, readings, step, Phase.HEALTHY);
        }

        Fault.DATA_CENTER_CUT.inject(cluster);
        run.narrator().say("the data centers are cut off from each other");
        int firstOfCut = step;
        long cutEnd = System.nanoTime() + CUT.toNanos();
        for (; System.nanoTime() < cutEnd; step++) {
            sendAndAsk(sides, readings, step, Phase.FAULT);
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        Map<String, Double> ownSeen = new LinkedHashMap<>();
        sides.forEach(side -> ownSeen.put(side.name(), awaitOwn(side, readings, firstOfCut)));
        figures.put("ownReadingsQueryableDuringCutShare", ownSeen);

        long begin = System.nanoTime();
        Fault.DATA_CENTER_CUT.heal(cluster);
        figures.put("healingSeconds", (System.nanoTime() - begin) / NANOS_PER_SECOND);
        figures.put("hintsDeliveredSeconds", Fault.awaitHints(cluster, begin));
        figures.put("allReadingsOnBothSidesSeconds", awaitAll(sides, readings, Phase.HEALING));
        figures.put("differingSensorsCount", readings.finalRead(sides));
        figures.put("acknowledgedCount", ledger.acknowledged());
        figures.put(
                "services",
                sides.stream().flatMap(side -> figures(side).stream()).toList());
        SideVerdicts verdicts =
                SideVerdicts.of(ledger, sides.stream().map(ServiceSide::name).toList());
        figures.put("lostCount", verdicts.violations(Check.LOST));
        figures.put("wrongWinnerCount", verdicts.violations(Check.WRONG_WINNER));
        return new Measured(figures, verdicts.checks());
    }

    private static void sendAndAsk(List<ServiceSide> sides, ServiceReadings readings, int step, Phase phase) {
        long next = System.nanoTime() + INTERVAL.toNanos();
        send(sides, readings, step, phase);
        sides.forEach(side -> readings.read(side, step % SENSORS, phase, false));
        Pace.until(next);
    }

    /** The side that posts a contested instant last, and so wins, alternates. */
    private static void send(List<ServiceSide> sides, ServiceReadings readings, int step, Phase phase) {
        for (int i = 0; i < sides.size(); i++) {
            int number = (i + step) % sides.size();
            ServiceSide side = sides.get(number);
            side.post(TYPE, readings.next(number, step), phase);
            Pace.pass(RECORD_TIME_STEP);
        }
    }

    /**
     * Returns when every side has every acknowledged reading, or a limit has passed; the final read tells which.
     *
     * @return how many seconds that took
     */
    private static double awaitAll(List<ServiceSide> sides, ServiceReadings readings, Phase phase) {
        long begin = System.nanoTime();
        awaitAtMost(CONVERGING, () -> sides.stream().allMatch(side -> readings.hasAll(side, phase)));
        return (System.nanoTime() - begin) / NANOS_PER_SECOND;
    }

    /** The share of its own readings of the cut that a side returns within a limit, while the cut lasts. */
    private static double awaitOwn(ServiceSide side, ServiceReadings readings, int firstStep) {
        awaitAtMost(QUERYABLE, () -> readings.ownSeenShare(side, firstStep) == 1);
        return readings.ownSeenShare(side, firstStep);
    }

    /** Returns when the condition holds or the limit has passed: both are figures. */
    private static void awaitAtMost(Duration limit, Callable<Boolean> condition) {
        try {
            Awaitility.await()
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(INTERVAL)
                    .atMost(limit)
                    .until(condition);
        } catch (ConditionTimeoutException e) {
            // The caller reads what holds then.
        }
    }

    private static List<Map<String, Object>> figures(ServiceSide side) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Phase phase : Phase.values()) {
            Map<String, Tally> tallies = new LinkedHashMap<>();
            tallies.put("post", side.posts());
            tallies.put("query", side.queries());
            tallies.put(STATEMENT, side.statements());
            tallies.put(UNPROMISED, side.unpromised());
            tallies.forEach((operation, tally) -> {
                Map<String, Object> found = tally.figures(phase);
                if (!found.isEmpty()) {
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put("side", side.name());
                    row.put("level", "LOCAL_QUORUM");
                    row.put("phase", phase.label());
                    row.put("operation", operation);
                    row.putAll(found);
                    if (COUNTS.contains(operation)) {
                        row.keySet().removeAll(List.of("p50Millis", "p99Millis"));
                    }
                    rows.add(row);
                }
            });
        }
        return rows;
    }
}
