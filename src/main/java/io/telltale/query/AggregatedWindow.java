package io.telltale.query;

import io.telltale.store.StoredReading;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A window and what is said of it.
 *
 * @param count how many readings lie in it
 * @param numbers what the functions give that give a number, other than the count; what is null there is left out
 * @param first the earliest reading, or in a window that was filled, of the window it was filled from
 * @param last the latest, as {@code first}
 */
record AggregatedWindow(
        Window window,
        long count,
        Map<AggregateFunction, Double> numbers,
        @Nullable StoredReading first,
        @Nullable StoredReading last) {

    AggregatedWindow {
        numbers = Map.copyOf(numbers);
    }

    /** A window without readings, of which nothing is known. */
    static AggregatedWindow empty(Window window) {
        return new AggregatedWindow(window, 0, Map.of(), null, null);
    }

    /** A window without readings, filled with all that is said of this one. */
    AggregatedWindow carriedTo(Window empty) {
        return new AggregatedWindow(empty, 0, numbers, first, last);
    }

    /**
     * A window without readings, filled with what lies on the straight line from this one to a later one, at the
     * beginnings of the three. What is null in either is null in between, and so are first and last: those are readings,
     * and there was none.
     */
    AggregatedWindow towards(AggregatedWindow later, Window empty) {
        double way = (double) (empty.startMillis() - window.startMillis())
                / (later.window.startMillis() - window.startMillis());
        Map<AggregateFunction, Double> between = new EnumMap<>(AggregateFunction.class);
        numbers.forEach((function, here) -> {
            Double there = later.numbers.get(function);
            if (there != null) {
                between.put(function, Interpolation.between(here, there, way));
            }
        });
        return new AggregatedWindow(empty, 0, between, null, null);
    }
}
