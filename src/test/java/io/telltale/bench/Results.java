package io.telltale.bench;

import java.util.List;

/**
 * All that a run measured.
 *
 * @param command that repeats it
 * @param isFull whether it was the full size
 */
record Results(
        String command,
        boolean isFull,
        Machine machine,
        List<DrainRound> drain,
        List<LoadRun> uc1,
        List<LoadRun> sweep,
        List<MicroResult> micro) {

    Results {
        drain = List.copyOf(drain);
        uc1 = List.copyOf(uc1);
        sweep = List.copyOf(sweep);
        micro = List.copyOf(micro);
    }
}
