package io.telltale.aggregate;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts empty windows between the windows with readings. Empty windows are created one by one, so memory holds the two
 * windows around a gap, whatever its length. Not thread-safe.
 */
final class FilledWindows {

    private final Windows windows;
    private final Fill fill;
    private final Map<AggregateFunction, Aggregate> resultsOfNoReadings;

    /** The end of the last window that was returned or left out. */
    private long returnedToMillis;

    /** The last returned window with readings. */
    private @Nullable AggregatedWindow before;

    FilledWindows(Windows windows, Fill fill, Map<AggregateFunction, Aggregate> resultsOfNoReadings) {
        this.windows = windows;
        this.fill = fill;
        this.resultsOfNoReadings = resultsOfNoReadings;
        this.returnedToMillis = windows.range().fromMillis();
    }

    /** The next window up to one with readings: an empty one before it, or finally that one itself. */
    AggregatedWindow upTo(AggregatedWindow withReadings) {
        if (fill != Fill.NONE && returnedToMillis < withReadings.window().startMillis()) {
            return empty(withReadings);
        }
        returnedToMillis = withReadings.window().endMillis();
        before = withReadings;
        return withReadings;
    }

    /** The next empty window after the last one with readings; null at the end. */
    @Nullable
    AggregatedWindow afterLast() {
        boolean isComplete = returnedToMillis >= windows.range().toMillis();
        return fill == Fill.NONE || isComplete ? null : empty(null);
    }

    private AggregatedWindow empty(@Nullable AggregatedWindow after) {
        Window empty = windows.at(returnedToMillis);
        returnedToMillis = empty.endMillis();
        return fill.fill(empty, before, after).orElseGet(() -> new AggregatedWindow(empty, resultsOfNoReadings));
    }
}
