package io.telltale.simulate;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** Counts records handed over, by what should become of them. Safe for use by several threads. */
final class Tally {

    private final Map<Cause, Long> byCause = new EnumMap<>(Cause.class);
    private final Map<String, Long> byReason = new HashMap<>();

    synchronized void add(Outcome outcome) {
        if (outcome instanceof Outcome.Stored stored) {
            byCause.merge(stored.cause(), 1L, Long::sum);
        } else {
            byReason.merge(((Outcome.Rejected) outcome).reason(), 1L, Long::sum);
        }
    }

    synchronized SimulationCounts counts(long due, long notSent, RecordSink sink) {
        return new SimulationCounts(due, notSent, byCause, byReason, sink.acknowledged(), sink.failed());
    }
}
