package io.telltale.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Writes the cost of reads: {@code query.md} with its plot, and {@code query.json}. */
final class QueryPage {

    private static final String PREFACE = """
            # Reads: how fast, and at what cost

            Written by `mvn -Pbench -Dbench=query`; do not edit it by hand.

            Kafka, Cassandra (one node), the service and the clients share one machine, so every claim is a **ratio
            within this run**. The service ingested the readings from Kafka: one per second and sensor, 64 shards,
            buckets of 15 min. Microseconds are processor time per reading, of the reader's own process and of
            Cassandra.

            - *driver* is the Java driver alone, in the JVM of the benchmark. It knows the partitions, reads them
              bucket by bucket in pages of 5,000 rows, and drops the rows.
            - *Flask* is the version of Debian, with one partition per sensor.

            `range`, `export` and `history` are closed loops: one client waits for each response. Ranges begin
            anywhere, and are the same for all readers of a round; readers take turns, A B B A. Every response is
            counted, and an incomplete one fails the run. `dashboard` and `tpcx-shaped` are open loops: latency
            counts from the time at which a request was due. The service runs with `%s`. Each reader warms up for at
            least %d s%s.
            """;

    /**
     * All rounds of a reader and a length.
     *
     * @param rate readings per second
     * @param median of the latency of a read in each round, in milliseconds
     */
    record Row(
            String what,
            String reader,
            int readings,
            Summary rate,
            Summary median,
            Summary p99,
            Summary client,
            Summary cassandra) {}

    private QueryPage() {}

    static void write(QueryResults results, BenchOptions options, Path directory) {
        List<String> plots = Plots.ofReads(rows(results.range()), directory);
        page(results, options).plots(plots).write(directory, "query", results);
    }

    /** Rounds of one reader and length together, in the order in which they first came. */
    static List<Row> rows(List<ReadRun> runs) {
        Map<String, List<ReadRun>> together = new LinkedHashMap<>();
        runs.forEach(run -> together.computeIfAbsent(run.what() + '\n' + run.reader(), unknown -> new ArrayList<>())
                .add(run));
        return together.values().stream().map(QueryPage::row).toList();
    }

    private static Row row(List<ReadRun> rounds) {
        ReadRun first = rounds.get(0);
        return new Row(
                first.what(),
                first.reader(),
                first.readings(),
                summary(rounds, ReadRun::readingsPerSecond),
                summary(rounds, run -> run.latency().median()),
                summary(rounds, run -> run.latency().p99()),
                summary(rounds, run -> run.micros().client()),
                summary(rounds, run -> run.micros().cassandra()));
    }

    private static Summary summary(List<ReadRun> rounds, ToDoubleFunction<ReadRun> figure) {
        return Summary.of(rounds.stream().map(figure::applyAsDouble).toList());
    }

    private static Page page(QueryResults results, BenchOptions options) {
        Page page = new Page(PREFACE.formatted(
                        String.join(" ", Contestants.JVM_OPTIONS),
                        options.warmUp().toSeconds() / 4,
                        results.isFull() ? "" : ". That is too short for figures to quote: this is the small size"))
                .run(results.command(), results.machine())
                .targets(targets(results));
        reads(page, "range", "Ranges of one sensor", results.range());
        reads(page, "export", "All readings of a sensor, streamed", results.export());
        reads(
                page,
                "history",
                "An hour as a JSON page, for sensors with histories of different lengths",
                results.history());
        loaded(
                page,
                "dashboard",
                "50 clients refresh every 5 s while every sensor sends one reading per second",
                results.dashboard());
        loaded(
                page,
                "tpcx-shaped",
                "Records of 1 KB, with one query of two windows of 5 s per 20,000 records. Not a TPC result",
                results.tpcxShaped());
        return page;
    }

    /** The targets for which there are figures. */
    static List<Target> targets(QueryResults results) {
        List<Target> targets = new ArrayList<>();
        ratioToDriver(rows(results.range()), "an hour", 0.8, targets);
        rows(results.export()).stream()
                .map(Row::what)
                .distinct()
                .forEach(what -> ratioToDriver(rows(results.export()), what, 0.5, targets));
        List<Row> history = rows(results.history());
        if (history.size() > 1) {
            double ratio = history.get(history.size() - 1).p99().median()
                    / history.get(0).p99().median();
            targets.add(
                    new Target("an hour, p99 with 100 times the history", "≤ 1.20", Page.decimal(ratio), ratio <= 1.2));
        }
        return targets;
    }

    private static void ratioToDriver(List<Row> rows, String what, double atLeast, List<Target> targets) {
        Optional<Row> driver = rows.stream()
                .filter(row -> row.what().equals(what) && row.reader().equals("driver"))
                .findFirst();
        driver.ifPresent(limit -> rows.stream()
                .filter(row -> row.what().equals(what) && row.reader().startsWith("telltale, "))
                .forEach(row -> {
                    double ratio = row.rate().median() / limit.rate().median();
                    targets.add(new Target(
                            "%s, %s, of the driver's rate".formatted(what, row.reader()),
                            "≥ " + Page.decimal(atLeast),
                            Page.decimal(ratio),
                            ratio >= atLeast));
                }));
    }

    /** Adds a section of reads, if there are figures. */
    static void reads(Page page, String name, String what, List<ReadRun> runs) {
        if (runs.isEmpty()) {
            return;
        }
        page.section(name)
                .paragraph(what + ". Medians of the rounds, with minimum and maximum.")
                .table("range", "reader", "readings/s", "p50 ms", "p99 ms", "reader µs", "Cassandra µs");
        for (Row row : rows(runs)) {
            page.row(
                    row.what(),
                    row.reader(),
                    Page.whole(row.rate()),
                    Page.decimal(row.median()),
                    Page.decimal(row.p99()),
                    Page.decimal(row.client()),
                    Page.decimal(row.cassandra()));
        }
    }

    private static void loaded(Page page, String name, String what, List<LoadedRun> runs) {
        if (runs.isEmpty()) {
            return;
        }
        page.section(name)
                .paragraph(what + '.')
                .table(
                        "sensors",
                        "stored/s",
                        "kept up",
                        "query",
                        "queries/s",
                        "p50 ms",
                        "p99 ms",
                        "max ms",
                        "answers",
                        "failed");
        for (LoadedRun run : runs) {
            for (AskedRun asked : run.asked()) {
                page.row(
                        Page.whole(run.sensors()),
                        Page.whole(run.storedPerSecond()),
                        run.keptUp() ? "yes" : "**no**",
                        asked.what(),
                        Page.decimal(asked.perSecond()),
                        Page.decimal(asked.latency().median()),
                        Page.decimal(asked.latency().p99()),
                        Page.decimal(asked.most()),
                        Page.whole((double) asked.latency().count()),
                        asked.failed() == 0 ? "0" : "**%d**".formatted(asked.failed()));
            }
        }
    }
}
