package io.telltale.aggregate;

import io.telltale.sensors.ReadingsSummary;
import io.telltale.sensors.TimedValue;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Aggregates the readings of one series: pages of readings in, finished windows out, in order of time. */
public interface SeriesAggregation {

    /**
     * Adds a page of readings and returns the windows that it finishes. Iterate to the end before the next call.
     *
     * @param page readings of the range
     */
    Iterator<AggregatedWindow> add(List<? extends TimedValue> page);

    /**
     * Adds a summary, which its {@link SummaryRule} has accepted, and returns the windows that it finishes. Iterate to
     * the end before the next call.
     */
    Iterator<AggregatedWindow> add(ReadingsSummary summary);

    /**
     * Adds summaries in order of time, and returns the windows that they finish. Iterate to the end before the next
     * call.
     */
    default Iterator<AggregatedWindow> addAll(List<? extends ReadingsSummary> summaries) {
        Iterator<? extends ReadingsSummary> rest = summaries.iterator();
        return new SuppliedIterator<>(new SuppliedIterator.Source<>() {
            private Iterator<AggregatedWindow> windows = Collections.emptyIterator();

            @Override
            public @Nullable AggregatedWindow next() {
                while (!windows.hasNext() && rest.hasNext()) {
                    windows = add(rest.next());
                }
                return windows.hasNext() ? windows.next() : null;
            }
        });
    }

    /** Returns the remaining windows after the last page. */
    Iterator<AggregatedWindow> finish();

    /** Whether the percentiles of any window so far come from a sketch. */
    boolean hasSketched();
}
