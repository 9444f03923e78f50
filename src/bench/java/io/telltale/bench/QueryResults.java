package io.telltale.bench;

import java.util.List;

/**
 * All that a run measured of reads.
 *
 * @param command that repeats it
 * @param isFull whether it was the full size
 */
record QueryResults(
        String command,
        boolean isFull,
        Machine machine,
        List<ReadRun> range,
        List<ReadRun> export,
        List<ReadRun> history,
        List<LoadedRun> dashboard,
        List<LoadedRun> tpcxShaped) {

    QueryResults {
        range = List.copyOf(range);
        export = List.copyOf(export);
        history = List.copyOf(history);
        dashboard = List.copyOf(dashboard);
        tpcxShaped = List.copyOf(tpcxShaped);
    }
}
