package io.telltale.evaluate.consistency;

import io.telltale.evaluate.Check;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.History.Write;
import io.telltale.evaluate.HistoryChecker;
import io.telltale.evaluate.HistoryChecker.Staleness;
import io.telltale.evaluate.HistoryChecker.Verdict;
import io.telltale.evaluate.consistency.Phase.Span;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * The figures of one phase. Lists have a value for each round; latencies are of answered requests, and a round without
 * any has none.
 */
final class PhaseFigures {

    private static final long LONGEST_MICROS = 60_000_000;
    private static final double MICROS_PER_MILLI = 1_000;

    private final String prefix;
    private final List<Span> rounds;
    private final Map<String, Object> figures = new LinkedHashMap<>();

    private PhaseFigures(Phase phase, List<Span> spans) {
        this.prefix = phase.label();
        this.rounds = spans.stream().filter(span -> span.phase() == phase).toList();
    }

    static Map<String, Object> of(
            Phase phase, List<Span> spans, List<Request> requests, List<Write> writes, List<Read> reads) {
        PhaseFigures phaseFigures = new PhaseFigures(phase, spans);
        for (boolean isWrite : new boolean[] {true, false}) {
            for (boolean isAffected : new boolean[] {false, true}) {
                phaseFigures.addRequests(
                        name(isWrite, isAffected),
                        requests.stream()
                                .filter(request -> request.isWrite() == isWrite && request.isAffected() == isAffected)
                                .toList());
            }
        }
        phaseFigures.addStaleness(writes, reads);
        return phaseFigures.figures;
    }

    /** The part of a figure's name that says which requests it is about. */
    static String name(boolean isWrite, boolean isAffected) {
        return (isWrite ? "Write" : "Read") + (isAffected ? "Affected" : "Others");
    }

    private void addRequests(String name, List<Request> requests) {
        List<Double> answered = new ArrayList<>();
        List<Double> medians = new ArrayList<>();
        List<Double> p99 = new ArrayList<>();
        List<Double> p999 = new ArrayList<>();
        Map<String, Integer> errors = new TreeMap<>();
        long sent = 0;
        for (Span round : rounds) {
            List<Request> ofRound = requests.stream()
                    .filter(request -> round.contains(request.sentMicros()))
                    .toList();
            Histogram micros = new Histogram(LONGEST_MICROS, 3);
            for (Request request : ofRound) {
                if (request.isAnswered()) {
                    micros.recordValue(Math.min(LONGEST_MICROS, request.tookMicros()));
                } else {
                    errors.merge(request.error(), 1, Integer::sum);
                }
            }
            sent += ofRound.size();
            if (!ofRound.isEmpty()) {
                answered.add((double) micros.getTotalCount() / ofRound.size());
            }
            if (micros.getTotalCount() > 0) {
                medians.add(micros.getValueAtPercentile(50) / MICROS_PER_MILLI);
                p99.add(micros.getValueAtPercentile(99) / MICROS_PER_MILLI);
                p999.add(micros.getValueAtPercentile(99.9) / MICROS_PER_MILLI);
            }
        }
        figures.put(prefix + name + "SentCount", sent);
        figures.put(prefix + name + "AnsweredShare", answered);
        figures.put(prefix + name + "P50Millis", medians);
        figures.put(prefix + name + "P99Millis", p99);
        figures.put(prefix + name + "P999Millis", p999);
        figures.put(prefix + name + "ErrorsCount", errors);
    }

    private void addStaleness(List<Write> writes, List<Read> reads) {
        List<Double> shares = new ArrayList<>();
        List<Staleness> stale = new ArrayList<>();
        int backwards = 0;
        for (Span round : rounds) {
            List<Read> ofRound = reads.stream()
                    .filter(read -> round.contains(read.invokedMicros()))
                    .toList();
            Verdict verdict = HistoryChecker.check(writes, ofRound);
            stale.addAll(verdict.stale());
            backwards += verdict.violations().getOrDefault(Check.NON_MONOTONIC, 0);
            if (!ofRound.isEmpty()) {
                shares.add((double) verdict.stale().size() / ofRound.size());
            }
        }
        figures.put(prefix + "StaleShare", shares);
        figures.put(prefix + "StaleReadsCount", stale.size());
        figures.put(prefix + "NonMonotonicReadsCount", backwards);
        if (!stale.isEmpty()) {
            List<Double> millis = stale.stream().map(Staleness::millis).sorted().toList();
            figures.put(prefix + "StaleMedianMillis", millis.get(millis.size() / 2));
            figures.put(prefix + "StaleMostMillis", millis.get(millis.size() - 1));
            figures.put(
                    prefix + "StaleMostVersions",
                    stale.stream().mapToInt(Staleness::versions).max().orElse(0));
        }
    }
}
