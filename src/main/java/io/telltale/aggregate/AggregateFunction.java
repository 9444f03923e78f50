package io.telltale.aggregate;

import io.telltale.aggregate.NumberAccumulator.Statistic;
import io.telltale.sensors.TimedValue;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The aggregate functions, in the order of members in a response. Everything that the service knows of a function is in
 * this class. A new function changes no other class unless it needs a statistic that {@link NumberAccumulator} lacks.
 */
public enum AggregateFunction {
    /** The number of readings of any kind. */
    COUNT(Statistic.BASIC, Result.COUNT),
    MIN(Statistic.BASIC, Result.NUMBER),
    MAX(Statistic.BASIC, Result.NUMBER),
    AVG(Statistic.BASIC, Result.NUMBER),
    SUM(Statistic.BASIC, Result.NUMBER),
    /** The earliest reading of any kind. */
    FIRST(Statistic.BASIC, Result.READING),
    /** The latest reading of any kind. */
    LAST(Statistic.BASIC, Result.READING),
    /** The sample standard deviation; undefined for fewer than two values. */
    STDDEV(Statistic.VARIANCE, Result.NUMBER),
    P50(Statistic.PERCENTILES, Result.NUMBER),
    P95(Statistic.PERCENTILES, Result.NUMBER),
    P99(Statistic.PERCENTILES, Result.NUMBER);

    /** What a function returns. */
    private enum Result {
        /** How many readings of any kind there are. */
        COUNT,
        /** One of the readings of any kind. */
        READING,
        /** A number that follows from the numbers of the window. */
        NUMBER
    }

    /** The functions of a request that names none. */
    public static final Set<AggregateFunction> DEFAULT = Collections.unmodifiableSet(EnumSet.of(COUNT, MIN, MAX, AVG));

    /** The expected form of a list of functions, for error details. */
    public static final String FORM = Arrays.stream(values())
            .map(AggregateFunction::key)
            .collect(Collectors.joining(", ", "some of ", ", with commas between"));

    private final String key = name().toLowerCase(Locale.ROOT);
    private final Statistic statistic;
    private final Result result;

    /** @param statistic what the accumulator must keep for this function */
    AggregateFunction(Statistic statistic, Result result) {
        this.statistic = statistic;
        this.result = result;
    }

    public static Optional<AggregateFunction> of(String key) {
        return Arrays.stream(values())
                .filter(function -> function.key().equals(key))
                .findFirst();
    }

    /** The name in requests and responses: {@code avg}. */
    public String key() {
        return key;
    }

    public boolean isPercentile() {
        return statistic == Statistic.PERCENTILES;
    }

    /** Whether the result follows from the numbers, and not from the readings of any kind. */
    boolean isOfNumbers() {
        return result == Result.NUMBER;
    }

    /** Whether any of these functions returns a reading. */
    static boolean needSamples(Set<AggregateFunction> functions) {
        for (AggregateFunction function : functions) {
            if (function.result == Result.READING) {
                return true;
            }
        }
        return false;
    }

    Statistic statistic() {
        return statistic;
    }

    /** The result for a window; null where undefined. No default branch: a forgotten function does not compile. */
    @Nullable
    Aggregate of(WindowAccumulator window) {
        NumberAccumulator numbers = window.numbers();
        return switch (this) {
            case COUNT -> new Aggregate.Count(window.count());
            case FIRST -> sample(window.first());
            case LAST -> sample(window.last());
            case MIN -> number(numbers, numbers.min());
            case MAX -> number(numbers, numbers.max());
            case AVG -> number(numbers, numbers.mean());
            case SUM -> number(numbers, numbers.sum());
            case STDDEV -> number(numbers, numbers.deviation());
            case P50 -> number(numbers, numbers.percentile(0.5));
            case P95 -> number(numbers, numbers.percentile(0.95));
            case P99 -> number(numbers, numbers.percentile(0.99));
        };
    }

    private static @Nullable Aggregate sample(@Nullable TimedValue reading) {
        return reading == null ? null : new Aggregate.Sample(reading);
    }

    /** Undefined without numbers, and where no double holds the result: JSON has no infinity. */
    private static @Nullable Aggregate number(NumberAccumulator numbers, double result) {
        return numbers.isEmpty() || !Double.isFinite(result) ? null : new Aggregate.Numeric(result);
    }
}
