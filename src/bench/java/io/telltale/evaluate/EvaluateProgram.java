package io.telltale.evaluate;

import io.telltale.bench.BenchException;
import io.telltale.bench.Machine;
import io.telltale.bench.Narrator;
import io.telltale.local.LocalStackException;
import java.time.Clock;
import java.util.List;

/** {@code mvn -Pevaluate}: measures cells, stores their results, and writes the pages of {@code docs/evaluation}. */
public final class EvaluateProgram {

    private static final int FAILED = 1;
    private static final int WRONG_OPTION = 2;

    private final List<Chapter> chapters;
    private final EvaluateOptions options;
    private final Clock clock;
    private final Narrator narrator = new Narrator();

    EvaluateProgram(List<Chapter> chapters, EvaluateOptions options, Clock clock) {
        this.chapters = chapters;
        this.options = options;
        this.clock = clock;
    }

    /**
     * Ends the JVM. 0: every selected cell has a result or was skipped. 1: a cell failed, or a check in a cell that
     * promises safety; with a plant, that the check caught it. 2: wrong option. 3: the check missed the plant.
     */
    public static void main(String[] arguments) {
        System.exit(exitCode(Chapters.all()));
    }

    private static int exitCode(List<Chapter> chapters) {
        EvaluateOptions options;
        try {
            options = EvaluateOptions.from(System::getProperty, chapters);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return WRONG_OPTION;
        }
        try {
            return new EvaluateProgram(chapters, options, Clock.systemUTC()).run();
        } catch (BenchException | LocalStackException e) {
            e.printStackTrace();
            return FAILED;
        }
    }

    int run() {
        if (options.plant().isPresent()) {
            return PlantRun.run(options.plant().get(), options, narrator);
        }
        Machine machine = Machine.here(clock);
        ResultStore store = new ResultStore(options.directory());
        CellRunner runner = new CellRunner(options, machine, store, narrator, clock);
        RunSummary summary = runner.summary();
        try {
            runner.run(CellQueue.select(chapters, options));
        } finally {
            new EvaluationPages(options, machine, store).write(chapters, summary);
        }
        summary.lines().forEach(line -> narrator.say("%s", line));
        narrator.say("The pages are in %s", options.directory());
        return summary.exitCode();
    }
}
