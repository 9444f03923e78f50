package io.telltale.evaluate;

import io.telltale.bench.Narrator;
import io.telltale.evaluate.plants.Plants;
import java.util.List;
import java.util.Optional;

/** Runs a planted fault on real servers, to prove that its check catches it. Stores nothing. */
final class PlantRun {

    /** The check caught the fault: the exit code of a violated check. */
    static final int CAUGHT = 1;
    /** The check missed the fault, or the fault could not be planted. */
    static final int NOT_CAUGHT = 3;

    private PlantRun() {}

    static int run(Check check, EvaluateOptions options, Narrator narrator) {
        return run(check, Plants.of(check), options, narrator);
    }

    static int run(Check check, Cell plant, EvaluateOptions options, Narrator narrator) {
        Optional<String> obstacle = plant.obstacle().get();
        if (obstacle.isPresent()) {
            narrator.say("%s cannot run here: %s", plant.name(), obstacle.get());
            return NOT_CAUGHT;
        }
        try (Servers servers = new Servers(plant.environment(), narrator)) {
            CellRun run = new CellRun(options.seed(), options.isFull(), narrator, FailureLog.directory(plant.name()));
            List<CheckResult> violated = plant.work().run(servers.running(), run).checks().stream()
                    .filter(result -> !result.held())
                    .toList();
            violated.forEach(result -> narrator.say("%s is violated: %s", result.name(), result.detail()));
            boolean isCaught =
                    violated.stream().anyMatch(result -> result.name().equals(check.label()));
            narrator.say("the check %s %s the planted fault", check.label(), isCaught ? "caught" : "MISSED");
            return isCaught ? CAUGHT : NOT_CAUGHT;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return NOT_CAUGHT;
        } catch (Exception | AssertionError e) {
            narrator.say("%s failed: %s; see %s", plant.name(), e, FailureLog.write(plant.name(), e));
            return NOT_CAUGHT;
        }
    }
}
