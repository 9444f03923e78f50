package io.telltale.evaluate;

import io.telltale.bench.BenchException;
import io.telltale.bench.Machine;
import io.telltale.bench.Narrator;
import io.telltale.evaluate.CellQueue.Group;
import io.telltale.evaluate.CellQueue.Item;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Measures cells and stores each result at once. A cell that throws is counted as failed; its environment is started
 * again for the next cell, because it may be broken.
 */
final class CellRunner {

    /** An environment that fails to start this often in a row is broken: its other cells fail without a start. */
    private static final int MOST_FAILED_STARTS = 2;

    private final EvaluateOptions options;
    private final Machine machine;
    private final ResultStore store;
    private final Narrator narrator;
    private final Clock clock;
    private final RunSummary summary = new RunSummary();
    private int begun;
    private int all;
    private Duration left = Duration.ZERO;

    CellRunner(EvaluateOptions options, Machine machine, ResultStore store, Narrator narrator, Clock clock) {
        this.options = options;
        this.machine = machine;
        this.store = store;
        this.narrator = narrator;
        this.clock = clock;
    }

    /** Grows while cells run. */
    RunSummary summary() {
        return summary;
    }

    void run(CellQueue queue) {
        CellQueue toMeasure = queue.filter(this::isToMeasure);
        all = toMeasure.items().size();
        left = toMeasure.estimate();
        narrator.say("%d of %d cells to measure", all, queue.items().size());
        toMeasure.groups().forEach(this::run);
    }

    private boolean isToMeasure(Item item) {
        Cell cell = item.cell();
        Optional<Result> stored =
                options.isResumed() ? store.findReusable(item.chapter(), cell, options) : Optional.empty();
        if (stored.isPresent()) {
            summary.addReused(cell, stored.get());
            return false;
        }
        Optional<String> obstacle = cell.obstacle().get();
        obstacle.ifPresent(reason -> summary.addSkipped(cell, reason));
        return obstacle.isEmpty();
    }

    private void run(Group group) {
        Environment<?> environment = group.environment();
        Servers servers = new Servers(environment, narrator);
        try {
            for (Item item : group.items()) {
                Cell cell = item.cell();
                narrator.say("[%d/%d] %s, %s; %s left", ++begun, all, cell.name(), time(cell.estimate()), time(left));
                left = left.minus(cell.estimate());
                if (servers.failedStarts() >= MOST_FAILED_STARTS) {
                    fail(
                            cell,
                            new BenchException("environment %s did not start %d times in a row"
                                    .formatted(environment.name(), MOST_FAILED_STARTS)));
                } else {
                    measure(item, servers);
                }
            }
        } finally {
            servers.close();
        }
    }

    private void measure(Item item, Servers servers) {
        Cell cell = item.cell();
        try {
            AutoCloseable running = servers.running();
            String started = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
            long begin = System.nanoTime();
            Measured measured = cell.work()
                    .run(
                            running,
                            new CellRun(options.seed(), options.isFull(), narrator, FailureLog.directory(cell.name())));
            Result result = new Result(
                    item.chapter(),
                    cell.name(),
                    options.seed(),
                    ResultStore.settings(cell, options.form()),
                    cell.faults(),
                    measured.figures(),
                    measured.checks(),
                    machine.versions(),
                    machine.commit(),
                    describe(machine),
                    started,
                    Math.round((System.nanoTime() - begin) / 1e8) / 10.0);
            store.save(result);
            summary.addMeasured(cell, result);
            if (!result.violated().isEmpty()) {
                narrator.say("%s violates: %s", cell.name(), String.join(", ", result.violated()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted in cell " + cell.name(), e);
        } catch (Exception | AssertionError e) {
            fail(cell, e);
            servers.close();
        }
    }

    private void fail(Cell cell, Throwable reason) {
        summary.addFailed(cell.name(), reason.toString());
        narrator.say("%s failed: %s; see %s", cell.name(), reason, FailureLog.write(cell.name(), reason));
    }

    private static Map<String, Object> describe(Machine machine) {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("processor", machine.processor());
        description.put("cores", machine.cores());
        description.put("memoryGib", machine.memoryGib());
        description.put("system", machine.system());
        return description;
    }

    private static String time(Duration duration) {
        return duration.toMinutes() < 2
                ? duration.toSeconds() + " s"
                : duration.toMinutes() < 120 ? duration.toMinutes() + " min" : duration.toHours() + " h";
    }
}
