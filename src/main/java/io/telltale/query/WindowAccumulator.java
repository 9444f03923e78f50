package io.telltale.query;

import io.telltale.sensors.Value;
import io.telltale.store.StoredReading;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is gathered of the readings of one window, in memory that does not grow with their number; cleared and used again
 * for the next window. Booleans count as 0 and 1. Texts are readings like others to count, first and last, and are nothing to
 * the other functions, which are of the numbers and booleans beside them and null where there are none.
 */
final class WindowAccumulator {

    private final Set<AggregateFunction> functions;
    private final boolean wantsSpread;
    private final boolean wantsPercentiles;

    private long count;
    private @Nullable StoredReading first;
    private @Nullable StoredReading last;

    private long numbers;
    private double min;
    private double max;
    private final CompensatedSum sum = new CompensatedSum();
    private final Variance spread = new Variance();
    private final Percentiles percentiles;
    private boolean everSketched;

    /** @param exactPercentiles up to how many numbers of a window percentiles are exact */
    WindowAccumulator(Set<AggregateFunction> functions, int exactPercentiles) {
        this.functions = functions;
        this.wantsSpread = functions.contains(AggregateFunction.STDDEV);
        this.wantsPercentiles = functions.stream().anyMatch(AggregateFunction::isPercentile);
        this.percentiles = new Percentiles(exactPercentiles);
    }

    /** Takes a reading; they come in order of time. */
    void add(StoredReading reading) {
        count++;
        if (first == null) {
            first = reading;
        }
        last = reading;
        if (reading.value() instanceof Value.Numeric numeric) {
            add(numeric.number());
        } else if (reading.value() instanceof Value.Flag flag) {
            add(flag.flag() ? 1 : 0);
        }
    }

    private void add(double number) {
        min = numbers == 0 ? number : Math.min(min, number);
        max = numbers == 0 ? number : Math.max(max, number);
        numbers++;
        sum.add(number);
        if (wantsSpread) {
            spread.add(number);
        }
        if (wantsPercentiles) {
            percentiles.add(number);
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Whether the percentiles of any window so far came from a sketch. */
    boolean everSketched() {
        return everSketched;
    }

    /** What was gathered, as that of a window; then it is cleared. */
    AggregatedWindow close(Window window) {
        everSketched |= percentiles.isSketch();
        AggregatedWindow closed = new AggregatedWindow(window, count, numbers(), first, last);
        clear();
        return closed;
    }

    private Map<AggregateFunction, Double> numbers() {
        Map<AggregateFunction, Double> found = new EnumMap<>(AggregateFunction.class);
        if (numbers == 0) {
            return found;
        }
        for (AggregateFunction function : functions) {
            double number =
                    switch (function) {
                        case COUNT, FIRST, LAST -> Double.NaN;
                        case MIN -> min;
                        case MAX -> max;
                        case AVG -> Math.max(min, Math.min(max, sum.mean(numbers)));
                        case SUM -> sum.value();
                        case STDDEV -> spread.value();
                        case P50, P95, P99 -> percentiles.at(function.fraction());
                    };
            // What no double holds, such as the sum of the two largest, is null: JSON has no word for it.
            if (Double.isFinite(number)) {
                found.put(function, number);
            }
        }
        return found;
    }

    private void clear() {
        count = 0;
        first = null;
        last = null;
        numbers = 0;
        sum.clear();
        spread.clear();
        percentiles.clear();
    }
}
