package io.telltale.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

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
            resident memory a quarter of a minute after that. Then a backlog of 300,000 readings of 1,000 sensors is drained three
            times; the rate is that of the third, and the processor time the service's own. Last come 2,000 pages of 100 readings, one
            after the other. The AOT cache is made by one start and 100 pages; classes that Quarkus loads by a loader of its own are
            not in it.
            """;

    private StartupPage() {}

    static void write(List<StartupRun> runs, BenchOptions options, Machine machine, Path directory) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("startup.md"), text(runs, options.command(), machine));
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValue(directory.resolve("startup.json").toFile(), Map.of("machine", machine, "runs", runs));
        } catch (IOException e) {
            throw new BenchException("could not write the results into " + directory, e);
        }
    }

    static String text(List<StartupRun> runs, String command, Machine machine) {
        StringBuilder page = new StringBuilder(PREFACE.formatted(RuntimeForm.HEAP));
        page.append("\n| run | |\n|---|---|\n");
        row(page, "command", "`" + command + "`");
        row(page, "time", machine.time());
        row(page, "commit", machine.commit());
        row(
                page,
                "machine",
                "%s, %d cores, %d GiB; %s"
                        .formatted(machine.processor(), machine.cores(), machine.memoryGib(), machine.system()));
        page.append("\n| form | first answer, ms | ready, ms | idle, MB | at most, MB | readings/s | µs a reading |"
                + " page, ms: median | p99 |\n|---|---|---|---|---|---|---|---|---|\n");
        for (StartupRun run : runs) {
            row(
                    page,
                    run.form(),
                    summary(run.firstAnswerMillis()),
                    summary(run.readyMillis()),
                    whole((double) run.idleMegabytes()),
                    whole((double) run.mostMegabytes()),
                    whole(run.readingsPerSecond()),
                    decimal(run.microsPerReading()),
                    decimal(run.answerMillis()),
                    decimal(run.slowAnswerMillis()));
        }
        runs.stream().filter(run -> run.form().equals("native")).forEach(run -> {
            page.append("\n| figure of the native executable | wanted | measured | |\n|---|---|---|---|\n");
            target(
                    page,
                    "first answer, ms, median",
                    WANTED_MILLIS,
                    run.firstAnswerMillis().median());
            target(page, "idle, MB", WANTED_MEGABYTES, (double) run.idleMegabytes());
        });
        return page.toString();
    }

    private static void target(StringBuilder page, String figure, double most, double measured) {
        row(page, figure, "≤ " + whole(most), whole(measured), measured <= most ? "met" : "**missed**");
    }

    private static void row(StringBuilder page, String... cells) {
        StringJoiner row = new StringJoiner(" | ", "| ", " |\n");
        for (String cell : cells) {
            row.add(cell);
        }
        page.append(row);
    }

    private static String summary(Summary summary) {
        return "%s (%s to %s)".formatted(whole(summary.median()), whole(summary.least()), whole(summary.most()));
    }

    private static String whole(double number) {
        return String.format(Locale.ROOT, "%,.0f", number);
    }

    private static String decimal(double number) {
        return String.format(Locale.ROOT, "%.2f", number);
    }
}
