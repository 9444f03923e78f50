package io.telltale.evaluate.queries;

import io.telltale.bench.Page;
import io.telltale.bench.Summary;
import io.telltale.evaluate.Result;
import io.telltale.evaluate.queries.Comparison.Variant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a comparison shows: its fastest and its slowest variant, by the median latency.
 *
 * @param comparison of these
 * @param fastest the variant with the lowest median
 * @param slowest the variant with the highest median
 */
record Effect(Comparison comparison, Measurement fastest, Measurement slowest) {

    /** Below this ratio, a difference is small even if rounds show it. */
    private static final double MATTERS = 1.25;

    /** A variant with its result. */
    record Measurement(Variant variant, Result result) {

        Summary rounds(String figure) {
            if (figures().get(figure) instanceof List<?> values) {
                return Summary.of(values.stream()
                        .map(value -> ((Number) value).doubleValue())
                        .toList());
            }
            throw new IllegalArgumentException("result %s has no rounds of %s".formatted(result.cell(), figure));
        }

        private Map<?, ?> figures() {
            return result.measured().get(QueryCell.BY_READERS) instanceof Map<?, ?> byReaders
                            && byReaders.get(Integer.toString(variant.readers())) instanceof Map<?, ?> figures
                    ? figures
                    : result.measured();
        }

        double median(String figure) {
            return rounds(figure).median();
        }

        private double latency() {
            return median("readMedianMillis");
        }
    }

    /** The variants of a comparison that have a result, in its order. */
    static List<Measurement> measurements(Comparison comparison, List<Result> results) {
        return comparison.variants().stream()
                .flatMap(variant -> results.stream()
                        .filter(result -> result.cell().equals(variant.cell().name()))
                        .map(result -> new Measurement(variant, result)))
                .toList();
    }

    /** Empty if fewer than two variants have a result. */
    static Optional<Effect> of(Comparison comparison, List<Result> results) {
        List<Measurement> all = measurements(comparison, results);
        if (all.size() < 2) {
            return Optional.empty();
        }
        List<Measurement> sorted = all.stream()
                .sorted(Comparator.comparingDouble(Measurement::latency))
                .toList();
        return Optional.of(new Effect(comparison, sorted.get(0), sorted.get(sorted.size() - 1)));
    }

    /** The slowest median as a multiple of the fastest. */
    double ratio() {
        return slowest.latency() / fastest.latency();
    }

    private double ratio(String figure) {
        return slowest.median(figure) / fastest.median(figure);
    }

    /** Whether every round of the slowest is slower than every round of the fastest. */
    boolean isClear() {
        return slowest.rounds("readMedianMillis").least()
                > fastest.rounds("readMedianMillis").most();
    }

    /** Whether the difference is clear, and not small. */
    boolean isLarge() {
        return isClear() && ratio() >= MATTERS;
    }

    String verdict() {
        if (!isClear()) {
            return "no difference shown: rounds overlap";
        }
        return isLarge() ? "matters" : "small: below %.2f times".formatted(MATTERS);
    }

    void row(Page page) {
        page.row(
                comparison.what(),
                fastest.variant().label(),
                slowest.variant().label(),
                Page.decimal(ratio()),
                Page.decimal(ratio("requestsPerRead")),
                Page.decimal(ratio("cassandraMicrosPerReading")),
                verdict());
    }

    /** A sentence on latency, requests and processor time. */
    String sentence() {
        return String.format(
                Locale.ROOT,
                "%s: *%s* is the fastest (p50 %.2f ms), *%s* the slowest (%.2f ms, %.2f times): %s. The slowest takes"
                        + " %.2f times the requests per read of the fastest, and %.2f times Cassandra's processor time"
                        + " per reading.",
                comparison.what(),
                fastest.variant().label(),
                fastest.latency(),
                slowest.variant().label(),
                slowest.latency(),
                ratio(),
                verdict(),
                ratio("requestsPerRead"),
                ratio("cassandraMicrosPerReading"));
    }
}
