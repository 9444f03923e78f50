package io.telltale.aggregate;

import io.telltale.sensors.ReadingsSummary;
import java.util.Set;

/**
 * Statistics of the numbers of one window, in memory that does not grow with their count. Reused for the next window.
 */
final class NumberAccumulator {

    /** What is computed. Only what is requested costs time. */
    enum Statistic {
        /** Minimum, maximum and sum: always computed. */
        BASIC,
        VARIANCE,
        PERCENTILES
    }

    private final boolean hasVariance;
    private final boolean hasPercentiles;

    private long count;
    private double min;
    private double max;
    private final CompensatedSum sum = new CompensatedSum();
    private final Variance variance = new Variance();
    private final Percentiles percentiles;

    /** @param exactPercentiles the highest count of numbers for which percentiles are exact */
    NumberAccumulator(Set<Statistic> statistics, int exactPercentiles) {
        this.hasVariance = statistics.contains(Statistic.VARIANCE);
        this.hasPercentiles = statistics.contains(Statistic.PERCENTILES);
        this.percentiles = new Percentiles(exactPercentiles);
    }

    void add(double number) {
        min = count == 0 ? number : Math.min(min, number);
        max = count == 0 ? number : Math.max(max, number);
        count++;
        sum.add(number);
        if (hasVariance) {
            variance.add(number);
        }
        if (hasPercentiles) {
            percentiles.add(number);
        }
    }

    /** Adds the numbers of a summary that a {@link SummaryRule} accepts. */
    void add(ReadingsSummary summary) {
        long numbers = summary.numberCount();
        if (numbers == 0 || !summary.hasStatistics()) {
            // A rule accepts a summary without statistics only if no function needs numbers.
            return;
        }
        min = count == 0 ? summary.min() : Math.min(min, summary.min());
        max = count == 0 ? summary.max() : Math.max(max, summary.max());
        count += numbers;
        sum.add(summary.sum(), summary.lost());
        if (hasVariance) {
            variance.add(numbers, (summary.sum() + summary.lost()) / numbers, summary.squares());
        }
        if (hasPercentiles) {
            for (int i = 0; i < summary.differentNumbers(); i++) {
                percentiles.add(summary.number(i), summary.occurrences(i));
            }
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    double min() {
        return min;
    }

    double max() {
        return max;
    }

    /** The mean, never outside minimum and maximum, whatever is rounded. */
    double mean() {
        return Math.max(min, Math.min(max, sum.mean(count)));
    }

    /** The sum; infinite where no double holds it. */
    double sum() {
        return sum.value();
    }

    /** The sample standard deviation; not a number for fewer than two numbers. */
    double deviation() {
        return variance.deviation();
    }

    /** @param fraction from 0 to 1 */
    double percentile(double fraction) {
        return percentiles.at(fraction);
    }

    boolean isSketch() {
        return percentiles.isSketch();
    }

    void clear() {
        count = 0;
        sum.clear();
        variance.clear();
        percentiles.clear();
    }
}
