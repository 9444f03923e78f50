package io.telltale.evaluate;

import io.telltale.bench.Narrator;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a cell may use while it runs.
 *
 * @param seed of all that is random
 * @param isFull whether hours are available: more rounds, longer measurements
 * @param plant the check that must catch a planted fault in this run
 * @param narrator reports progress
 * @param scratch an existing directory for logs of this cell, under {@code target}
 */
public record CellRun(long seed, boolean isFull, Optional<Check> plant, Narrator narrator, Path scratch) {

    public boolean isPlanted(Check check) {
        return plant.equals(Optional.of(check));
    }
}
