package io.telltale.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** What live feeds cost, as people read it, {@code live.md}, and as programs do, {@code live.json}. */
final class LivePage {

    private static final String PREFACE = """
            # Live: how many, and at what cost

            Written by `mvn -Pbench -Dbench=fan-out`; not to be edited by hand.

            All subscribers watch the same readings: %d sensors of one type. *telltale* is the packaged service; *stock* is what
            people write first, a Quarkus resource that returns a `Multi` of a broadcast channel; *nchan* is nginx with nchan as Debian
            packages it, one worker, which gets readings by POST instead of reading Kafka. Kafka, Cassandra, the server, the sender and all
            subscribers (one process, one thread) share one machine, so every claim is a **ratio taken within this run**.

            The rate is that of a closed loop: %d readings go out when every subscriber that reads has seen those before, so
            nothing is dropped. Ages count from when a reading was due to be sent until it was seen, on %d of the connections, in an
            open loop at a quarter, a half and three quarters of that rate. Slow ones read nothing after the head of the answer; they
            do not count. Telltale's events carry an id to resume behind, the others' do not (nchan's is a time). Telltale writes all that
            waits for a connection at once, so a handful costs it less than readings that come one by one; nchan writes each for itself.
            """;

    private LivePage() {}

    /** Writes both into a directory. */
    static void write(List<FanOutRun> runs, String command, Machine machine, BenchOptions options, Path directory) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("live.md"), text(runs, command, machine, options));
            Map<String, Object> results = new LinkedHashMap<>();
            results.put("command", command);
            results.put("machine", machine);
            results.put("fanOut", runs);
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValue(directory.resolve("live.json").toFile(), results);
        } catch (IOException e) {
            throw new BenchException("could not write the results into " + directory, e);
        }
    }

    private static String text(List<FanOutRun> runs, String command, Machine machine, BenchOptions options) {
        StringBuilder page = new StringBuilder(
                PREFACE.formatted(FanOutWorkload.SENSORS, FanOutWorkload.HANDFUL, FanOutWorkload.TIMED));
        page.append("\n| run | |\n|---|---|\n");
        row(page, "command", "`" + command + "`");
        row(page, "time, commit", machine.time() + ", " + machine.commit());
        row(
                page,
                "machine",
                "%s, %d cores, %d GiB; %s"
                        .formatted(machine.processor(), machine.cores(), machine.memoryGib(), machine.system()));
        row(
                page,
                "rounds",
                "%d of each, after %d s of warming up; medians"
                        .formatted(options.rounds(), options.warmUp().toSeconds()));
        page.append("\n## Targets\n\n| figure | wanted | measured | |\n|---|---|---|---|\n");
        target(page, runs, "stock", 10);
        target(page, runs, "nchan", 0.8);
        page.append(
                "\n## fan-out\n\n| server | subscribers | slow | deliveries/s | µs each | bytes each | KB a subscriber, idle |"
                        + " age at 25 %: p50, p99 ms | at 50 % | at 75 % |\n|---|---|---|---|---|---|---|---|---|---|\n");
        grouped(runs)
                .values()
                .forEach(same -> row(
                        page,
                        same.get(0).server(),
                        "%,d".formatted(same.get(0).subscribers()),
                        Integer.toString(same.get(0).slow()),
                        "%,.0f".formatted(median(same, FanOutRun::deliveriesPerSecond)),
                        "%.2f".formatted(median(same, FanOutRun::microsPerDelivery)),
                        "%.0f".formatted(median(same, FanOutRun::bytesPerEvent)),
                        "%.1f".formatted(median(same, FanOutRun::kilobytesPerSubscriber)),
                        ages(same, run -> run.quarter().median(), run -> run.quarter()
                                .p99()),
                        ages(same, run -> run.half().median(), run -> run.half().p99()),
                        ages(same, run -> run.threeQuarters().median(), run -> run.threeQuarters()
                                .p99())));
        return page.toString();
    }

    private static String ages(
            List<FanOutRun> same, ToDoubleFunction<FanOutRun> median, ToDoubleFunction<FanOutRun> p99) {
        return "%.1f, %.1f".formatted(median(same, median), median(same, p99));
    }

    private static Map<String, List<FanOutRun>> grouped(List<FanOutRun> runs) {
        return runs.stream()
                .collect(Collectors.groupingBy(
                        run -> run.server() + ' ' + run.subscribers() + ' ' + run.slow(),
                        LinkedHashMap::new,
                        Collectors.toList()));
    }

    private static double median(List<FanOutRun> runs, ToDoubleFunction<FanOutRun> figure) {
        return Summary.of(runs.stream().map(figure::applyAsDouble).toList()).median();
    }

    private static void target(StringBuilder page, List<FanOutRun> runs, String peer, double wanted) {
        runs.stream()
                .filter(run -> run.slow() == 0)
                .mapToInt(FanOutRun::subscribers)
                .distinct()
                .forEach(subscribers -> {
                    double ours = rate(runs, "telltale", subscribers);
                    double theirs = rate(runs, peer, subscribers);
                    if (theirs > 0) {
                        row(
                                page,
                                "deliveries/s to %,d, of those of %s".formatted(subscribers, peer),
                                "≥ %.1f".formatted(wanted),
                                "%.2f".formatted(ours / theirs),
                                ours / theirs >= wanted ? "met" : "**missed**");
                    }
                });
    }

    private static double rate(List<FanOutRun> runs, String server, int subscribers) {
        List<FanOutRun> same = runs.stream()
                .filter(run -> run.server().equals(server) && run.subscribers() == subscribers && run.slow() == 0)
                .toList();
        return same.isEmpty() ? 0 : median(same, FanOutRun::deliveriesPerSecond);
    }

    private static void row(StringBuilder page, String... cells) {
        page.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
