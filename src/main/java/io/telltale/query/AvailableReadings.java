package io.telltale.query;

import io.telltale.aggregate.AggregatedWindow;
import io.telltale.aggregate.SeriesAggregation;
import io.telltale.sensors.Value;
import io.telltale.store.RangePart;
import io.telltale.store.StoredReading;
import java.util.Iterator;
import java.util.List;

/** Leaves out the readings whose values cannot be read, and counts them. For one thread at a time. */
final class AvailableReadings {

    private long unavailable;

    /** The readings with a value; the same list if all have one. */
    List<StoredReading> of(List<StoredReading> readings) {
        if (readings.stream().noneMatch(AvailableReadings::isUnavailable)) {
            return readings;
        }
        List<StoredReading> available =
                readings.stream().filter(reading -> !isUnavailable(reading)).toList();
        unavailable += readings.size() - available.size();
        return available;
    }

    /** Adds a part to an aggregation. Summaries have no readings whose values cannot be read. */
    Iterator<AggregatedWindow> addTo(SeriesAggregation aggregation, RangePart part) {
        return part instanceof RangePart.Readings found
                ? aggregation.add(of(found.readings()))
                : aggregation.addAll(((RangePart.Summarized) part).summaries());
    }

    /** How many were left out. */
    long unavailable() {
        return unavailable;
    }

    private static boolean isUnavailable(StoredReading reading) {
        return reading.value() instanceof Value.Unavailable;
    }
}
