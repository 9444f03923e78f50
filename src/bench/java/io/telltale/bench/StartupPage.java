package io.telltale.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Writes startup time and memory: {@code startup.md} and {@code startup.json}. */
final class StartupPage {

    private static final double WANTED_MILLIS = 250;
    private static final double WANTED_MEGABYTES = 110;

    private static final String PREFACE = """
            # Startup time and memory

            Written by `mvn -Pbench -Dbench=startup`; do not edit it by hand. The native executable is measured if
            it exists: `mvn package -Dnative` builds it.

            Each form runs with `%s` on the same machine, beside one Kafka and one Cassandra. Starts take turns; the
            table gives the median, with minimum and maximum in parentheses.

            - *First answer*: from the start of the process to the response of `/q/health/live`.
            - *Ready*: until `/q/health/ready` answers 200. Tables exist, the session is open, Kafka answers.
            - *Idle*: resident memory 15 s later, in MB of 1,000,000 bytes, rounded up.
            - *Drain*: a backlog of 300,000 readings of 1,000 sensors, three times. Rate and the service's processor
              time are those of the third.
            - *Page*: 2,000 pages of 100 readings, in sequence.

            The AOT cache is built from one start and 100 pages. It lacks the classes that Quarkus loads with its
            own class loader.
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
                        "peak, MB",
                        "readings/s",
                        "µs per reading",
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
