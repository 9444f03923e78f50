package io.telltale.evaluate.replication;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What became of one client's requests of one kind, by phase and round. */
final class Tally {

    private static final long LONGEST_MICROS = 60_000_000;
    private static final double MICROS_PER_MILLI = 1_000;

    private final Map<Phase, Map<Integer, Round>> rounds = new EnumMap<>(Phase.class);

    private static final class Round {
        private final Histogram micros = new Histogram(LONGEST_MICROS, 3);
        private long requests;
    }

    /** An answered request. */
    synchronized void addAnswered(Phase phase, int round, long micros) {
        Round found = find(phase, round);
        found.requests++;
        found.micros.recordValue(Math.max(1, Math.min(LONGEST_MICROS, micros)));
    }

    /** A request that failed, or timed out. */
    synchronized void addUnanswered(Phase phase, int round) {
        find(phase, round).requests++;
    }

    /** Figures of a phase; empty if it had no request. Latencies are those of answered requests. */
    synchronized Map<String, Object> figures(Phase phase) {
        Map<String, Object> figures = new LinkedHashMap<>();
        List<Double> answered = new ArrayList<>();
        List<Double> p50 = new ArrayList<>();
        List<Double> p99 = new ArrayList<>();
        long requests = 0;
        for (Round round : rounds.getOrDefault(phase, Map.of()).values()) {
            requests += round.requests;
            answered.add((double) round.micros.getTotalCount() / round.requests);
            if (round.micros.getTotalCount() > 0) {
                p50.add(round.micros.getValueAtPercentile(50) / MICROS_PER_MILLI);
                p99.add(round.micros.getValueAtPercentile(99) / MICROS_PER_MILLI);
            }
        }
        if (requests > 0) {
            figures.put("requestsCount", requests);
            figures.put("answeredShare", answered);
            figures.put("p50Millis", p50);
            figures.put("p99Millis", p99);
        }
        return figures;
    }

    private Round find(Phase phase, int round) {
        return rounds.computeIfAbsent(phase, unknown -> new TreeMap<>()).computeIfAbsent(round, unknown -> new Round());
    }
}
