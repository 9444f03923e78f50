package io.telltale.aggregate;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How windows without readings are filled: the values of parameter {@code fill}. Their count is always 0. */
public enum Fill {
    /** They are left out. */
    NONE,
    /** Every function except the count is undefined. */
    NULL,
    /** Every function except the count is that of the previous window with readings; undefined before the first. */
    PREVIOUS,
    /**
     * Numbers are interpolated linearly between the windows with readings before and after; undefined before the first
     * and after the last.
     */
    LINEAR;

    /**
     * The filled window; empty where this fill has nothing to fill it with.
     *
     * @param before the previous window with readings, if there is one
     * @param after the next one, if there is one
     */
    Optional<AggregatedWindow> fill(Window empty, @Nullable AggregatedWindow before, @Nullable AggregatedWindow after) {
        if (this == PREVIOUS && before != null) {
            return Optional.of(before.carriedTo(empty));
        }
        if (this == LINEAR && before != null && after != null) {
            return Optional.of(before.interpolatedTo(after, empty));
        }
        return Optional.empty();
    }
}
