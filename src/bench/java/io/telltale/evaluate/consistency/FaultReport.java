package io.telltale.evaluate.consistency;

import io.telltale.bench.Page;
import io.telltale.bench.Summary;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.Figure;
import io.telltale.evaluate.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The part of the page on levels and faults. */
final class FaultReport {

    static final String LEVELS = "levels";
    static final String PROMISE = "promisesSafety";

    private static final int PERCENT = 100;
    /** From here on, levels count as answering nearly all requests. */
    private static final int AVAILABLE_PERCENT = 99;

    private static final String ANSWERED = "AnsweredShare";
    private static final List<Check> CHECKS =
            List.of(Check.LOST, Check.INVENTED, Check.STALE, Check.NON_MONOTONIC, Check.DUPLICATE);

    private final List<Result> results;

    /** @param results of cells with a fault, or without one for comparison; may be empty */
    FaultReport(List<Result> results) {
        this.results = List.copyOf(results);
    }

    void append(Page page, Path directory) {
        for (Fault fault : Fault.values()) {
            List<Result> ofFault = of(fault);
            if (!ofFault.isEmpty()) {
                page.paragraph("**Fault: %s.** Write/read level by phase.".formatted(fault.label()));
                appendAnswers(page, ofFault);
                appendLatencies(page, ofFault);
                page.plots(plots(fault, ofFault, directory));
            }
        }
        if (!results.isEmpty()) {
            page.paragraph("**What the checker found**, in all phases and in the last read of every register through"
                    + " every node. *Healing* lasts until each node has answers of all of them, *hints* until no node"
                    + " holds any.");
            appendChecks(page);
        }
    }

    private static List<Phase> phases(Fault fault) {
        return fault == Fault.NONE ? List.of(Phase.DURING) : List.of(Phase.values());
    }

    private static Fault faultOf(Result result) {
        for (Fault fault : Fault.values()) {
            if (result.faults().equals(fault == Fault.NONE ? List.of() : List.of(fault.label()))) {
                return fault;
            }
        }
        throw new IllegalArgumentException("result %s has an unknown fault".formatted(result.cell()));
    }

    private List<Result> of(Fault fault) {
        return results.stream().filter(result -> faultOf(result) == fault).toList();
    }

    private static void appendAnswers(Page page, List<Result> ofFault) {
        page.table(
                "cell",
                "levels",
                "phase",
                "writes answered %, other nodes",
                "affected nodes",
                "reads answered %, other nodes",
                "affected nodes",
                "stale %",
                "stale ms, median (most)",
                "versions, most",
                "backwards",
                "errors of writes",
                "errors of reads");
        for (Result result : ofFault) {
            for (Phase phase : phases(faultOf(result))) {
                String at = phase.label();
                page.row(
                        result.link(),
                        result.setting(LEVELS),
                        at,
                        Figures.text(result, at + PhaseFigures.name(true, false) + ANSWERED, PERCENT),
                        Figures.text(result, at + PhaseFigures.name(true, true) + ANSWERED, PERCENT),
                        Figures.text(result, at + PhaseFigures.name(false, false) + ANSWERED, PERCENT),
                        Figures.text(result, at + PhaseFigures.name(false, true) + ANSWERED, PERCENT),
                        Figures.text(result, at + "StaleShare", PERCENT),
                        staleMillis(result, at),
                        Figures.number(result, at + "StaleMostVersions", Page::whole),
                        Figures.number(result, at + "NonMonotonicReadsCount", Page::whole),
                        errors(result, at, true),
                        errors(result, at, false));
            }
        }
    }

    private static String staleMillis(Result result, String phase) {
        return Double.isNaN(result.number(phase + "StaleMedianMillis"))
                ? Figures.NONE
                : "%s (%s)"
                        .formatted(
                                Page.decimal(result.number(phase + "StaleMedianMillis")),
                                Page.decimal(result.number(phase + "StaleMostMillis")));
    }

    private static String errors(Result result, String phase, boolean isWrite) {
        String others = Figures.counts(result, phase + PhaseFigures.name(isWrite, false) + "ErrorsCount");
        String affected = Figures.counts(result, phase + PhaseFigures.name(isWrite, true) + "ErrorsCount");
        return others.equals(Figures.NONE) && affected.equals(Figures.NONE)
                ? Figures.NONE
                : "other nodes: %s; affected: %s".formatted(others, affected);
    }

    private static void appendLatencies(Page page, List<Result> ofFault) {
        page.table(
                "levels",
                "phase",
                "write p50 ms",
                "p99",
                "p99.9",
                "of writes",
                "read p50 ms",
                "p99",
                "p99.9",
                "of reads");
        for (Result result : ofFault) {
            for (Phase phase : phases(faultOf(result))) {
                String write = phase.label() + PhaseFigures.name(true, false);
                String read = phase.label() + PhaseFigures.name(false, false);
                page.row(
                        result.setting(LEVELS),
                        phase.label(),
                        Figures.text(result, write + "P50Millis", 1),
                        Figures.text(result, write + "P99Millis", 1),
                        Figures.text(result, write + "P999Millis", 1),
                        Figures.number(result, write + "SentCount", Page::whole),
                        Figures.text(result, read + "P50Millis", 1),
                        Figures.text(result, read + "P99Millis", 1),
                        Figures.text(result, read + "P999Millis", 1),
                        Figures.number(result, read + "SentCount", Page::whole));
            }
        }
    }

    private void appendChecks(Page page) {
        page.table(
                "cell",
                "fault",
                "promises safety",
                "responses",
                "lost",
                "invented",
                "stale",
                "non-monotonic",
                "duplicate",
                "healing s",
                "hints s");
        for (Result result : results) {
            List<String> cells = new ArrayList<>(List.of(
                    result.link(),
                    faultOf(result).label(),
                    isSafe(result) ? "yes" : "no",
                    Figures.number(result, "responsesCount", Page::whole)));
            CHECKS.forEach(check -> cells.add(Figures.number(result, FaultCell.countOf(check), Page::whole)));
            cells.add(Figures.text(result, "healSeconds", 1));
            cells.add(Figures.number(result, "hintsSeconds", Page::decimal));
            page.row(cells.toArray(String[]::new));
        }
    }

    private static boolean isSafe(Result result) {
        return Boolean.parseBoolean(result.setting(PROMISE));
    }

    private static List<String> plots(Fault fault, List<Result> ofFault, Path directory) {
        Map<String, List<Summary>> answered = new LinkedHashMap<>();
        Map<String, List<Summary>> latency = new LinkedHashMap<>();
        for (boolean isWrite : new boolean[] {true, false}) {
            for (boolean isAffected : new boolean[] {false, true}) {
                String label = "%s, %s".formatted(isWrite ? "writes" : "reads", isAffected ? "affected" : "others");
                String figure = Phase.DURING.label() + PhaseFigures.name(isWrite, isAffected);
                answered.put(label, bars(ofFault, figure + ANSWERED, PERCENT));
                latency.put(label, bars(ofFault, figure + "P99Millis", 1));
            }
        }
        List<String> categories =
                ofFault.stream().map(result -> result.setting(LEVELS)).toList();
        return List.of(
                Figure.bars(
                        directory,
                        "consistency-answered-" + fault.slug(),
                        "Answered requests, fault: " + fault.label(),
                        "% of requests",
                        categories,
                        answered),
                Figure.bars(
                        directory,
                        "consistency-p99-" + fault.slug(),
                        "p99 of answered requests (none: nothing was answered), fault: " + fault.label(),
                        "ms",
                        categories,
                        latency));
    }

    private static List<Summary> bars(List<Result> ofFault, String figure, double factor) {
        return ofFault.stream()
                .map(result -> Figures.rounds(result, figure)
                        .map(each -> Figures.scaled(each, factor))
                        .orElse(new Summary(0, 0, 0)))
                .toList();
    }

    /** Sentences on what levels promise, answer and cost. */
    List<String> conclusions() {
        List<String> sentences = new ArrayList<>();
        List<Result> safe = results.stream().filter(FaultReport::isSafe).toList();
        if (!safe.isEmpty()) {
            sentences.add("Overlapping levels with at most one affected node (cells: %d): in %s responses, %s."
                    .formatted(safe.size(), total(safe, "responsesCount"), violations(safe)));
        }
        for (Fault fault : Fault.values()) {
            List<Result> ofFault = of(fault);
            if (!ofFault.isEmpty()) {
                sentences.add("Fault %s: %s".formatted(fault.label(), answers(ofFault)));
                sentences.add("Fault %s: %s".formatted(fault.label(), staleReads(ofFault)));
            }
        }
        of(Fault.NONE).stream()
                .filter(result -> result.setting(LEVELS).equals(Levels.ONE_ONE.label()))
                .findFirst()
                .ifPresent(one -> of(Fault.NONE).stream()
                        .filter(result -> !result.equals(one))
                        .map(result -> costs(result, one))
                        .forEach(sentences::add));
        return sentences;
    }

    private static String violations(List<Result> some) {
        return CHECKS.stream()
                .map(check -> "%s %s".formatted(total(some, FaultCell.countOf(check)), check.label()))
                .collect(Collectors.joining(", "));
    }

    private static String total(List<Result> some, String figure) {
        return Page.whole(
                some.stream().mapToDouble(result -> result.number(figure)).sum());
    }

    /** Which levels answer nearly all requests through the other nodes. */
    private static String answers(List<Result> ofFault) {
        String most = levels(ofFault, FaultReport::isAvailable, result -> "");
        String fewer = levels(
                ofFault,
                result -> !isAvailable(result),
                result -> String.format(
                        Locale.ROOT,
                        " (writes %.1f %%, reads %.1f %%)",
                        PERCENT * answered(result, true, false),
                        PERCENT * answered(result, false, false)));
        String affected = levels(
                ofFault,
                result -> true,
                result -> String.format(
                        Locale.ROOT,
                        " %.1f and %.1f %%",
                        PERCENT * answered(result, true, true),
                        PERCENT * answered(result, false, true)));
        return "at least %d %% of writes and of reads through the other nodes were answered at %s. Fewer at %s."
                        .formatted(AVAILABLE_PERCENT, most, fewer)
                + " Through the affected nodes, writes and reads: %s.".formatted(affected);
    }

    private static String staleReads(List<Result> ofFault) {
        Predicate<Result> isStale = result -> result.number(FaultCell.countOf(Check.STALE)) > 0;
        return "the checker found stale reads at %s. None at %s."
                .formatted(
                        levels(ofFault, isStale, result -> " (%s while it lasted, %s in all)"
                                .formatted(
                                        Figures.text(result, Phase.DURING.label() + "StaleShare", PERCENT) + " %",
                                        violations(List.of(result)))),
                        levels(ofFault, isStale.negate(), result -> ""));
    }

    private static String levels(List<Result> some, Predicate<Result> condition, Function<Result, String> detail) {
        String levels = some.stream()
                .filter(condition)
                .map(result -> result.setting(LEVELS) + detail.apply(result))
                .collect(Collectors.joining("; "));
        return levels.isEmpty() ? "no levels" : levels;
    }

    private static boolean isAvailable(Result result) {
        return PERCENT * Math.min(answered(result, true, false), answered(result, false, false)) >= AVAILABLE_PERCENT;
    }

    private static double answered(Result result, boolean isWrite, boolean isAffected) {
        return Figures.median(result, Phase.DURING.label() + PhaseFigures.name(isWrite, isAffected) + ANSWERED);
    }

    private static String costs(Result result, Result one) {
        return String.format(
                Locale.ROOT,
                "Without a fault, %s takes %.2f times the write p50 and %.2f times the read p50 of ONE/ONE.",
                result.setting(LEVELS),
                ratio(result, one, true),
                ratio(result, one, false));
    }

    private static double ratio(Result result, Result one, boolean isWrite) {
        String figure = Phase.DURING.label() + PhaseFigures.name(isWrite, false) + "P50Millis";
        return Figures.median(result, figure) / Figures.median(one, figure);
    }
}
