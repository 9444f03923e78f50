package io.telltale.query;

import org.jspecify.annotations.Nullable;

/** What is given of windows without readings: the values of parameter {@code fill}. Their count is always 0. */
enum Fill {
    /** They are left out. */
    NONE,
    /** Every function but the count is null. */
    NULL,
    /** Every function but the count is that of the nearest earlier window with readings; null before the first. */
    PREVIOUS,
    /**
     * Numbers lie on the straight line between the nearest windows with readings, before and after; null before the
     * first and after the last.
     */
    LINEAR;

    /**
     * A window without readings, as answers have it.
     *
     * @param before the nearest earlier window with readings, if there is one
     * @param after the nearest later one, if there is one
     */
    AggregatedWindow fill(Window empty, @Nullable AggregatedWindow before, @Nullable AggregatedWindow after) {
        if (this == PREVIOUS && before != null) {
            return before.carriedTo(empty);
        }
        if (this == LINEAR && before != null && after != null) {
            return before.towards(after, empty);
        }
        return AggregatedWindow.empty(empty);
    }
}
