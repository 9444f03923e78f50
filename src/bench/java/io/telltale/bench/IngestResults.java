package io.telltale.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a run measured of ingest.
 *
 * @param command that repeats it
 * @param isFull whether it was the full size
 * @param halfLoad which of the fleets of {@code uc1} is half load; null if it is not known
 */
record IngestResults(
        String command,
        boolean isFull,
        Machine machine,
        List<DrainRound> drain,
        List<LoadRun> uc1,
        @Nullable Fleet halfLoad,
        List<MicroResult> micro) {

    IngestResults {
        drain = List.copyOf(drain);
        uc1 = List.copyOf(uc1);
        micro = List.copyOf(micro);
    }
}
