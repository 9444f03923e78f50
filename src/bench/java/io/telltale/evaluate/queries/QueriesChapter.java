package io.telltale.evaluate.queries;

import io.telltale.bench.Page;
import io.telltale.bench.Summary;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.Chapter;
import io.telltale.evaluate.Environment;
import io.telltale.evaluate.Figure;
import io.telltale.evaluate.Result;
import io.telltale.evaluate.queries.Effect.Measurement;
import io.telltale.local.LocalStack;
import io.telltale.local.StackOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What makes a range read fast: one choice changed at a time. */
public final class QueriesChapter implements Chapter {

    /** At least two cells of each section. */
    private static final Set<String> QUICK = Set.of(
            "queries-index-off-50",
            "queries-index-on-50",
            "queries-base",
            "queries-bucket-1d",
            "queries-shards-16",
            "queries-page-100",
            "queries-ahead-1",
            "queries-history-10",
            "queries-sensors-10000",
            "queries-readers");

    @Override
    public String name() {
        return "queries";
    }

    @Override
    public String question() {
        return "Which choices make a range read fast, and which do not matter?";
    }

    @Override
    public String method() {
        return """
                **Cells.** Each cell writes a data set once, flushes and compacts it, and reads random ranges of one
                sensor. Cells of a section differ in one thing. One node, one copy, data in memory.

                **Data.** Unless said otherwise: a range of 4 hours has 3,600 readings, of a sensor that sends every 4 s
                for a day. It shares its partitions with those of a fleet of 1,000 sensors that fall into its shard,
                which send every 40 s. 64 shards, buckets of 15 minutes; one reader. Other shards are not written.

                **Rounds** of 1.5 s (4 s in the full form): one warms up, three (five) count. A Cassandra that was just
                started is read for 20 s before, and a service for 12 s. Figures are the median of rounds, with the
                least and the most; error bars are half the distance of these. p50 and p99 are of a round; with fewer
                than 100 reads in a round, p99 is the slowest.

                ***Driver* cells** send the statement that the service sends for descending order (without its limit)
                from one JVM, with pages of 5,000 rows and 4 slices at once, and drop the rows. ***Service* cells** ask
                the packaged service over REST for a JSON page; all was stored through Kafka.

                **Checks.** Every response is counted, and a wrong count fails the cell.

                **A difference matters** here if all rounds of the one are slower than all rounds of the other, by a quarter
                or more at the median.

                **Microseconds** are processor time per reading read: of Cassandra, and of the client, which is the
                driver with the load generator, or the service. Requests are reads that Cassandra coordinated, one for
                each page.

                **Limits.** Client and servers share the cores of one machine, and cells run one after the other:
                compare figures of one run only, and take small differences for drift.""";
    }

    @Override
    public List<Cell> cells() {
        Environment<LocalStack> stack = new Environment<>(
                "load-stack", LocalStack.class, () -> LocalStack.start(StackOptions.forLoad(message -> {})));
        return QueryGroup.cells().values().stream()
                .map(cell -> cell.cell(stack).quickIf(QUICK.contains(cell.name())))
                .toList();
    }

    @Override
    public void report(List<Result> results, Page page, Path directory) {
        page.paragraph("The slowest of a comparison, by p50, as a multiple of the fastest. " + shared(results));
        page.table("what differs", "fastest", "slowest", "ratio of p50", "of requests", "of Cassandra's µs", "");
        effects(results).forEach(effect -> effect.row(page));
        QueryGroup.all().forEach(group -> report(group, results, page, directory));
    }

    private static String shared(List<Result> results) {
        return "Client and servers share the %s cores of one machine, which lengthens latencies and limits throughput."
                .formatted(results.get(0).machine().getOrDefault("cores", "few"));
    }

    /** Of the comparisons with one reader, the largest first. */
    private static List<Effect> effects(List<Result> results) {
        return QueryGroup.all().stream()
                .flatMap(group -> group.comparisons().stream())
                .flatMap(comparison -> Effect.of(comparison, results).stream())
                .filter(effect -> effect.comparison().variants().stream().allMatch(variant -> variant.readers() == 1))
                .sorted(Comparator.comparingDouble(Effect::ratio).reversed())
                .toList();
    }

    /** Which choices matter and which do not, and whether what is given does. */
    @Override
    public List<String> conclusions(List<Result> results) {
        List<Effect> effects = effects(results);
        List<String> sentences = new ArrayList<>();
        names(effects, true, true).ifPresent(names -> sentences.add("Choices that matter here: %s.".formatted(names)));
        names(effects, true, false)
                .ifPresent(
                        names -> sentences.add("Choices without a large or clear effect here: %s.".formatted(names)));
        names(effects, false, true)
                .ifPresent(names -> sentences.add("Not chosen, but of large effect: %s.".formatted(names)));
        names(effects, false, false)
                .ifPresent(names ->
                        sentences.add("Not chosen, and without a large or clear effect: %s.".formatted(names)));
        return sentences;
    }

    private static Optional<String> names(List<Effect> effects, boolean isChoice, boolean isLarge) {
        String names = effects.stream()
                .filter(effect -> effect.comparison().isChoice() == isChoice && effect.isLarge() == isLarge)
                .map(effect -> "%s (%s times)".formatted(effect.comparison().what(), Page.decimal(effect.ratio())))
                .collect(Collectors.joining("; "));
        return names.isEmpty() ? Optional.empty() : Optional.of(names);
    }

    private static void report(QueryGroup group, List<Result> results, Page page, Path directory) {
        List<Measurement> measurements = measurements(group, results);
        if (measurements.isEmpty()) {
            return;
        }
        page.section(group.title());
        page.paragraph(group.text() + " " + shared(results));
        page.table(
                "cell",
                "",
                "via",
                "readings per read",
                "requests per read",
                "p50 ms",
                "p99 ms",
                "reads/s",
                "Cassandra µs",
                "client µs");
        measurements.forEach(measurement -> page.row(
                measurement.result().link(),
                measurement.variant().label(),
                measurement.result().setting("via"),
                Page.whole(measurement.median("readingsPerRead")),
                Page.decimal(measurement.median("requestsPerRead")),
                Page.decimal(measurement.rounds("readMedianMillis")),
                Page.decimal(measurement.rounds("readP99Millis")),
                Page.decimal(measurement.rounds("readsPerSecond")),
                Page.decimal(measurement.rounds("cassandraMicrosPerReading")),
                Page.decimal(measurement.rounds("clientMicrosPerReading"))));
        boolean isOfReaders = measurements.stream()
                .anyMatch(measurement -> measurement.variant().readers() > 1);
        if (isOfReaders) {
            page.plots(List.of(
                    lines(group, measurements, directory, "readsPerSecond", "throughput", "reads/s"),
                    lines(group, measurements, directory, "readP99Millis", "p99", "ms")));
            page.list(Saturation.of(measurements).map(Saturation::sentence).stream()
                    .toList());
        } else {
            page.plots(List.of(bars(group, measurements, directory)));
            page.list(group.comparisons().stream()
                    .flatMap(comparison -> Effect.of(comparison, results).stream())
                    .map(Effect::sentence)
                    .toList());
        }
    }

    /** Each cell and number of readers once, by its first label. */
    private static List<Measurement> measurements(QueryGroup group, List<Result> results) {
        Map<String, Measurement> distinct = new LinkedHashMap<>();
        group.comparisons().stream()
                .flatMap(comparison -> Effect.measurements(comparison, results).stream())
                .forEach(measurement -> distinct.putIfAbsent(
                        "%s %d".formatted(measurement.result().cell(), Saturation.readers(measurement)), measurement));
        return List.copyOf(distinct.values());
    }

    private static String bars(QueryGroup group, List<Measurement> measurements, Path directory) {
        Map<String, List<Summary>> series = new LinkedHashMap<>();
        series.put("p50", rounds(measurements, "readMedianMillis"));
        series.put("p99", rounds(measurements, "readP99Millis"));
        return Figure.bars(
                directory,
                "queries-" + group.name(),
                group.title(),
                "ms",
                measurements.stream()
                        .map(measurement -> measurement.variant().label())
                        .toList(),
                series);
    }

    private static List<Summary> rounds(List<Measurement> measurements, String figure) {
        return measurements.stream()
                .map(measurement -> measurement.rounds(figure))
                .toList();
    }

    private static String lines(
            QueryGroup group,
            List<Measurement> measurements,
            Path directory,
            String figure,
            String title,
            String unit) {
        List<Double> readers = measurements.stream()
                .map(measurement -> (double) Saturation.readers(measurement))
                .toList();
        return Figure.lines(
                directory,
                "queries-%s-%s".formatted(group.name(), title),
                group.title() + ", " + title,
                "readers",
                unit,
                Map.of(title, new Figure.Line(readers, rounds(measurements, figure))));
    }
}
