package io.telltale.evaluate.partitioning;

import io.telltale.bench.Page;
import io.telltale.bench.Summary;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.Chapter;
import io.telltale.evaluate.Environment;
import io.telltale.evaluate.Figure;
import io.telltale.evaluate.Result;
import io.telltale.local.LocalStack;
import io.telltale.local.StackOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What it costs to give each sensor a partition, and what sharing one costs in return. */
public final class PartitioningChapter implements Chapter {

    private static final int FEW_SENSORS = 200;
    private static final int MANY_SENSORS = 100_000;
    private static final List<Integer> FLEETS = List.of(FEW_SENSORS, 1_000, 10_000, MANY_SENSORS);
    private static final List<Scheme> SCHEMES =
            List.of(Scheme.perSensor(), Scheme.perSensorAndDay(), Scheme.shared(64, Duration.ofMinutes(15)));

    @Override
    public String name() {
        return "partitioning";
    }

    @Override
    public String question() {
        return "Should each sensor have Cassandra partitions of its own, or should sensors share them?";
    }

    @Override
    public String method() {
        return """
                **Tables.** The driver alone writes the same readings into three tables that differ in their partition
                key only. One node, one copy, `commitlog_sync: group`.

                **Writes.** A fleet sends %,d readings per second of event time, whatever its size. The client collects
                %,d readings, which is a linger of 250 ms, and sends those of a partition in one request, up to 256
                requests at once.

                **Reads.** Then the table is flushed and compacted, and one client reads ranges of %d readings of 50
                sensors, one after the other. For these reads 50 sensors have a history before that of the fleet, so
                their older partitions hold fewer neighbors than in operation.

                **Rounds.** A Cassandra that was just started is written to for 20 s and read before. Then one round
                warms up, and three count. Figures are their median, with the least and the most; error bars are half
                the distance of these.

                **Skew** is computed, not measured: each partition's token, from the driver, on a ring of three nodes
                with one copy. It is the load of the busiest node as a multiple of an equal share, at 24 moments of a
                day and over the day. *Hot* is one sensor that sends as much as all others.

                **Microseconds** are processor time; the client's include the load generator.

                **Limits.** Client and server share the cores of one machine, which limits rates and lengthens
                latencies: compare figures of one run only.""".formatted(
                        PartitioningCell.PER_SECOND, PartitioningCell.FLUSH_READINGS, PartitioningCell.RANGE_READINGS);
    }

    @Override
    public List<Cell> cells() {
        Environment<LocalStack> stack = new Environment<>(
                "load-stack", LocalStack.class, () -> LocalStack.start(StackOptions.forLoad(message -> {})));
        List<Cell> cells = new ArrayList<>();
        for (int sensors : FLEETS) {
            for (Scheme scheme : SCHEMES) {
                PartitioningCell cell = new PartitioningCell(scheme, sensors);
                cells.add(Cell.on(stack, cellName(scheme, sensors), cell::run)
                        .quickIf(scheme.kind() != Scheme.Kind.SENSOR_AND_DAY
                                && (sensors == FEW_SENSORS || sensors == MANY_SENSORS))
                        .with("scheme", scheme.kind().label())
                        .with("sensors", sensors)
                        .with("shards", scheme.shards())
                        .with("bucketMillis", scheme.bucketMillis())
                        .with("readingsPerSecondOfEventTime", PartitioningCell.PER_SECOND)
                        .with("flushReadings", PartitioningCell.FLUSH_READINGS)
                        .with("rangeReadings", PartitioningCell.RANGE_READINGS)
                        .lasting(estimate(scheme, sensors)));
            }
        }
        return cells;
    }

    /** A request for almost each reading takes longer. */
    private static Duration estimate(Scheme scheme, int sensors) {
        return Duration.ofSeconds(
                sensors > PartitioningCell.FLUSH_READINGS && scheme.kind() != Scheme.Kind.SHARED ? 80 : 30);
    }

    static String cellName(Scheme scheme, int sensors) {
        return "partitioning-%s-%d"
                .formatted(scheme.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'), sensors);
    }

    @Override
    public void report(List<Result> results, Page page, Path directory) {
        page.table("cell", "partition", "sensors", "readings/s", "client µs", "Cassandra µs", "readings per request");
        results.forEach(result -> page.row(
                result.link(),
                result.setting("scheme"),
                sensors(result),
                Page.whole(rounds(result, "writeReadingsPerSecond")),
                Page.decimal(rounds(result, "writeClientMicrosPerReading")),
                Page.decimal(rounds(result, "writeCassandraMicrosPerReading")),
                Page.decimal(result.number("writeReadingsPerRequest"))));
        page.table(
                "cell",
                "read p50 ms",
                "read p99 ms",
                "disk B per reading",
                "partitions",
                "mean partition B",
                "largest partition B");
        results.forEach(result -> page.row(
                result.link(),
                Page.decimal(rounds(result, "readMedianMillis")),
                Page.decimal(rounds(result, "readP99Millis")),
                Page.decimal(result.number("diskBytesPerReading")),
                Page.whole(result.number("partitionsCount")),
                Page.whole(result.number("partitionMeanBytes")),
                Page.whole(result.number("partitionLargestBytes"))));
        page.table("cell", "skew, mean", "skew, worst", "skew, day", "hot skew, mean", "hot skew, day");
        results.forEach(result -> page.row(
                result.link(),
                Page.decimal(result.number("skewMeanRatio")),
                Page.decimal(result.number("skewWorstRatio")),
                Page.decimal(result.number("skewDayRatio")),
                Page.decimal(result.number("hotSkewMeanRatio")),
                Page.decimal(result.number("hotSkewDayRatio"))));
        page.paragraph("Client and server share the %s cores of one machine, so rates are lower and latencies longer."
                .formatted(results.get(0).machine().getOrDefault("cores", "few")));
        page.plots(List.of(
                plot(
                        results,
                        directory,
                        "Cassandra's processor time",
                        "µs per reading",
                        "writeCassandraMicrosPerReading"),
                plot(results, directory, "range of 100 readings, p50", "ms", "readMedianMillis")));
    }

    private static String plot(List<Result> results, Path directory, String title, String unit, String figure) {
        Map<String, List<Summary>> series = new LinkedHashMap<>();
        List<Result> complete = results.stream()
                .filter(result -> SCHEMES.stream().allMatch(scheme -> find(results, scheme, sensorCount(result))
                        .isPresent()))
                .toList();
        complete.forEach(result -> series.computeIfAbsent(result.setting("scheme"), unknown -> new ArrayList<>())
                .add(rounds(result, figure)));
        return Figure.bars(
                directory,
                "partitioning-" + figure.toLowerCase(Locale.ROOT),
                title,
                unit,
                complete.stream()
                        .map(result -> sensors(result) + " sensors")
                        .distinct()
                        .toList(),
                series);
    }

    /** Sentences that compare sharing with a partition per sensor, for each fleet that has both. */
    @Override
    public List<String> conclusions(List<Result> results) {
        List<String> sentences = new ArrayList<>();
        for (int sensors : FLEETS) {
            Optional<Result> own = find(results, SCHEMES.get(0), sensors);
            Optional<Result> shared = find(results, SCHEMES.get(2), sensors);
            if (own.isPresent() && shared.isPresent()) {
                sentences.add(String.format(
                        Locale.ROOT,
                        "%,d sensors: a shared partition takes %.2f times Cassandra's processor time per reading of a"
                                + " partition per sensor, and %.2f times the client's; a range reads in %.2f times the"
                                + " time (p50). The busiest node takes %.2f times an equal share at a moment, but"
                                + " %.2f times over a day; with a partition per sensor, %.2f times, all the time.",
                        sensors,
                        ratio(shared.get(), own.get(), "writeCassandraMicrosPerReading"),
                        ratio(shared.get(), own.get(), "writeClientMicrosPerReading"),
                        ratio(shared.get(), own.get(), "readMedianMillis"),
                        shared.get().number("skewMeanRatio"),
                        shared.get().number("skewDayRatio"),
                        own.get().number("skewDayRatio")));
            }
        }
        return sentences;
    }

    private static double ratio(Result one, Result other, String figure) {
        return rounds(one, figure).median() / rounds(other, figure).median();
    }

    private static Optional<Result> find(List<Result> results, Scheme scheme, int sensors) {
        return results.stream()
                .filter(result -> result.cell().equals(cellName(scheme, sensors)))
                .findFirst();
    }

    private static int sensorCount(Result result) {
        return Integer.parseInt(result.setting("sensors"));
    }

    private static String sensors(Result result) {
        return Page.whole(sensorCount(result));
    }

    private static Summary rounds(Result result, String figure) {
        if (result.measured().get(figure) instanceof List<?> values) {
            return Summary.of(
                    values.stream().map(value -> ((Number) value).doubleValue()).toList());
        }
        throw new IllegalArgumentException("result %s has no rounds of %s".formatted(result.cell(), figure));
    }
}
