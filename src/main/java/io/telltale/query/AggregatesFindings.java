package io.telltale.query;

import org.jspecify.annotations.Nullable;

/**
 * What is known of aggregates after their last window.
 *
 * @param percentiles how percentiles were computed, {@code exact} or {@code sketch}; null if none was requested
 * @param sealed how many readings are in no window, because their sealed values could not be opened
 */
record AggregatesFindings(@Nullable String percentiles, long sealed) {

    static AggregatesFindings of(boolean hasPercentiles, boolean hasSketched, long sealed) {
        return new AggregatesFindings(hasPercentiles ? hasSketched ? "sketch" : "exact" : null, sealed);
    }
}
