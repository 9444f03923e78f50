package io.telltale.aggregate;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A window and the results of its functions.
 *
 * @param results by function; a function that is undefined for the window has none
 */
public record AggregatedWindow(Window window, Map<AggregateFunction, Aggregate> results) {

    public AggregatedWindow {
        results = Collections.unmodifiableMap(results);
    }

    /** The result of a function; null where it is undefined. */
    public @Nullable Aggregate result(AggregateFunction function) {
        return results.get(function);
    }

    /** A window without readings, filled with the results of this one. */
    AggregatedWindow carriedTo(Window empty) {
        Map<AggregateFunction, Aggregate> carried = new EnumMap<>(AggregateFunction.class);
        results.forEach((function, result) -> carried.put(function, result.carried()));
        return new AggregatedWindow(empty, carried);
    }

    /**
     * A window without readings, interpolated between this one and a later one by the starts of the three windows. A
     * function that is undefined for either is undefined between them.
     */
    AggregatedWindow interpolatedTo(AggregatedWindow later, Window empty) {
        double fraction = (double) (empty.startMillis() - window.startMillis())
                / (later.window.startMillis() - window.startMillis());
        Map<AggregateFunction, Aggregate> between = new EnumMap<>(AggregateFunction.class);
        results.forEach((function, earlierResult) -> {
            Aggregate laterResult = later.result(function);
            if (laterResult != null) {
                earlierResult.interpolatedTo(laterResult, fraction).ifPresent(result -> between.put(function, result));
            }
        });
        return new AggregatedWindow(empty, between);
    }
}
