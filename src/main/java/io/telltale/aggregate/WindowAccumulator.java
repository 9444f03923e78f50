package io.telltale.aggregate;

import io.telltale.sensors.ReadingsSummary;
import io.telltale.sensors.TimedValue;
import io.telltale.sensors.Value;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Accumulates the readings of one window, in memory that does not grow with their number. Reused for the next window.
 * Booleans are the numbers 0 and 1. Texts are readings to {@code count}, {@code first} and {@code last} only.
 */
final class WindowAccumulator {

    private final Set<AggregateFunction> functions;
    private final NumberAccumulator numbers;
    private final boolean hasSamples;

    private long count;
    private @Nullable TimedValue first;
    private @Nullable TimedValue last;
    private boolean hasSketched;

    /** @param exactPercentiles the highest count of numbers in a window for which percentiles are exact */
    WindowAccumulator(Set<AggregateFunction> functions, int exactPercentiles) {
        this.functions = functions;
        this.hasSamples = AggregateFunction.needSamples(functions);
        Set<NumberAccumulator.Statistic> statistics = EnumSet.noneOf(NumberAccumulator.Statistic.class);
        functions.forEach(function -> statistics.add(function.statistic()));
        this.numbers = new NumberAccumulator(statistics, exactPercentiles);
    }

    /**
     * Adds a reading. Of readings at the same instant, the one added first can be the first, the one added last the
     * last.
     */
    void add(TimedValue reading) {
        count++;
        if (hasSamples) {
            addSample(reading);
        }
        if (reading.value() instanceof Value.Numeric numeric) {
            numbers.add(numeric.number());
        } else if (reading.value() instanceof Value.Flag flag) {
            numbers.add(flag.flag() ? 1 : 0);
        }
    }

    /** Adds the readings of a summary that a {@link SummaryRule} accepts for the window. */
    void add(ReadingsSummary summary) {
        count += summary.count();
        if (hasSamples) {
            addSample(summary.first());
            addSample(summary.last());
        }
        numbers.add(summary);
    }

    private void addSample(TimedValue reading) {
        if (first == null || reading.timestampMillis() < first.timestampMillis()) {
            first = reading;
        }
        if (last == null || reading.timestampMillis() >= last.timestampMillis()) {
            last = reading;
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    long count() {
        return count;
    }

    @Nullable
    TimedValue first() {
        return first;
    }

    @Nullable
    TimedValue last() {
        return last;
    }

    NumberAccumulator numbers() {
        return numbers;
    }

    /** Whether the percentiles of any window so far come from a sketch. */
    boolean hasSketched() {
        return hasSketched;
    }

    /** Returns the results for a window and clears the accumulator. */
    AggregatedWindow close(Window window) {
        hasSketched |= numbers.isSketch();
        AggregatedWindow closed = new AggregatedWindow(window, results());
        clear();
        return closed;
    }

    /** The results for the readings so far. */
    Map<AggregateFunction, Aggregate> results() {
        Map<AggregateFunction, Aggregate> results = new EnumMap<>(AggregateFunction.class);
        for (AggregateFunction function : functions) {
            Aggregate result = function.of(this);
            if (result != null) {
                results.put(function, result);
            }
        }
        return results;
    }

    private void clear() {
        count = 0;
        first = null;
        last = null;
        numbers.clear();
    }
}
