package io.telltale.evaluate.streaming;

import io.telltale.bench.Summary;
import io.telltale.evaluate.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Sentences computed from the results. What was not measured is not mentioned. */
record StreamingConclusions(List<Result> results) {

    /** A service that is further behind does not keep up. */
    private static final double MOST_SECONDS_BEHIND = 2;

    List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        List<Result> shares = results.stream()
                .filter(result -> !result.setting("sharePercent").isEmpty())
                .toList();
        if (!shares.isEmpty()) {
            sentences.add(load(shares));
        }
        List<Result> complete =
                shares.stream().filter(StreamingConclusions::isComplete).toList();
        if (complete.size() > 1) {
            StreamingReport.LAGS.forEach((lag, words) -> sentences.add(lagOverLoad(complete, lag, words)));
            sentences.add(processorTime(complete));
        }
        compare("partitions", StreamingChapter.PARTITIONS, result -> result.setting("partitions"), sentences);
        compare("replicas", StreamingChapter.REPLICAS, result -> result.setting("replicas"), sentences);
        results.stream()
                .filter(result -> !result.faults().isEmpty())
                .map(StreamingConclusions::fault)
                .forEach(sentences::add);
        return sentences;
    }

    /** Whether it has all figures that sentences compare: a service that is far behind may have sent no event. */
    private static boolean isComplete(Result result) {
        return !Double.isNaN(median(result, "serviceMicrosPerReading"))
                && StreamingReport.LAGS.keySet().stream()
                        .noneMatch(lag -> Double.isNaN(median(result, lag + "P50Millis")));
    }

    private static String load(List<Result> shares) {
        List<String> behind = shares.stream()
                .filter(result -> !keepsUp(result))
                .map(result -> result.setting("sharePercent") + " %")
                .toList();
        return behind.isEmpty()
                ? "One replica keeps up with each of these shares of its capacity: %s."
                        .formatted(String.join(
                                ", ",
                                shares.stream()
                                        .map(result -> result.setting("sharePercent") + " %")
                                        .toList()))
                : "One replica does not keep up at %s of the capacity: in the end it is more than %.0f s of load behind."
                        .formatted(String.join(", ", behind), MOST_SECONDS_BEHIND);
    }

    private static boolean keepsUp(Result result) {
        return result.number("behindReadings") <= MOST_SECONDS_BEHIND * median(result, "offeredReadingsPerSecond");
    }

    private static String lagOverLoad(List<Result> shares, String lag, String words) {
        Result least = shares.get(0);
        Result most = shares.get(shares.size() - 1);
        return format(
                "%s: from %s %% to %s %% of the capacity, the median goes from %.0f to %.0f ms, p99 from %.0f to %.0f ms.",
                words,
                least.setting("sharePercent"),
                most.setting("sharePercent"),
                median(least, lag + "P50Millis"),
                median(most, lag + "P50Millis"),
                median(least, lag + "P99Millis"),
                median(most, lag + "P99Millis"));
    }

    private static String processorTime(List<Result> shares) {
        Result least = shares.get(0);
        Result most = shares.get(shares.size() - 1);
        return format(
                "A reading takes %.1f µs of processor time in the service, %.1f in Kafka and %.1f in Cassandra at %s %%"
                        + " of the capacity; at %s %%, %.1f, %.1f and %.1f µs.",
                median(most, "serviceMicrosPerReading"),
                median(most, "kafkaMicrosPerReading"),
                median(most, "cassandraMicrosPerReading"),
                most.setting("sharePercent"),
                least.setting("sharePercent"),
                median(least, "serviceMicrosPerReading"),
                median(least, "kafkaMicrosPerReading"),
                median(least, "cassandraMicrosPerReading"));
    }

    /** Compares the fewest with the most that were measured. */
    private void compare(String what, List<Integer> counts, Function<Result, String> setting, List<String> sentences) {
        List<Result> measured = counts.stream()
                .map(count -> find("streaming-%s-%d".formatted(what, count)))
                .flatMap(Optional::stream)
                .filter(StreamingConclusions::isComplete)
                .toList();
        if (measured.size() < 2) {
            return;
        }
        Result few = measured.get(0);
        Result many = measured.get(measured.size() - 1);
        sentences.add(format(
                "At %,.0f readings/s, %s %s instead of %s take %.2f times the service's processor time per reading, %.2f"
                        + " times Kafka's and %.2f times Cassandra's; the median lag to stored is %.0f instead of"
                        + " %.0f ms, to queryable %.0f instead of %.0f ms, to an event %.0f instead of %.0f ms.",
                median(many, "offeredReadingsPerSecond"),
                setting.apply(many),
                what,
                setting.apply(few),
                ratio(many, few, "serviceMicrosPerReading"),
                ratio(many, few, "kafkaMicrosPerReading"),
                ratio(many, few, "cassandraMicrosPerReading"),
                median(many, "storedP50Millis"),
                median(few, "storedP50Millis"),
                median(many, "queryableP50Millis"),
                median(few, "queryableP50Millis"),
                median(many, "eventP50Millis"),
                median(few, "eventP50Millis")));
    }

    private static String fault(Result result) {
        String recovery = StreamingReport.rounds(result, "normalAfterFaultSeconds")
                .map(seconds -> format(
                        "it is normal again after %.1f s (in %.0f of %d rounds)",
                        seconds.median(),
                        StreamingReport.sum(result, "normalInTheEndCount"),
                        StreamingReport.numbers(result, "normalInTheEndCount").size()))
                .orElse("it was not normal again when the round ended");
        String struck = StreamingReport.rounds(result, "eventWorstAtStruckMillis")
                .map(age -> format(
                        "The oldest event of a subscriber of the first replica was %.1f s old", age.median() / 1_000))
                .orElse("No event reached a subscriber of the first replica");
        String elsewhere = StreamingReport.rounds(result, "eventWorstElsewhereMillis")
                .map(age -> format("; the oldest of one elsewhere was %.1f s old", age.median() / 1_000))
                .orElse("");
        return format(
                "%s: the lag rises to %,.0f readings, %.1f s of load, and %s. %s%s. Of %,.0f acknowledged readings,"
                        + " %,.0f are lost and %,.0f are returned twice; %,.0f events are missed without a gap.",
                sentenceCase(String.join("; ", result.faults())),
                median(result, "lagMostReadings"),
                median(result, "lagMostSeconds"),
                recovery,
                struck,
                elsewhere,
                StreamingReport.sum(result, "acknowledgedReadings"),
                StreamingReport.sum(result, "lostReadings"),
                StreamingReport.sum(result, "duplicateReadings"),
                StreamingReport.ofSubscribers(result, "eventsMissedWithoutGap"));
    }

    private static String sentenceCase(String words) {
        return words.isEmpty() ? words : words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    private static double ratio(Result one, Result other, String figure) {
        return median(one, figure) / median(other, figure);
    }

    private static double median(Result result, String figure) {
        return StreamingReport.rounds(result, figure).map(Summary::median).orElse(Double.NaN);
    }

    private Optional<Result> find(String cell) {
        return results.stream().filter(result -> result.cell().equals(cell)).findFirst();
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
