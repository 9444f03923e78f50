package io.telltale.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** How settings meet fleets, as people read it, {@code sweep.md} with its plot, and as programs do, {@code sweep.json}. */
final class SweepPage {

    private static final String PREFACE = """
            # Linger and shards against the size of the fleet

            Written by `mvn -Pbench -Dbench=sweep`; not to be edited by hand.

            Every sensor sends a reading a second, but all together %,d a second at most, in turn. Each row is a service of its own, in one or several replicas, with a topic of 12
            partitions and a keyspace of its own, measured for %d s after at least %d s. Kafka, Cassandra, the service and the load share one
            machine; costs are **microseconds of processor time per reading, by process**.
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
