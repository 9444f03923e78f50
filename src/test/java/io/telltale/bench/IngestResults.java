package io.telltale.bench;

import java.util.List;

/**
 * All that a run measured of ingest.
 *
 * @param command that repeats it
 * @param isFull whether it was the full size
 */
record IngestResults(
        String command,
        boolean isFull,
        Machine machine,
        List<DrainRound> drain,
        List<LoadRun> uc1,
        List<MicroResult> micro) {

    IngestResults {
        drain = List.copyOf(drain);
        uc1 = List.copyOf(uc1);
        micro = List.copyOf(micro);
    }
}
