package io.telltale.evaluate.consistency;

import io.telltale.bench.Page;
import io.telltale.bench.Summary;
import io.telltale.evaluate.Result;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;

/** Reads figures of a result, also of one that was stored, and formats them. */
final class Figures {

    static final String NONE = "–";

    private Figures() {}

    /** A list; empty if it was not measured. */
    static List<Double> numbers(Result result, String figure) {
        return result.measured().get(figure) instanceof List<?> values
                ? values.stream().map(value -> ((Number) value).doubleValue()).toList()
                : List.of();
    }

    /** The rounds of a figure; empty if no round has it. */
    static Optional<Summary> rounds(Result result, String figure) {
        return Optional.of(numbers(result, figure))
                .filter(values -> !values.isEmpty())
                .map(Summary::of);
    }

    /** The median of the rounds; NaN if no round has it. */
    static double median(Result result, String figure) {
        return rounds(result, figure).map(Summary::median).orElse(Double.NaN);
    }

    /** The rounds, the median first; the range only if there are several rounds. */
    static String text(Result result, String figure, double factor) {
        return rounds(result, figure)
                .map(each -> scaled(each, factor))
                .map(each -> each.least() < each.most() ? Page.decimal(each) : Page.decimal(each.median()))
                .orElse(NONE);
    }

    static Summary scaled(Summary summary, double factor) {
        return new Summary(summary.median() * factor, summary.least() * factor, summary.most() * factor);
    }

    static String number(Result result, String figure, DoubleFunction<String> format) {
        double value = result.number(figure);
        return Double.isNaN(value) ? NONE : format.apply(value);
    }

    /** Counts by name, such as {@code WriteTimeout 3, Unavailable 1}. */
    static String counts(Result result, String figure) {
        String counts = result.measured().get(figure) instanceof Map<?, ?> map
                ? map.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue())
                        .collect(Collectors.joining(", "))
                : "";
        return counts.isEmpty() ? NONE : counts;
    }
}
