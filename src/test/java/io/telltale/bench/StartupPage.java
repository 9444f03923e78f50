package io.telltale.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What starting takes, as people read it, {@code startup.md}, and as programs do, {@code startup.json}. */
final class StartupPage {

    private static final double WANTED_MILLIS = 250;
    private static final double WANTED_MEGABYTES = 110;

    private static final String PREFACE = """
            # Starting, and running with little memory

            Written by `mvn -Pbench -Dbench=startup`; not to be edited by hand. The native executable is measured if it is there:
            `mvn package -Dnative` makes it.

            Each form runs with `%s` on the same machine, beside one Kafka and one Cassandra that share it. Starts are taken in turns;
            given are the median and, in brackets, the least and the most. The first answer is that to a GET of `/q/health/live`, from
            the start of the process; ready is `/q/health/ready`: the tables are there, the session is open, Kafka answers. Idle is the
            resident memory a quarter of a minute after that, in MB of 1,000,000 bytes, rounded up. Then a backlog of 300,000 readings of 1,000 sensors is drained three
            times; the rate is that of the third, and the processor time the service's own. Last come 2,000 pages of 100 readings, one
            after the other. The AOT cache is made by one start and 100 pages; classes that Quarkus loads by a loader of its own are
            not in it.
            """;

    private StartupPage() {}

    static void write(List<StartupRun> runs, BenchOptions options, Machine machine, Path directory) {
        page(runs, options.command(), machine)
                .write(directory, "startup", Map.of("command", options.command(), "machine", machine, "runs", runs));
    }

    static Page page(List<StartupRun> runs, String command, Machine machine) {
        Page page = new Page(PREFACE.formatted(RuntimeForm.HEAP))
                .run(command, machine)
                .targets(targets(runs))
                .section("forms")
                .table(
                        "form",
                        "first answer, ms",
                        "ready, ms",
                        "idle, MB",
                        "at most, MB",
                        "readings/s",
                        "µs a reading",
                        "page, ms: median",
                        "p99");
        for (StartupRun run : runs) {
            page.row(
                    run.form(),
                    Page.whole(run.firstAnswerMillis()),
                    Page.whole(run.readyMillis()),
                    Page.whole((double) run.idleMegabytes()),
                    Page.whole((double) run.mostMegabytes()),
                    Page.whole(run.readingsPerSecond()),
                    Page.decimal(run.microsPerReading()),
                    Page.decimal(run.answerMillis()),
                    Page.decimal(run.slowAnswerMillis()));
        }
        return page;
    }

    private static List<Target> targets(List<StartupRun> runs) {
        return runs.stream()
                .filter(run -> run.form().equals("native"))
                .flatMap(run -> Stream.of(
                        atMost(
                                "native: first answer, ms, median",
                                WANTED_MILLIS,
                                run.firstAnswerMillis().median()),
                        new Target(
                                "native: idle, MB of 1,000,000 bytes",
                                "< " + Page.whole(WANTED_MEGABYTES),
                                Page.whole((double) run.idleMegabytes()),
                                run.idleMegabytes() < WANTED_MEGABYTES)))
                .toList();
    }

    private static Target atMost(String figure, double most, double measured) {
        return new Target(figure, "≤ " + Page.whole(most), Page.whole(measured), measured <= most);
    }
}
