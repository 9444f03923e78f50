package io.telltale.query;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What can be asked of a window, in the order in which answers have it. */
enum AggregateFunction {
    /** How many readings, of every kind. */
    COUNT,
    MIN,
    MAX,
    AVG,
    SUM,
    /** The earliest reading, of any kind. */
    FIRST,
    /** The latest reading, of any kind. */
    LAST,
    /** The standard deviation of a sample; of fewer than two values there is none. */
    STDDEV,
    P50(0.5),
    P95(0.95),
    P99(0.99);

    /** What is given where nothing is asked for. */
    static final Set<AggregateFunction> DEFAULT = Collections.unmodifiableSet(EnumSet.of(COUNT, MIN, MAX, AVG));

    /** What is expected, in words for a message. */
    static final String FORM = Arrays.stream(values())
            .map(AggregateFunction::key)
            .collect(Collectors.joining(", ", "some of ", ", with commas between"));

    private final double fraction;

    AggregateFunction() {
        this(Double.NaN);
    }

    AggregateFunction(double fraction) {
        this.fraction = fraction;
    }

    static Optional<AggregateFunction> of(String key) {
        return Arrays.stream(values())
                .filter(function -> function.key().equals(key))
                .findFirst();
    }

    /** As written in requests and answers: {@code avg}. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean isPercentile() {
        return !Double.isNaN(fraction);
    }

    /** Of a percentile, the part of the values that lies below it, from 0 to 1. */
    double fraction() {
        return fraction;
    }
}
