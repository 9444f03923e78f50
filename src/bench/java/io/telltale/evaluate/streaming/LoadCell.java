package io.telltale.evaluate.streaming;

import io.telltale.bench.BenchException;
import io.telltale.bench.ProcessorTime;
import io.telltale.bench.QueryableProbe;
import io.telltale.bench.QueryableReadings;
import io.telltale.bench.ServiceMetrics;
import io.telltale.bench.StoredLatency;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Measured;
import io.telltale.evaluate.partitioning.Fleet;
import io.telltale.evaluate.streaming.Replicas.Plan;
import io.telltale.local.LocalStack;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A steady load, and how long readings take from Kafka to stored, to queryable and to an event.
 *
 * @param name of the cell
 * @param rate of the load in readings per second; a share of the capacity is known only when the servers run
 */
record LoadCell(String name, ToDoubleBiFunction<LocalStack, CellRun> rate, int partitions, int replicas) {

    static final int SENSORS = 1_000;
    static final int PARTITIONS = 12;
    static final List<String> JVM_OPTIONS = List.of("-Xmx512m");
    /** Percentiles of each lag. */
    static final List<Integer> PERCENTILES = List.of(50, 95, 99);
    /**
     * Sensors that the subscriber watches, spread over the fleet: one that parses every event costs more than the
     * service.
     */
    static final int WATCHED = 50;

    private static final String STORED = "telltale_readings_stored_total";
    private static final int ROUNDS = 3;
    private static final Duration WARM_UP = Duration.ofSeconds(4);
    private static final Duration CATCH_UP_LIMIT = Duration.ofSeconds(6);

    Measured run(LocalStack stack, CellRun run) {
        OneBroker servers = new OneBroker(stack);
        double perSecond = rate.applyAsDouble(stack, run);
        try (Replicas running =
                Replicas.start(servers, run.scratch(), name, new Plan(replicas, partitions, JVM_OPTIONS))) {
            running.introduce(SENSORS);
            try (EventClient events = EventClient.open(running.addressesFrom(0), watchedPath());
                    RecordedLoad load =
                            RecordedLoad.begin(servers.bootstrapServers(), running.topic(), SENSORS, perSecond)) {
                run.narrator().say("%s: %,.0f readings/s begin", name, load.perSecond());
                return measure(new Run(stack, running, events, load), run);
            }
        }
    }

    /** What takes part in a measurement. */
    private record Run(LocalStack stack, Replicas replicas, EventClient events, RecordedLoad load) {

        /** How many readings were due and are not stored. */
        long behind() {
            return SENSORS + load.due() - replicas.stored();
        }

        ProcessorTime processorTime() {
            return new ProcessorTime(
                    replicas.processorTime(),
                    ProcessorTime.of(stack.kafka().pid()),
                    ProcessorTime.of(stack.cassandra().pid()));
        }
    }

    private Measured measure(Run running, CellRun run) {
        Duration length = Duration.ofSeconds(run.isFull() ? 20 : 4);
        Duration probing = run.isFull() ? length : Duration.ofMillis(2_500);
        Rounds rounds = new Rounds();
        QueryableProbe probe = new QueryableProbe(
                running.replicas().addressesFrom(0).get(0),
                new OneBroker(running.stack()).bootstrapServers(),
                running.replicas().topic());
        running.load().letRun(WARM_UP);
        // Queries warm up, too, and register their sensor.
        probe.run(Duration.ofSeconds(1));
        awaitCaughtUp(running);
        for (int round = 0; round < ROUNDS; round++) {
            measureRound(running, length, rounds);
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("askedReadingsPerSecond", running.load().perSecond());
        figures.put("behindReadings", Math.max(0, running.behind()));
        // Last, because its queries cost processor time.
        int givenUp = 0;
        for (int round = 0; round < ROUNDS; round++) {
            QueryableReadings readings = probe.run(probing);
            givenUp += readings.givenUp();
            PERCENTILES.forEach(p -> rounds.add("queryableP%dMillis".formatted(p), readings.millisAt(p)));
        }
        run.narrator().say("%s: measured", name);
        figures.put("notQueryableReadings", givenUp);
        figures.putAll(rounds.figures());
        return Measured.of(figures);
    }

    private static void measureRound(Run running, Duration length, Rounds rounds) {
        running.events().takeAges();
        ServiceMetrics before = running.replicas().metrics();
        ProcessorTime processorBefore = running.processorTime();
        long acknowledgedBefore = running.load().acknowledged();
        long begin = System.nanoTime();
        running.load().letRun(length);
        double seconds = (System.nanoTime() - begin) / 1e9;
        long acknowledged = running.load().acknowledged() - acknowledgedBefore;
        ProcessorTime used = running.processorTime().since(processorBefore);
        ServiceMetrics after = running.replicas().metrics();
        Histogram ages = running.events().takeAges();

        long stored = (long) (after.sum(STORED) - before.sum(STORED));
        ProcessorTime.Micros micros = used.per(stored);
        rounds.add("offeredReadingsPerSecond", acknowledged / seconds);
        PERCENTILES.forEach(p -> {
            rounds.add(
                    "storedP%dMillis".formatted(p),
                    stored == 0 ? Double.NaN : StoredLatency.millisAt(before, after, p));
            rounds.add(
                    "eventP%dMillis".formatted(p),
                    ages.getTotalCount() == 0 ? Double.NaN : (double) ages.getValueAtPercentile(p));
        });
        rounds.add("serviceMicrosPerReading", micros.client());
        rounds.add("kafkaMicrosPerReading", micros.kafka());
        rounds.add("cassandraMicrosPerReading", micros.cassandra());
    }

    /** A JVM is slow until its code is compiled. What it is behind then is not part of a steady load. */
    private static void awaitCaughtUp(Run running) {
        try {
            Awaitility.await()
                    .atMost(CATCH_UP_LIMIT)
                    .pollInterval(Duration.ofMillis(200))
                    // A busy replica may respond late.
                    .ignoreException(BenchException.class)
                    .until(() -> running.behind() <= running.load().perSecond());
        } catch (ConditionTimeoutException e) {
            // It shows in the lags and in the readings that it is behind in the end.
        }
    }

    private static String watchedPath() {
        Fleet fleet = new Fleet(SENSORS, 1, 0);
        return fleet.sample(WATCHED)
                .map(sensor -> "sensor=" + fleet.sensor(sensor))
                .collect(Collectors.joining("&", "/api/v1/readings/stream?", ""));
    }
}
