package io.telltale.bench;

import io.telltale.bench.LoadRun.Latency;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Quantiles out of the histogram of the service, between two looks at it, straight lines between its bounds. */
public final class StoredLatency {

    private static final String NAME = "telltale_kafka_to_stored_seconds";

    private StoredLatency() {}

    /** Below which so many percent of the readings between the two looks are; 0 if there are none. */
    public static double millisAt(ServiceMetrics before, ServiceMetrics after, double percentile) {
        NavigableMap<Double, Double> counts = counts(before, after);
        return counts.isEmpty()
                ? 0
                : millis(counts, percentile / 100 * counts.lastEntry().getValue());
    }

    static Latency between(ServiceMetrics before, ServiceMetrics after) {
        NavigableMap<Double, Double> counts = counts(before, after);
        double all = counts.isEmpty() ? 0 : counts.lastEntry().getValue();
        return new Latency(millis(counts, 0.5 * all), millis(counts, 0.99 * all), (long) all);
    }

    private static NavigableMap<Double, Double> counts(ServiceMetrics before, ServiceMetrics after) {
        NavigableMap<Double, Double> counts = new TreeMap<>();
        NavigableMap<Double, Double> earlier = before.histogram(NAME);
        after.histogram(NAME).forEach((bound, count) -> counts.put(bound, count - earlier.getOrDefault(bound, 0.0)));
        return counts;
    }

    /** Below which so many values lie; beyond the last bound there is only that bound. */
    static double millis(NavigableMap<Double, Double> counts, double rank) {
        double lowerBound = 0;
        double lowerCount = 0;
        for (Map.Entry<Double, Double> bucket : counts.entrySet()) {
            if (bucket.getValue() >= rank && bucket.getValue() > lowerCount) {
                if (bucket.getKey().isInfinite()) {
                    break;
                }
                double share = (rank - lowerCount) / (bucket.getValue() - lowerCount);
                return (lowerBound + share * (bucket.getKey() - lowerBound)) * 1_000;
            }
            if (!bucket.getKey().isInfinite()) {
                lowerBound = bucket.getKey();
            }
            lowerCount = bucket.getValue();
        }
        return lowerBound * 1_000;
    }
}
