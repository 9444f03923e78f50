package io.telltale.aggregate;

import io.telltale.aggregate.NumberAccumulator.Statistic;
import io.telltale.sensors.TimedValue;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The aggregate functions, in the order of members in a response. Each constant holds all that the service knows of its
 * function, so that a new one needs no other class unless it needs a statistic that {@link NumberAccumulator} lacks.
 */
public enum AggregateFunction {
    /** The number of readings of any kind. */
    COUNT(window -> new Aggregate.Count(window.count())),
    MIN(number(NumberAccumulator::min)),
    MAX(number(NumberAccumulator::max)),
    AVG(number(NumberAccumulator::mean)),
    SUM(number(NumberAccumulator::sum)),
    /** The earliest reading of any kind. */
    FIRST(sample(WindowAccumulator::first)),
    /** The latest reading of any kind. */
    LAST(sample(WindowAccumulator::last)),
    /** The sample standard deviation; undefined for fewer than two values. */
    STDDEV(Statistic.VARIANCE, number(NumberAccumulator::deviation)),
    P50(Statistic.PERCENTILES, number(numbers -> numbers.percentile(0.5))),
    P95(Statistic.PERCENTILES, number(numbers -> numbers.percentile(0.95))),
    P99(Statistic.PERCENTILES, number(numbers -> numbers.percentile(0.99)));

    /** The functions of a request that names none. */
    public static final Set<AggregateFunction> DEFAULT = Collections.unmodifiableSet(EnumSet.of(COUNT, MIN, MAX, AVG));

    /** The expected form of a list of functions, for error details. */
    public static final String FORM = Arrays.stream(values())
            .map(AggregateFunction::key)
            .collect(Collectors.joining(", ", "some of ", ", with commas between"));

    private final Statistic statistic;
    private final Function<WindowAccumulator, @Nullable Aggregate> result;

    AggregateFunction(Function<WindowAccumulator, @Nullable Aggregate> result) {
        this(Statistic.BASIC, result);
    }

    /** @param statistic what the accumulator must gather for this function */
    AggregateFunction(Statistic statistic, Function<WindowAccumulator, @Nullable Aggregate> result) {
        this.statistic = statistic;
        this.result = result;
    }

    /** A function of the numbers of a window. Undefined without numbers, and where no double holds the result. */
    private static Function<WindowAccumulator, @Nullable Aggregate> number(
            ToDoubleFunction<NumberAccumulator> function) {
        return window -> {
            double number = window.numbers().isEmpty() ? Double.NaN : function.applyAsDouble(window.numbers());
            // JSON has no infinity: the sum of the two largest doubles is undefined.
            return Double.isFinite(number) ? new Aggregate.Number(number) : null;
        };
    }

    private static Function<WindowAccumulator, @Nullable Aggregate> sample(
            Function<WindowAccumulator, @Nullable TimedValue> function) {
        return window -> {
            TimedValue reading = function.apply(window);
            return reading == null ? null : new Aggregate.Sample(reading);
        };
    }

    public static Optional<AggregateFunction> of(String key) {
        return Arrays.stream(values())
                .filter(function -> function.key().equals(key))
                .findFirst();
    }

    /** The name in requests and responses: {@code avg}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean isPercentile() {
        return statistic == Statistic.PERCENTILES;
    }

    Statistic statistic() {
        return statistic;
    }

    /** The result for a window; null where the function is undefined. */
    @Nullable
    Aggregate of(WindowAccumulator window) {
        return result.apply(window);
    }
}
