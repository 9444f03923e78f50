package io.telltale.bench;

import io.telltale.bench.LoadRun.Latency;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes the cost of ingest: {@code ingest.md} with its plots, and {@code ingest.json}. */
final class IngestPage {

    private static final String PREFACE = """
            # Ingest: how fast, and at what cost

            Written by `mvn -Pbench`; do not edit it by hand.

            Kafka, Cassandra, the contestant and the load generator share one machine, so a rate mixes the processor
            time of all four. The main figure is therefore **microseconds of processor time per reading, by
            process**. Every claim is a **ratio within this run**. *b* is the number of consecutive readings of one
            sensor in the topic; real fleets have b = 1. *Rows per request* are readings per write request to
            Cassandra.

            All contestants of `drain` read the same topic of 12 partitions. Each has its own group, keyspace and
            process, for all backlogs, the largest fleet first. They share one Cassandra node that acknowledges
            after a sync to disk (`commitlog_sync: group`, 5 ms). They commit offsets after the write.

            - Contestants take turns, A B B A. Before each round the table is truncated, and the servers have %d s
              to become idle.
            - Warm-up: %s.
            - The rate counts from the first durable reading to 98 %% of them. Processor time is that of the whole
              round.
            - A round ends with the backlog or after %d s. Contestants that are several to hundreds of times slower
              (connect, obvious, python) have one round, of %d s.
            - After each round every reading is read back from Cassandra and compared with the one that was sent.
              The run fails if one was invented, or if one is missing from a backlog that was drained completely.

            JVM contestants run with `%s` and warm up for at least %d s, the slow ones for %d s%s.
            """;

    private static final String UC1 = """
            Readings are due at a steady rate, whether the contestant keeps up or not. The default is one per second
            and sensor. The full size adds half load for 10,000 sensors: half of the drain rate, or half of the rate
            stored under too many readings here if that is lower, in whole thousands. The raw loop is left out at
            half load, and where the service did not keep up. All stored readings are read back and compared with
            those sent, by count and checksum per sensor.
            """;

    private static final String LATENCIES = """
            Latencies are in ms, p50 / p99. *Stored* is the service's own histogram. *Queryable* counts from the
            time at which a reading was due until REST returns it. Readings *not yet* queryable %d s after the last
            one count with their waiting time so far. A contestant *kept up* if everything sent was stored a minute
            later, and all probes were queryable.""";

    private static final String[] STEADY_COLUMNS = {
        "contestant",
        "sensors",
        "due/s",
        "linger ms",
        "shards",
        "replicas",
        "sent/s",
        "stored/s",
        "client µs",
        "Kafka µs",
        "Cassandra µs",
        "rows per request",
        "stored",
        "queryable",
        "kept up"
    };

    private IngestPage() {}

    static void write(IngestResults results, BenchOptions options, Path directory) {
        List<String> plots = Plots.ofDrain(DrainTable.of(results.drain()), directory);
        page(results, options).plots(plots).write(directory, "ingest", results);
    }

    private static Page page(IngestResults results, BenchOptions options) {
        Page page = new Page(PREFACE.formatted(
                        options.quietLimit().toSeconds(),
                        options.isWarm()
                                ? "the first rounds of each contestant do not count"
                                : "of the first backlog, the first rounds of each contestant do not count",
                        options.roundLimit(Peer.TELLTALE).toSeconds(),
                        options.roundLimit(Peer.OBVIOUS).toSeconds(),
                        String.join(" ", Contestants.JVM_OPTIONS),
                        options.warmUp().toSeconds(),
                        options.warmUp(Peer.OBVIOUS).toSeconds(),
                        options.isWarm() ? "" : ". That is too short for figures to quote"))
                .run(results.command(), results.machine())
                .targets(Target.of(results));
        drain(page, DrainTable.of(results.drain()));
        if (!results.uc1().isEmpty()) {
            page.section("uc1");
            steady(page, UC1, results.uc1());
        }
        if (!results.micro().isEmpty()) {
            page.section("micro")
                    .paragraph("JMH, one thread.")
                    .table("benchmark", "ns per call", "±", "bytes per call");
            results.micro()
                    .forEach(result -> page.row(
                            result.name(),
                            Page.decimal(result.nanos()),
                            Page.decimal(result.error()),
                            Page.whole(result.bytesPerCall())));
        }
        return page;
    }

    /** Adds the section of backlogs, if there are figures. */
    static void drain(Page page, DrainTable table) {
        if (table.rows().isEmpty()) {
            return;
        }
        page.section("drain")
                .paragraph(
                        "A backlog in 12 partitions, consumed as fast as possible. Medians, with minimum and maximum.")
                .table(
                        "contestant",
                        "sensors",
                        "b",
                        "records",
                        "rounds",
                        "readings/s",
                        "client µs",
                        "Kafka µs",
                        "Cassandra µs",
                        "rows per request");
        for (DrainTable.Row row : table.rows()) {
            page.row(
                    row.peer().label(),
                    Page.whole(row.shape().sensors()),
                    Page.whole(row.shape().b()),
                    Page.whole(row.shape().records()) + (row.isComplete() ? "" : ", ended early"),
                    Page.whole(row.rounds()),
                    Page.whole(row.rate()),
                    Page.decimal(row.client()),
                    Page.decimal(row.kafka()),
                    Page.decimal(row.cassandra()),
                    Page.decimal(row.rowsPerRequest()));
        }
        page.list(table.rows().stream()
                .map(DrainTable.Row::peer)
                .distinct()
                .map(peer -> "**%s**: %s".formatted(peer.label(), peer.description()))
                .toList());
    }

    /** Adds a paragraph and a table of steady loads. */
    static void steady(Page page, String what, List<LoadRun> runs) {
        page.paragraph(what + LATENCIES.formatted(QueryableProbe.LAST_READING_LIMIT.toSeconds()))
                .table(STEADY_COLUMNS);
        for (LoadRun run : runs) {
            page.row(
                    run.peer().label(),
                    Page.whole(run.fleet().sensors()),
                    Page.whole(run.fleet().perSecond()),
                    Page.whole(run.lingerMillis()),
                    Page.whole(run.shards()),
                    Page.whole(run.replicas()),
                    Page.whole(run.offeredPerSecond()),
                    Page.whole(run.storedPerSecond()),
                    Page.decimal(run.micros().client()),
                    Page.decimal(run.micros().kafka()),
                    Page.decimal(run.micros().cassandra()),
                    Page.decimal(run.rowsPerRequest()),
                    latency(run.kafkaToStored()),
                    latency(run.kafkaToQueryable()) + notQueryable(run),
                    run.keptUp() ? "yes" : "**no**");
        }
    }

    private static String notQueryable(LoadRun run) {
        return run.notQueryable() == 0 ? "" : String.format(Locale.ROOT, ", %,d not yet", run.notQueryable());
    }

    private static String latency(@Nullable Latency latency) {
        return latency == null ? "" : String.format(Locale.ROOT, "%.0f / %.0f", latency.median(), latency.p99());
    }
}
