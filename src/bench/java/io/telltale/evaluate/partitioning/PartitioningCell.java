package io.telltale.evaluate.partitioning;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.bench.BenchException;
import io.telltale.bench.ProcessorTime;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Measured;
import io.telltale.local.LocalStack;
import io.telltale.sensors.SensorId;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.HdrHistogram.Histogram;

/**
 * Writes a fleet's readings into a table of a scheme, reads ranges of single sensors, and looks at the table's size.
 *
 * @param scheme of the table
 * @param sensors of the fleet
 */
record PartitioningCell(Scheme scheme, int sensors) {

    /** Readings per second of event time, whatever the number of sensors. */
    static final int PER_SECOND = 10_000;
    /** What such a fleet sends in the service's linger of 250 ms. */
    static final int FLUSH_READINGS = PER_SECOND / 4;
    /** Readings of a range. */
    static final int RANGE_READINGS = 100;

    private static final int ROUNDS = 3;
    private static final int READ_SENSORS = 50;
    private static final int READ_HISTORY = 400;
    private static final int READS = 300;
    private static final int PAGE_ROWS = 5_000;
    private static final int AHEAD = 4;
    private static final Duration WARM_UP = Duration.ofSeconds(20);
    private static final int WARM_UP_SENSORS = 200;
    /** Process ids of Cassandra. */
    private static final Set<Long> WARM = ConcurrentHashMap.newKeySet();

    private static final long LONGEST_MICROS = 60_000_000;
    /** A Thursday at noon, so that a day and a bucket of every layout begin long before. */
    private static final long START = Instant.parse("2026-11-26T12:00:00Z").toEpochMilli();

    Measured run(LocalStack stack, CellRun run) throws IOException {
        int roundReadings = run.isFull() ? 400_000 : 100_000;
        String keyspace = "partitioning_%s_%d".formatted(scheme.kind().name().toLowerCase(Locale.ROOT), sensors);
        try (CqlSession session = stack.cassandra().connect()) {
            if (WARM.add(stack.cassandra().pid())) {
                warmUp(session, run.seed());
            }
        }
        try (CqlSession session = stack.cassandra().connect();
                SchemeTable table = SchemeTable.create(session, scheme, keyspace, 1)) {
            Fleet fleet = Fleet.ofRate(sensors, PER_SECOND, START);
            Map<String, Object> figures = new LinkedHashMap<>();
            SchemeWriter writer = new SchemeWriter(table, fleet, FLUSH_READINGS);
            writer.write(roundReadings);
            write(stack, writer, roundReadings, figures);

            List<SensorId> asked = writeHistory(writer, fleet);
            stack.nodeTool("flush", keyspace);
            stack.nodeTool("compact", keyspace);
            read(new SliceReader(table, PAGE_ROWS, AHEAD), asked, fleet, run.seed(), figures);
            size(stack, keyspace, (ROUNDS + 1L) * roundReadings + (long) asked.size() * READ_HISTORY, figures);
            balance(new WriteBalance(table, fleet), figures);
            return Measured.of(figures);
        }
    }

    /** Without it, the first cell would be compared with cells whose code is compiled. */
    private void warmUp(CqlSession session, long seed) {
        try (SchemeTable table = SchemeTable.create(session, scheme, "partitioning_warm_up", 1)) {
            Fleet fleet = Fleet.ofRate(WARM_UP_SENSORS, PER_SECOND, START);
            SchemeWriter writer = new SchemeWriter(table, fleet, FLUSH_READINGS);
            long end = System.nanoTime() + WARM_UP.toNanos();
            while (System.nanoTime() < end) {
                writer.write(FLUSH_READINGS);
            }
            read(
                    new SliceReader(table, PAGE_ROWS, AHEAD),
                    writeHistory(writer, fleet),
                    fleet,
                    seed,
                    new LinkedHashMap<>());
        }
    }

    /** @return the sensors that are asked */
    private static List<SensorId> writeHistory(SchemeWriter writer, Fleet fleet) {
        List<SensorId> asked = fleet.sample(READ_SENSORS).map(fleet::sensor).toList();
        long historyMillis = READ_HISTORY * fleet.stepMillis();
        asked.forEach(id -> writer.write(id, START - historyMillis, READ_HISTORY, fleet.stepMillis()));
        return asked;
    }

    private static void write(LocalStack stack, SchemeWriter writer, int roundReadings, Map<String, Object> figures) {
        List<Double> perSecond = new ArrayList<>();
        List<Double> client = new ArrayList<>();
        List<Double> cassandra = new ArrayList<>();
        double requests = 0;
        for (int i = 0; i < ROUNDS; i++) {
            ProcessorTime before = processorTime(stack);
            long begin = System.nanoTime();
            requests += writer.write(roundReadings);
            double seconds = (System.nanoTime() - begin) / 1e9;
            ProcessorTime.Micros micros = processorTime(stack).since(before).per(roundReadings);
            perSecond.add(roundReadings / seconds);
            client.add(micros.client());
            cassandra.add(micros.cassandra());
        }
        figures.put("writeReadingsPerSecond", perSecond);
        figures.put("writeClientMicrosPerReading", client);
        figures.put("writeCassandraMicrosPerReading", cassandra);
        figures.put("writeReadingsPerRequest", (double) ROUNDS * roundReadings / requests);
    }

    /** The client is this JVM. */
    private static ProcessorTime processorTime(LocalStack stack) {
        return ProcessorTime.of(
                ProcessHandle.current().pid(),
                stack.kafka().pid(),
                stack.cassandra().pid());
    }

    private static void read(
            SliceReader reader, List<SensorId> asked, Fleet fleet, long seed, Map<String, Object> figures) {
        List<Double> medians = new ArrayList<>();
        List<Double> p99 = new ArrayList<>();
        // The first round warms up.
        for (int round = 0; round <= ROUNDS; round++) {
            SplittableRandom random = new SplittableRandom(seed + round);
            Histogram micros = new Histogram(LONGEST_MICROS, 3);
            for (int i = 0; i < READS; i++) {
                long from = START - fleet.stepMillis() * random.nextInt(RANGE_READINGS, READ_HISTORY + 1);
                SensorId id = asked.get(i % asked.size());
                long begin = System.nanoTime();
                long found = reader.read(id, from, from + RANGE_READINGS * fleet.stepMillis());
                micros.recordValue(Math.min(LONGEST_MICROS, (System.nanoTime() - begin) / 1_000));
                if (found != RANGE_READINGS) {
                    throw new BenchException("sensor %s has %d readings from %d on; expected %d"
                            .formatted(id, found, from, RANGE_READINGS));
                }
            }
            if (round > 0) {
                medians.add(micros.getValueAtPercentile(50) / 1_000.0);
                p99.add(micros.getValueAtPercentile(99) / 1_000.0);
            }
        }
        figures.put("readMedianMillis", medians);
        figures.put("readP99Millis", p99);
    }

    private static void size(LocalStack stack, String keyspace, long readings, Map<String, Object> figures)
            throws IOException {
        stack.nodeTool("tablestats", "-F", "json", keyspace + ".readings");
        TableSize size = TableSize.of(Files.readString(stack.directory().resolve("cassandra/nodetool.log")), keyspace);
        figures.put("diskBytesPerReading", (double) size.diskBytes() / readings);
        figures.put("partitionsCount", size.partitions());
        figures.put("partitionMeanBytes", size.meanPartitionBytes());
        figures.put("partitionLargestBytes", size.largestPartitionBytes());
    }

    private void balance(WriteBalance balance, Map<String, Object> figures) {
        WriteBalance.Skew even = balance.skew(1);
        // As many readings as all others together.
        WriteBalance.Skew hot = balance.skew(sensors - 1.0);
        figures.put("skewMeanRatio", even.mean());
        figures.put("skewWorstRatio", even.worst());
        figures.put("skewDayRatio", even.day());
        figures.put("hotSkewMeanRatio", hot.mean());
        figures.put("hotSkewDayRatio", hot.day());
    }
}
