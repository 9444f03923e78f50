package io.telltale.evaluate;

import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.History.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks responses against the ledger of writes. Pure: the same history gives the same verdict.
 *
 * <p>An older value than expected is {@link Check#WRONG_WINNER} if it was sent later than the expected one, because
 * then only a reader that ignores record times returns it. Otherwise it is {@link Check#LOST} in a final read and
 * {@link Check#STALE} in all others.
 *
 * <p>Only a write that was durable before the request began makes a response {@link Check#FALSE_COMPLETE}. Kafka
 * acknowledges a record before the service stores it: until its offset is committed, a complete response may lack it.
 */
public final class HistoryChecker {

    private static final double MICROS_PER_MILLI = 1_000;

    private final Map<History.Key, List<Write>> writes = new HashMap<>();
    private final Map<Check, List<String>> violations = new EnumMap<>(Check.class);
    private final List<Staleness> stale = new ArrayList<>();
    private int reads;

    /**
     * How old a stale value was.
     *
     * @param versions how many newer durable writes there were
     * @param millis time from the first of them being durable until the read began
     */
    public record Staleness(int versions, double millis) {}

    /** The verdict. */
    public record Verdict(List<CheckResult> checks, Map<Check, Integer> violations, List<Staleness> stale) {

        public Verdict {
            checks = List.copyOf(checks);
            violations = Map.copyOf(violations);
            stale = List.copyOf(stale);
        }
    }

    private HistoryChecker(List<Write> ledger) {
        ledger.forEach(write ->
                writes.computeIfAbsent(write.key(), key -> new ArrayList<>()).add(write));
        writes.values().forEach(ofKey -> ofKey.sort(Comparator.comparingLong(Write::recordTime)));
    }

    public static Verdict check(List<Write> ledger, List<Read> responses) {
        HistoryChecker checker = new HistoryChecker(ledger);
        responses.forEach(checker::check);
        checker.checkMonotonic(responses);
        return checker.verdict();
    }

    private void check(Read read) {
        reads++;
        Map<History.Key, Write> found = new HashMap<>();
        for (Observed observed : read.observed()) {
            Write write = find(observed);
            if (write == null) {
                report(Check.INVENTED, read, "%s was never sent for %s".formatted(observed.value(), observed.key()));
            } else if (found.put(observed.key(), write) != null) {
                report(Check.DUPLICATE, read, "%s was returned twice".formatted(observed.key()));
            }
        }
        read.asked().forEach(key -> checkNewest(read, key, found.get(key)));
    }

    private void checkNewest(Read read, History.Key key, @Nullable Write found) {
        List<Write> newer = writes.getOrDefault(key, List.of()).stream()
                .filter(write -> found == null || write.recordTime() > found.recordTime())
                .toList();
        List<Write> missing = newer.stream()
                .filter(write -> (read.isFinal() ? write.acknowledgedMicros() : write.durableMicros())
                        < (read.isFinal() ? History.NEVER : read.invokedMicros()))
                .toList();
        if (found == null
                && read.claimsComplete()
                && newer.stream().anyMatch(write -> write.durableMicros() < read.invokedMicros())) {
            report(Check.FALSE_COMPLETE, read, "complete is true, but %s is missing".formatted(key));
        }
        if (missing.isEmpty()) {
            return;
        }
        Write expected = missing.get(missing.size() - 1);
        String difference =
                "%s: expected %s, found %s".formatted(key, expected.value(), found == null ? "nothing" : found.value());
        if (found != null && found.arrival() > expected.arrival()) {
            report(Check.WRONG_WINNER, read, difference);
        } else if (read.isFinal()) {
            report(Check.LOST, read, difference);
        } else {
            report(Check.STALE, read, difference);
            long since = missing.stream().mapToLong(Write::durableMicros).min().orElse(read.invokedMicros());
            stale.add(new Staleness(missing.size(), (read.invokedMicros() - since) / MICROS_PER_MILLI));
        }
    }

    /** Compares each response with those that the same reader received before the request. */
    private void checkMonotonic(List<Read> responses) {
        Map<String, Map<History.Key, Write>> newest = new HashMap<>();
        responses.stream().sorted(Comparator.comparingLong(Read::invokedMicros)).forEach(read -> {
            Map<History.Key, Write> ofReader = newest.computeIfAbsent(read.reader(), reader -> new HashMap<>());
            Map<History.Key, Write> found = new HashMap<>();
            read.observed().forEach(observed -> {
                Write write = find(observed);
                if (write != null) {
                    found.put(observed.key(), write);
                }
            });
            for (History.Key key : read.asked()) {
                Write before = ofReader.get(key);
                Write now = found.get(key);
                if (before != null && (now == null || now.recordTime() < before.recordTime())) {
                    report(
                            Check.NON_MONOTONIC,
                            read,
                            "%s: %s after %s".formatted(key, now == null ? "nothing" : now.value(), before.value()));
                } else if (now != null) {
                    ofReader.put(key, now);
                }
            }
        });
    }

    private @Nullable Write find(Observed observed) {
        return writes.getOrDefault(observed.key(), List.of()).stream()
                .filter(write -> write.value().equals(observed.value()))
                .findFirst()
                .orElse(null);
    }

    private void report(Check check, Read read, String detail) {
        violations
                .computeIfAbsent(check, first -> new ArrayList<>())
                .add("reader %s at %d µs: %s".formatted(read.reader(), read.invokedMicros(), detail));
    }

    private Verdict verdict() {
        List<CheckResult> checks = new ArrayList<>();
        Map<Check, Integer> counts = new EnumMap<>(Check.class);
        for (Check check : Check.values()) {
            List<String> found = violations.getOrDefault(check, List.of());
            counts.put(check, found.size());
            checks.add(new CheckResult(
                    check.label(),
                    found.isEmpty(),
                    found.isEmpty()
                            ? "%d responses checked".formatted(reads)
                            : "%d violations in %d responses; the first: %s"
                                    .formatted(found.size(), reads, found.get(0))));
        }
        return new Verdict(checks, counts, stale);
    }
}
