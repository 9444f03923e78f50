package io.telltale.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Writes the cost of live streams: {@code live.md} and {@code live.json}. */
final class LivePage {

    private static final double WANTED_AGE_MILLIS = 20;
    private static final double WANTED_WITH_SLOW_ONES = 1.1;

    private static final String PREFACE = """
            # Live: how many, and at what cost

            Written by `mvn -Pbench -Dbench=fan-out`; do not edit it by hand.

            All subscribers receive the same readings: %d sensors of one type. Kafka, Cassandra, the server, the
            sender and all subscribers (one process, one thread) share one machine, so every claim is a **ratio
            within this run**.

            - *telltale* is the packaged service.
            - *stock* is the usual first attempt: a Quarkus resource that returns a `Multi` of a broadcast
              processor.
            - *nchan* is nginx with nchan as Debian packages it, with one worker. It receives readings by POST
              instead of from Kafka.

            *Deliveries/s* are those of a closed loop: %d readings are sent once every reading subscriber has
            received those before, so nothing is dropped. *Singly* is the same loop with one reading at a time. µs
            are processor time of the server per delivery. Heap bytes are what its JVM allocated per delivery, from
            its garbage collector log. *KB per idle subscriber* is the growth of resident memory while they connect,
            read in whole MB: a difference of a few KB, and any value of 0 or less, is noise.

            *Ages* count from when a reading was due until it was received, on %d connections spread over all of
            them. They are measured in an open loop at a quarter, a half and three quarters of the single-delivery
            rate. The rate in batches is not usable here: Telltale writes all waiting events of a connection at
            once, and evenly spaced readings leave nothing to batch.

            *Storing*: %,d sensors of another type, without subscribers, send one reading per second as well, and
            the service stores them (`uc1`). Telltale stores what it delivers in any case, the others do not. Slow
            subscribers read nothing after the response header, and do not count. Telltale's events carry an id to
            resume behind; the others' do not (nchan's is a time).
            """;

    private LivePage() {}

    static void write(List<FanOutRun> runs, BenchOptions options, Machine machine, Path directory) {
        page(runs, options, machine)
                .write(directory, "live", Map.of("command", options.command(), "machine", machine, "fanOut", runs));
    }

    static Page page(List<FanOutRun> runs, BenchOptions options, Machine machine) {
        Page page = new Page(PREFACE.formatted(
                        FanOutWorkload.SENSORS,
                        FanOutWorkload.HANDFUL,
                        FanOutWorkload.TIMED,
                        FanOutWorkload.STORED_BESIDE))
                .run(options.command(), machine)
                .targets(targets(runs));
        fanOut(page, runs, options);
        return page;
    }

    /** Adds the section of rates and ages. */
    static void fanOut(Page page, List<FanOutRun> runs, BenchOptions options) {
        page.section("fan-out")
                .paragraph("Medians of %d rounds of each, after %d s of warm-up%s. Ages are p50 and p99."
                        .formatted(
                                options.rounds(),
                                options.warmUp().toSeconds(),
                                options.isWarm() ? "" : ". That is too short for figures to quote"))
                .table(
                        "server",
                        "subscribers",
                        "slow",
                        "deliveries/s",
                        "µs per delivery",
                        "heap bytes per delivery",
                        "wire bytes per delivery",
                        "KB per idle subscriber",
                        "singly/s",
                        "µs, singly",
                        "age at 25 %, ms",
                        "at 50 %",
                        "at 75 %");
        for (List<FanOutRun> same : grouped(runs)) {
            page.row(
                    same.get(0).server(),
                    Page.whole(same.get(0).subscribers()),
                    Page.whole(same.get(0).slow()),
                    Page.whole(median(same, FanOutRun::deliveriesPerSecond)),
                    Page.decimal(median(same, FanOutRun::microsPerDelivery)),
                    heapBytes(same),
                    Page.whole(median(same, FanOutRun::bytesPerEvent)),
                    Page.decimal(median(same, FanOutRun::kilobytesPerSubscriber)),
                    Page.whole(median(same, FanOutRun::singlyPerSecond)),
                    Page.decimal(median(same, FanOutRun::microsSingly)),
                    ages(same, run -> run.quarter().median(), run -> run.quarter()
                            .p99()),
                    ages(same, run -> run.half().median(), run -> run.half().p99()),
                    ages(same, run -> run.threeQuarters().median(), run -> run.threeQuarters()
                            .p99()));
        }
    }

    private static String heapBytes(List<FanOutRun> same) {
        double bytes = median(same, FanOutRun::heapBytesPerDelivery);
        return bytes == 0 ? "" : Page.whole(bytes);
    }

    private static String ages(
            List<FanOutRun> same, ToDoubleFunction<FanOutRun> median, ToDoubleFunction<FanOutRun> p99) {
        return "%.1f, %.1f".formatted(median(same, median), median(same, p99));
    }

    static Collection<List<FanOutRun>> grouped(List<FanOutRun> runs) {
        return runs.stream()
                .collect(Collectors.groupingBy(
                        run -> run.server() + ' ' + run.subscribers() + ' ' + run.slow(),
                        LinkedHashMap::new,
                        Collectors.toList()))
                .values();
    }

    static double median(List<FanOutRun> runs, ToDoubleFunction<FanOutRun> figure) {
        return Summary.of(runs.stream().map(figure::applyAsDouble).toList()).median();
    }

    /** The targets for which there are figures. */
    static List<Target> targets(List<FanOutRun> runs) {
        List<Target> targets = new ArrayList<>();
        rates(runs, "stock", 10, targets);
        rates(runs, "nchan", 0.8, targets);
        for (List<FanOutRun> same : grouped(runs)) {
            FanOutRun one = same.get(0);
            if (one.server().equals("telltale") && one.slow() > 0) {
                withSlowOnes(runs, same, targets);
            }
            if (one.server().startsWith("telltale") && one.slow() == 0) {
                double p99 = median(same, run -> run.half().p99());
                targets.add(new Target(
                        "%s: Kafka to event at half of the single-delivery rate to %,d, p99"
                                .formatted(one.server(), one.subscribers()),
                        "≤ %.0f ms".formatted(WANTED_AGE_MILLIS),
                        "%.1f ms".formatted(p99),
                        p99 <= WANTED_AGE_MILLIS));
            }
        }
        return targets;
    }

    private static void withSlowOnes(List<FanOutRun> runs, List<FanOutRun> slow, List<Target> targets) {
        FanOutRun one = slow.get(0);
        List<FanOutRun> without = runs.stream()
                .filter(run ->
                        run.server().equals(one.server()) && run.subscribers() == one.subscribers() && run.slow() == 0)
                .toList();
        double ratio = median(slow, run -> run.half().p99())
                / median(without, run -> run.half().p99());
        targets.add(new Target(
                "p99 of reading subscribers while %,d of %,d stall, against none stalled"
                        .formatted(one.slow(), one.subscribers()),
                "≤ %.2f".formatted(WANTED_WITH_SLOW_ONES),
                Page.decimal(ratio),
                ratio <= WANTED_WITH_SLOW_ONES));
    }

    private static void rates(List<FanOutRun> runs, String peer, double wanted, List<Target> targets) {
        runs.stream().mapToInt(FanOutRun::subscribers).distinct().forEach(subscribers -> {
            double ours = rate(runs, "telltale", subscribers);
            double theirs = rate(runs, peer, subscribers);
            if (ours > 0 && theirs > 0) {
                targets.add(new Target(
                        "deliveries/s to %,d, times those of %s".formatted(subscribers, peer),
                        "≥ %.1f".formatted(wanted),
                        Page.decimal(ours / theirs),
                        ours / theirs >= wanted));
            }
        });
    }

    private static double rate(List<FanOutRun> runs, String server, int subscribers) {
        List<FanOutRun> same = runs.stream()
                .filter(run -> run.server().equals(server) && run.subscribers() == subscribers && run.slow() == 0)
                .toList();
        return same.isEmpty() ? 0 : median(same, FanOutRun::deliveriesPerSecond);
    }
}
