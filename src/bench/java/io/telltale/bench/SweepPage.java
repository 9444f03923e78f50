package io.telltale.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes the cost of settings by size of fleet: {@code sweep.md} with its plot, and {@code sweep.json}. */
final class SweepPage {

    private static final String PREFACE = """
            # Linger and shards against the size of the fleet

            Written by `mvn -Pbench -Dbench=sweep`; do not edit it by hand.

            Every sensor sends one reading per second, but all together at most %,d per second, in turn. Each row is
            a separate service in one or several replicas, with its own topic of 12 partitions and its own keyspace.
            It is measured for %d s after at least %d s. Kafka, Cassandra, the service and the load generator share
            one machine. Costs are **microseconds of processor time per reading, by process**.
            """;

    private SweepPage() {}

    static void write(List<LoadRun> runs, BenchOptions options, Machine machine, Path directory) {
        Page page = new Page(PREFACE.formatted(
                        options.swept().perSecond(),
                        options.steadyLength().toSeconds(),
                        options.warmUp().toSeconds()))
                .run(options.command(), machine)
                .section("sweep");
        IngestPage.steady(page, "Costs are of all replicas together.\n", runs);
        page.plots(Plots.ofSweep(runs, directory))
                .write(directory, "sweep", Map.of("command", options.command(), "machine", machine, "sweep", runs));
    }
}
