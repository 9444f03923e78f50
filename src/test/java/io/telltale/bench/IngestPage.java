package io.telltale.bench;

import io.telltale.bench.LoadRun.Latency;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What ingest costs, as people read it, {@code ingest.md} with its plots, and as programs do, {@code ingest.json}. */
final class IngestPage {

    private static final String PREFACE = """
            # Ingest: how fast, and at what cost

            Written by `mvn -Pbench`; not to be edited by hand.

            Kafka, Cassandra, the contestant and the load share one machine, so a rate mixes everybody's processor time. The main
            figure is therefore **microseconds of processor time per reading, by process**, and every claim is a **ratio taken
            within this run**. *b* is how many readings of one sensor follow each other in the topic; fleets live at b = 1. Rows a
            request are readings per request to Cassandra.

            All contestants of `drain` read the same topic of 12 partitions, in a group, a keyspace and a process of
            their own, for all backlogs, the largest fleet first, on one Cassandra node that acknowledges what is on disk
            (`commitlog_sync: group`, 5 ms). They commit offsets after the write. They take turns, A B B A; the table is truncated
            and the servers are given %d s to fall idle before each round; %s. The rate is taken between the first
            reading seen durable and 98 %% of them; processor time is that of the whole round. A round ends with the backlog or
            after %d s; of those that are several to hundreds of times slower (connect, obvious, python) there is one, of %d s. After each
            Cassandra is read back, and every reading compared with the one that was sent: one invented reading, or a lost one of a backlog
            that was drained to its end, fails the run.
            JVM contestants run with `%s` and worked for at least %d s, the slow ones %d s, before they were measured%s.
            """;

    private static final String UC1 = """
            Readings fall due at a steady rate, whether anybody keeps up or not: one a second from each sensor if nothing else was
            asked for, and in the full size half load too, which is half of what the service drained from 10,000 sensors, or of what
            it stored of too many readings here, where that is less, in whole thousands. The raw loop is left out at half load, and
            where the service did not keep up. What is said to be stored is read back, and has to be what was sent, by count and checksum of each sensor.
            """;

    private static final String LATENCIES = """
            Latencies in ms, p50 / p99: stored from the service's own histogram, queryable from the time at which a reading was
            due until REST answers with it. Those that are *not yet* queryable %d s after the last count with what they have waited
            by then. Whoever has stored everything that was sent a minute later, and had the probes queryable, kept up.""";

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
        "rows a request",
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
                                ? "what they do first does not count"
                                : "of the first backlog, what they do first does not count",
                        options.roundLimit(Peer.TELLTALE).toSeconds(),
                        options.roundLimit(Peer.OBVIOUS).toSeconds(),
                        String.join(" ", Contestants.JVM_OPTIONS),
                        options.warmUp().toSeconds(),
                        options.warmUp(Peer.OBVIOUS).toSeconds(),
                        options.isWarm() ? "" : ", which is too short for figures to quote"))
                .run(results.command(), results.machine())
                .targets(Target.of(results));
        drain(page, DrainTable.of(results.drain()));
        if (!results.uc1().isEmpty()) {
            page.section("uc1");
            steady(page, UC1, results.uc1());
        }
        if (!results.micro().isEmpty()) {
            page.section("micro").paragraph("JMH, one thread.").table("benchmark", "ns a call", "±", "bytes a call");
            results.micro()
                    .forEach(result -> page.row(
                            result.name(),
                            Page.decimal(result.nanos()),
                            Page.decimal(result.error()),
                            Page.whole(result.bytesPerCall())));
        }
        return page;
    }

    private static void drain(Page page, DrainTable table) {
        if (table.rows().isEmpty()) {
            return;
        }
        page.section("drain")
                .paragraph(
                        "A backlog in 12 partitions, consumed as fast as possible. Medians, with the least and the most.")
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
                        "rows a request");
        for (DrainTable.Row row : table.rows()) {
            page.row(
                    row.peer().label(),
                    Page.whole(row.shape().sensors()),
                    Page.whole(row.shape().b()),
                    Page.whole(row.shape().records()) + (row.isComplete() ? "" : ", not to the end"),
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

    /** Steady loads, as a table behind a paragraph. */
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
