package io.telltale.evaluate;

import io.telltale.bench.Narrator;
import java.nio.file.Path;

/**
 * What a cell may use while it runs.
 *
 * @param seed of all that is random
 * @param isFull whether hours are available: more rounds, longer measurements
 * @param narrator reports progress
 * @param scratch an existing directory for logs of this cell, under {@code target}
 */
public record CellRun(long seed, boolean isFull, Narrator narrator, Path scratch) {}
