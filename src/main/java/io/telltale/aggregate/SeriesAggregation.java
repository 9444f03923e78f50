package io.telltale.aggregate;

import io.telltale.sensors.TimedValue;
import java.util.Iterator;
import java.util.List;

/** Aggregates the readings of one series: pages of readings in, finished windows out, in order of time. */
public interface SeriesAggregation {

    /**
     * Adds a page of readings and returns the windows that it finishes. Iterate to the end before the next call.
     *
     * @param page readings of the range
     */
    Iterator<AggregatedWindow> add(List<? extends TimedValue> page);

    /** Returns the remaining windows after the last page. */
    Iterator<AggregatedWindow> finish();

    /** Whether the percentiles of any window so far come from a sketch. */
    boolean hasSketched();
}
