package io.telltale.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.telltale.bench.LoadRun.Latency;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The results as people read them, {@code ingest.md} with its plots, and as programs do, {@code ingest.json}. */
final class ResultsPage {

    private static final String PREFACE = """
            # Ingest: how fast, and at what cost

            Written by `mvn -Pbench`; not to be edited by hand.

            Kafka, Cassandra, the contestant and the load share one machine, so a rate mixes everybody's processor time. The main
            figure is therefore **microseconds of processor time per reading, by process**, and every claim is a **ratio taken
            within this run**. *b* is how many readings of one sensor follow each other in the topic; fleets live at b = 1. Rows a
            request are readings per request to Cassandra.

            All contestants of `drain` read the same topic of 12 partitions, filled once, in a group, a keyspace and a process of
            their own, on one Cassandra node that acknowledges what is on disk (`commitlog_sync: group`, 5 ms). They commit offsets
            after the write. They take turns, A B B A; the table is truncated and the servers are idle before each round; what
            they do first does not count. The rate is taken between the first reading seen durable and 98 %% of them; processor
            time is that of the whole round. A round ends with the backlog or after %d s. After it Cassandra is read back, and
            every reading compared with the one that was sent: one lost or invented reading fails the run.
            JVM contestants run with `%s` and worked for at least %d s before they were measured%s.
            """;

    private final Results results;
    private final BenchOptions options;
    private final StringBuilder page = new StringBuilder();

    private ResultsPage(Results results, BenchOptions options) {
        this.results = results;
        this.options = options;
    }

    /** Writes all files into a directory. */
    static void write(Results results, BenchOptions options, Path directory) {
        List<String> plots = Plots.draw(results, directory);
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("ingest.md"), new ResultsPage(results, options).text(plots));
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValue(directory.resolve("ingest.json").toFile(), results);
        } catch (IOException e) {
            throw new BenchException("could not write the results into " + directory, e);
        }
    }

    static String text(Results results, BenchOptions options, List<String> plots) {
        return new ResultsPage(results, options).text(plots);
    }

    private String text(List<String> plots) {
        page.append(PREFACE.formatted(
                options.roundLimit().toSeconds(),
                String.join(" ", Contestants.JVM_OPTIONS),
                options.warmUp().toSeconds(),
                results.isFull() ? "" : ", which is too short for figures to quote: this is the small size"));
        machine();
        targets();
        drain();
        steady("uc1", "a reading per second and sensor, whether anybody keeps up or not", results.uc1());
        steady("sweep", "linger and shards against the size of the fleet", results.sweep());
        micro();
        if (!plots.isEmpty()) {
            page.append('\n');
            plots.forEach(plot -> page.append("![%1$s](%1$s)%n".formatted(plot)));
        }
        return page.toString();
    }

    private void machine() {
        Machine machine = results.machine();
        page.append("\n| run | |\n|---|---|\n");
        row("command", "`%s`".formatted(results.command()));
        row("time", machine.time());
        row("commit", machine.commit());
        row(
                "machine",
                "%s, %d cores, %d GiB; %s"
                        .formatted(machine.processor(), machine.cores(), machine.memoryGib(), machine.system()));
        row(
                "versions",
                machine.versions().entrySet().stream()
                        .map(version -> version.getKey() + " " + version.getValue())
                        .collect(Collectors.joining(", ")));
    }

    private void targets() {
        List<Target> targets = Target.of(results);
        if (targets.isEmpty()) {
            return;
        }
        page.append("\n## Targets\n\n| figure | wanted | measured | |\n|---|---|---|---|\n");
        targets.forEach(target ->
                row(target.figure(), target.wanted(), target.measured(), target.isMet() ? "met" : "**missed**"));
    }

    private void drain() {
        DrainTable table = DrainTable.of(results.drain());
        if (table.rows().isEmpty()) {
            return;
        }
        page.append("""

                ## drain

                A backlog in 12 partitions, consumed as fast as possible. Medians, with the least and the most.

                | contestant | sensors | b | records | rounds | readings/s | client µs | Kafka µs | Cassandra µs | rows a request |
                |---|---|---|---|---|---|---|---|---|---|
                """);
        for (DrainTable.Row row : table.rows()) {
            row(
                    row.peer().label(),
                    whole(row.shape().sensors()),
                    whole(row.shape().b()),
                    whole(row.shape().records()) + (row.isComplete() ? "" : ", not to the end"),
                    whole(row.rounds()),
                    summary(row.rate(), "%,.0f"),
                    summary(row.client(), "%.2f"),
                    summary(row.kafka(), "%.2f"),
                    summary(row.cassandra(), "%.2f"),
                    decimal(row.rowsPerRequest()));
        }
        page.append('\n');
        table.rows().stream()
                .map(DrainTable.Row::peer)
                .distinct()
                .forEach(peer -> page.append("- **%s**: %s%n".formatted(peer.label(), peer.description())));
    }

    private void steady(String name, String what, List<LoadRun> runs) {
        if (runs.isEmpty()) {
            return;
        }
        page.append("\n## %s\n\n%s. Latencies in ms, p50 / p99: stored from the service's own histogram,\n"
                .formatted(name, capital(what)));
        page.append("queryable from the time at which a reading was due until REST answers with it.\n\n");
        page.append(
                "| contestant | sensors | linger ms | shards | sent/s | stored/s | client µs | Kafka µs | Cassandra µs |"
                        + " rows a request | stored | queryable | kept up |\n");
        page.append("|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        for (LoadRun run : runs) {
            row(
                    run.peer().label(),
                    whole(run.sensors()),
                    whole(run.lingerMillis()),
                    whole(run.shards()),
                    whole(run.offeredPerSecond()),
                    whole(run.storedPerSecond()),
                    decimal(run.micros().client()),
                    decimal(run.micros().kafka()),
                    decimal(run.micros().cassandra()),
                    decimal(run.rowsPerRequest()),
                    latency(run.kafkaToStored()),
                    latency(run.kafkaToQueryable()),
                    run.keptUp() ? "yes" : "**no**");
        }
    }

    private void micro() {
        if (results.micro().isEmpty()) {
            return;
        }
        page.append(
                "\n## micro\n\nJMH, one thread.\n\n| benchmark | ns a call | ± | bytes a call |\n|---|---|---|---|\n");
        for (MicroResult result : results.micro()) {
            row(result.name(), decimal(result.nanos()), decimal(result.error()), whole(result.bytesPerCall()));
        }
    }

    private void row(String... cells) {
        StringJoiner row = new StringJoiner(" | ", "| ", " |\n");
        for (String cell : cells) {
            row.add(cell);
        }
        page.append(row);
    }

    private static String summary(Summary summary, String format) {
        return String.format(
                Locale.ROOT,
                format + " (" + format + " to " + format + ")",
                summary.median(),
                summary.least(),
                summary.most());
    }

    private static String latency(@Nullable Latency latency) {
        return latency == null ? "" : String.format(Locale.ROOT, "%.0f / %.0f", latency.median(), latency.p99());
    }

    private static String whole(double number) {
        return String.format(Locale.ROOT, "%,.0f", number);
    }

    private static String decimal(double number) {
        return String.format(Locale.ROOT, "%.2f", number);
    }

    private static String capital(String sentence) {
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }
}
