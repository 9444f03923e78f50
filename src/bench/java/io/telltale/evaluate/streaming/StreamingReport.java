package io.telltale.evaluate.streaming;

import io.telltale.bench.Page;
import io.telltale.bench.Summary;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.Figure;
import io.telltale.evaluate.Figure.Line;
import io.telltale.evaluate.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The tables and plots of the chapter. Cells that were not run are left out. */
final class StreamingReport {

    /** What a lag leads to: the name in figures, and in words. */
    static final Map<String, String> LAGS = lags();

    private static final String NONE = "–";

    private final List<Result> results;
    private final Path directory;
    /** Cells of a steady load. */
    private final List<Result> loads;

    private final List<Result> faults;

    StreamingReport(List<Result> results, Path directory) {
        this.results = results;
        this.directory = directory;
        this.loads = results.stream()
                .filter(result -> result.measured().containsKey("offeredReadingsPerSecond"))
                .toList();
        this.faults =
                results.stream().filter(result -> !result.faults().isEmpty()).toList();
    }

    private static Map<String, String> lags() {
        Map<String, String> lags = new LinkedHashMap<>();
        lags.put("stored", "Kafka to stored");
        lags.put("queryable", "Kafka to queryable");
        lags.put("event", "Kafka to event");
        return lags;
    }

    void append(Page page) {
        capacity().ifPresent(page::paragraph);
        if (!loads.isEmpty()) {
            appendLags(page);
            appendProcessorTime(page);
        }
        if (!faults.isEmpty()) {
            appendFaults(page);
            appendSafety(page);
        }
    }

    private Optional<String> capacity() {
        return results.stream()
                .filter(result -> result.cell().equals(StreamingChapter.CAPACITY))
                .findFirst()
                .map(result -> "Capacity ([raw result](results/%s.json)): one replica stores %s readings per second. %s"
                        .formatted(
                                result.cell(),
                                Page.whole(rounds(result, "capacityReadingsPerSecond")
                                        .orElseThrow()),
                                shared(result)));
    }

    private void appendLags(Page page) {
        for (String lag : LAGS.keySet()) {
            page.table(
                    "cell",
                    "partitions",
                    "replicas",
                    "% of capacity",
                    "readings/s",
                    LAGS.get(lag) + ", p50 ms",
                    "p95 ms",
                    "p99 ms",
                    "behind in the end, readings");
            loads.forEach(result -> page.row(
                    result.link(),
                    result.setting("partitions"),
                    result.setting("replicas"),
                    result.setting("sharePercent").isEmpty() ? NONE : result.setting("sharePercent"),
                    whole(result, "offeredReadingsPerSecond"),
                    whole(result, lag + "P50Millis"),
                    whole(result, lag + "P95Millis"),
                    whole(result, lag + "P99Millis"),
                    Page.whole(result.number("behindReadings"))));
        }
        List<Result> shares = loads.stream()
                .filter(result -> !result.setting("sharePercent").isEmpty())
                .toList();
        List<Result> others = loads.stream()
                .filter(result -> result.setting("sharePercent").isEmpty())
                .toList();
        List<String> plots = new ArrayList<>();
        if (!shares.isEmpty()) {
            plots.add(lagsOverLoad(shares, 50));
            plots.add(lagsOverLoad(shares, 99));
        }
        if (!others.isEmpty()) {
            plots.add(bars(others, "streaming-lag-shape", "lag at a fixed load, p50", "ms", millis("P50Millis")));
        }
        page.plots(plots);
        page.paragraph(NONE + " means that there is no share, or that no such reading came in any round. "
                + shared(loads.get(0)));
    }

    private String lagsOverLoad(List<Result> shares, int percentile) {
        Map<String, Line> lines = new LinkedHashMap<>();
        LAGS.forEach((lag, words) -> {
            String figure = "%sP%dMillis".formatted(lag, percentile);
            List<Result> measured = shares.stream()
                    .filter(result -> rounds(result, figure).isPresent())
                    .toList();
            if (!measured.isEmpty()) {
                lines.put(
                        words,
                        new Line(measured.stream().map(StreamingReport::share).toList(), summaries(measured, figure)));
            }
        });
        return Figure.lines(
                directory,
                "streaming-lag-p" + percentile,
                "lag over load, p" + percentile,
                "% of capacity",
                "ms",
                lines);
    }

    private static Map<String, String> millis(String suffix) {
        Map<String, String> figures = new LinkedHashMap<>();
        LAGS.forEach((lag, words) -> figures.put(words, lag + suffix));
        return figures;
    }

    private void appendProcessorTime(Page page) {
        page.table("cell", "readings/s", "service µs per reading", "Kafka µs per reading", "Cassandra µs per reading");
        loads.forEach(result -> page.row(
                result.link(),
                whole(result, "offeredReadingsPerSecond"),
                decimal(result, "serviceMicrosPerReading"),
                decimal(result, "kafkaMicrosPerReading"),
                decimal(result, "cassandraMicrosPerReading")));
        Map<String, String> series = new LinkedHashMap<>();
        series.put("service", "serviceMicrosPerReading");
        series.put("Kafka", "kafkaMicrosPerReading");
        series.put("Cassandra", "cassandraMicrosPerReading");
        page.plots(List.of(bars(loads, "streaming-cpu", "processor time", "µs per reading", series)));
        page.paragraph(
                "Processor time is user and system time of all replicas together, with one subscriber of %d of %d"
                                .formatted(LoadCell.WATCHED, LoadCell.SENSORS)
                        + " sensors. It includes what a process costs when it is idle, so it falls with the rate, and"
                        + " what the service's JVM compiles in its first half minute. "
                        + shared(loads.get(0)));
    }

    /** Draws a bar for each cell that has all figures, which are by the name of their series. */
    private String bars(List<Result> cells, String file, String title, String unit, Map<String, String> figures) {
        List<Result> measured = cells.stream()
                .filter(cell -> figures.values().stream()
                        .allMatch(figure -> rounds(cell, figure).isPresent()))
                .toList();
        Map<String, List<Summary>> series = new LinkedHashMap<>();
        if (!measured.isEmpty()) {
            figures.forEach((label, figure) -> series.put(label, summaries(measured, figure)));
        }
        return Figure.bars(
                directory,
                file,
                title,
                unit,
                measured.stream().map(Result::cell).toList(),
                series);
    }

    private static List<Summary> summaries(List<Result> cells, String figure) {
        return cells.stream().flatMap(cell -> rounds(cell, figure).stream()).toList();
    }

    private void appendFaults(Page page) {
        page.table(
                "cell",
                "fault",
                "lag before, most, readings",
                "lag after, most, readings",
                "in seconds of load",
                "normal after the fault, s",
                "normal after it was healed, s",
                "oldest event before, first replica, ms",
                "oldest event after, first replica, ms",
                "oldest event after, second replica, ms");
        faults.forEach(result -> page.row(
                result.link(),
                String.join("; ", result.faults()),
                whole(result, "lagBeforeReadings"),
                whole(result, "lagMostReadings"),
                decimal(result, "lagMostSeconds"),
                decimal(result, "normalAfterFaultSeconds"),
                decimal(result, "normalAfterHealSeconds"),
                whole(result, "eventWorstBeforeAtStruckMillis"),
                whole(result, "eventWorstAtStruckMillis"),
                whole(result, "eventWorstElsewhereMillis")));
        Map<String, Line> lines = new LinkedHashMap<>();
        faults.stream()
                .filter(result -> !numbers(result, "seriesSeconds").isEmpty())
                .forEach(result -> lines.put(
                        result.cell(),
                        new Line(
                                numbers(result, "seriesSeconds"),
                                numbers(result, "seriesLagReadings").stream()
                                        .map(lag -> new Summary(lag, lag, lag))
                                        .toList())));
        if (!lines.isEmpty()) {
            page.plots(List.of(Figure.lines(
                    directory,
                    "streaming-faults",
                    "lag around a fault, one round",
                    "seconds after the fault",
                    "readings acknowledged and not committed",
                    lines)));
        }
        page.paragraph(
                "A fault of a replica is one of the first. An event is as old as the time since its reading was due."
                        + " Points are samples of one round, without error bars. " + NONE
                        + " means that there is no such subscriber, that nothing is healed, or that the lag was not normal when"
                        + " any round ended. "
                        + shared(faults.get(0)));
    }

    private void appendSafety(Page page) {
        page.table(
                "cell",
                "acknowledged readings",
                "lost",
                "invented",
                "returned twice",
                "events missed",
                "missed without a gap",
                "events repeated",
                "gaps",
                "checks");
        faults.forEach(result -> page.row(
                result.link(),
                Page.whole(sum(result, "acknowledgedReadings")),
                Page.whole(sum(result, "lostReadings")),
                Page.whole(sum(result, "inventedReadings")),
                Page.whole(sum(result, "duplicateReadings")),
                Page.whole(ofSubscribers(result, "eventsMissed")),
                Page.whole(ofSubscribers(result, "eventsMissedWithoutGap")),
                Page.whole(ofSubscribers(result, "eventsRepeated")),
                Page.whole(ofSubscribers(result, "gaps")),
                result.violated().isEmpty()
                        ? result.checks().stream()
                                        .map(check -> "`%s`".formatted(check.name()))
                                        .collect(Collectors.joining(", "))
                                + " held"
                        : "**violated: %s**".formatted(String.join(", ", result.violated()))));
        page.paragraph("All rounds and subscribers together. `%s` is a reading that Kafka acknowledged and a complete"
                        .formatted(Check.LOST.label())
                + " range read after the fault does not return.");
    }

    /** The sum over the rounds and over both subscribers. */
    static double ofSubscribers(Result result, String figure) {
        return sum(result, figure + "AtStruckCount") + sum(result, figure + "ElsewhereCount");
    }

    static double sum(Result result, String figure) {
        return numbers(result, figure).stream().mapToDouble(Double::doubleValue).sum();
    }

    /** The load of a cell that has a share of the capacity. */
    private static double share(Result result) {
        return Double.parseDouble(result.setting("sharePercent"));
    }

    private static String shared(Result result) {
        return "Load generator, servers and service share the %s cores of one machine, which limits rates and lengthens lags."
                .formatted(result.machine().getOrDefault("cores", "few"));
    }

    private static String whole(Result result, String figure) {
        return rounds(result, figure)
                .map(summary -> isOne(result, figure) ? Page.whole(summary.median()) : Page.whole(summary))
                .orElse(NONE);
    }

    private static String decimal(Result result, String figure) {
        return rounds(result, figure)
                .map(summary -> isOne(result, figure) ? Page.decimal(summary.median()) : Page.decimal(summary))
                .orElse(NONE);
    }

    /** One round has no least and no most. */
    private static boolean isOne(Result result, String figure) {
        return numbers(result, figure).size() == 1;
    }

    /** A figure that each round measured; empty if no round did. */
    static Optional<Summary> rounds(Result result, String figure) {
        List<Double> values = numbers(result, figure);
        return values.isEmpty() ? Optional.empty() : Optional.of(Summary.of(values));
    }

    static List<Double> numbers(Result result, String figure) {
        return result.measured().get(figure) instanceof List<?> values
                ? values.stream().map(value -> ((Number) value).doubleValue()).toList()
                : List.of();
    }
}
