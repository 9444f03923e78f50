package io.telltale.evaluate.consistency;

import io.telltale.bench.Page;
import io.telltale.bench.Summary;
import io.telltale.evaluate.Figure;
import io.telltale.evaluate.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The part of the page on staleness against time, measured and predicted. */
final class StalenessReport {

    private static final int PERCENT = 100;
    private static final String ALL_ASKED = "predictedAllAskedShare";
    private static final String REQUIRED_ASKED = "predictedRequiredAskedShare";

    private static final String MODEL = """
            **Staleness against time.** A write is acknowledged; a read through a node chosen at random begins t later.
            *Fresh* is the share of reads that return the write, with Wilson's interval of 95 %. The prediction is the
            WARS model of probabilistically bounded staleness (Bailis et al., VLDB 2012), simulated with the round trips
            of this cell. *All asked* is the model of the paper: a read is sent to all replicas, and the first responses
            count. *Required asked* sends it to as many replicas as must respond, chosen at random, as Cassandra does
            here: a coordinator reads its own replica first. The model assumes independent delays between replicas,
            messages and requests. A one-way time is half of the round trip of a request at ONE to that node. So the way
            from the client and the work of the replica count as network. Clients are coordinators. Nothing is retried,
            repaired or hinted: the table has neither read repair nor speculative retries. The measurement has limits.
            All nodes and the client share two cores, so delays are not independent. A replica shows a write after its
            commit log has reached the disk (`group`), so more than half of a round trip may precede it. A slow node is
            stopped as a whole, so a read waits together with the write that it must find; the model does not know that.
            A timer on this machine is late by up to some milliseconds, so predictions are for the actual median
            delay.""".replace("\n", " ");

    private final List<Result> results;

    /** @param results of the cells on staleness against time; may be empty */
    StalenessReport(List<Result> results) {
        this.results = List.copyOf(results);
    }

    void append(Page page, Path directory) {
        if (results.isEmpty()) {
            return;
        }
        page.paragraph(MODEL);
        page.table(
                "cell",
                "levels",
                "node 3 stopped, ms",
                "t ms, planned",
                "actual",
                "reads",
                "fresh %",
                "all asked %",
                "required asked %");
        for (Result result : results) {
            for (int i = 0; i < delays(result).size(); i++) {
                page.row(
                        result.link(),
                        result.setting(FaultReport.LEVELS),
                        result.setting("slowMillis"),
                        Page.whole(Figures.numbers(result, "plannedDelayMillis").get(i)),
                        Page.decimal(delays(result).get(i)),
                        Page.whole(Figures.numbers(result, "trialsCount").get(i)),
                        Page.decimal(Figures.scaled(fresh(result, i), PERCENT)),
                        Page.decimal(
                                PERCENT * Figures.numbers(result, ALL_ASKED).get(i)),
                        Page.decimal(PERCENT
                                * Figures.numbers(result, REQUIRED_ASKED).get(i)));
            }
        }
        page.table("cell", "direct write p50 ms of nodes 1, 2, 3", "direct read p50 ms", "failed requests");
        results.forEach(result -> page.row(
                result.link(),
                decimals(result, "directWriteMedianMillis"),
                decimals(result, "directReadMedianMillis"),
                Figures.number(result, "failedRequestsCount", Page::whole)));
        page.plots(results.stream().map(result -> plot(result, directory)).toList());
    }

    private static String decimals(Result result, String figure) {
        return Figures.numbers(result, figure).stream().map(Page::decimal).collect(Collectors.joining(", "));
    }

    private static List<Double> delays(Result result) {
        return Figures.numbers(result, "actualDelayMillis");
    }

    private static Summary fresh(Result result, int index) {
        return new Summary(
                Figures.numbers(result, "freshShare").get(index),
                Figures.numbers(result, "freshLowShare").get(index),
                Figures.numbers(result, "freshHighShare").get(index));
    }

    private static String plot(Result result, Path directory) {
        Map<String, Figure.Line> lines = new LinkedHashMap<>();
        lines.put(
                "measured",
                new Figure.Line(
                        delays(result),
                        IntStream.range(0, delays(result).size())
                                .mapToObj(i -> Figures.scaled(fresh(result, i), PERCENT))
                                .toList()));
        lines.put("predicted, all asked", predicted(result, ALL_ASKED));
        lines.put("predicted, required asked", predicted(result, REQUIRED_ASKED));
        return Figure.lines(
                directory,
                result.cell(),
                "Fresh reads after the acknowledgement, %s, node 3 stopped for %s ms at a time"
                        .formatted(result.setting(FaultReport.LEVELS), result.setting("slowMillis")),
                "ms after the acknowledgement",
                "% of reads that return the write",
                lines);
    }

    private static Figure.Line predicted(Result result, String figure) {
        return new Figure.Line(
                delays(result),
                Figures.numbers(result, figure).stream()
                        .map(share -> new Summary(PERCENT * share, PERCENT * share, PERCENT * share))
                        .toList());
    }

    /** Sentences that compare the model with the measurement. */
    List<String> conclusions() {
        List<String> sentences = new ArrayList<>();
        for (Result result : results) {
            int last = delays(result).size() - 1;
            if (last < 0) {
                continue;
            }
            sentences.add(String.format(
                    Locale.ROOT,
                    "%s, node 3 stopped for %s ms at a time: %.1f %% of reads were fresh %.1f ms after the"
                            + " acknowledgement, and %.1f %% after %.1f ms. The model of the paper %s. With as many"
                            + " replicas asked as must respond, it %s. For 99.9 %% fresh reads these predict %.1f ms"
                            + " and %.1f ms.",
                    result.setting(FaultReport.LEVELS),
                    result.setting("slowMillis"),
                    PERCENT * fresh(result, 0).median(),
                    delays(result).get(0),
                    PERCENT * fresh(result, last).median(),
                    delays(result).get(last),
                    comparison(result, ALL_ASKED),
                    comparison(result, REQUIRED_ASKED),
                    result.number("predictedAllAskedDelayMillis"),
                    result.number("predictedRequiredAskedDelayMillis")));
        }
        return sentences;
    }

    private static String comparison(Result result, String figure) {
        List<Double> predicted = Figures.numbers(result, figure);
        double most = 0;
        int inside = 0;
        for (int i = 0; i < predicted.size(); i++) {
            Summary fresh = fresh(result, i);
            most = Math.max(most, Math.abs(predicted.get(i) - fresh.median()));
            inside += predicted.get(i) >= fresh.least() && predicted.get(i) <= fresh.most() ? 1 : 0;
        }
        return String.format(
                Locale.ROOT,
                "differs by at most %.1f percentage points, and lies in the interval of the measurement at %d of %d"
                        + " delays",
                PERCENT * most,
                inside,
                predicted.size());
    }
}
