package io.telltale.aggregate;

import io.telltale.sensors.TimedValue;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates the readings of one range in one pass: pages of readings in, finished windows out. A window is finished by the
 * first reading of a later one. Empty windows are created while they are iterated, so memory holds the open window and
 * the two windows around a gap, whatever the number of readings and windows. Not thread-safe.
 */
public final class Aggregation {

    private final Windows windows;
    private final Fill fill;
    private final WindowAccumulator accumulator;
    private final Map<AggregateFunction, Aggregate> resultsOfNoReadings;

    /** The end of the last window that was returned or left out. */
    private long returnedToMillis;

    /** The window being accumulated, once there was a reading. */
    private @Nullable Window current;

    /** The last returned window with readings. */
    private @Nullable AggregatedWindow before;

    /** The next window with readings; the empty windows before it are returned first. */
    private @Nullable AggregatedWindow next;

    /** @param exactPercentiles the highest count of numbers in a window for which percentiles are exact */
    public Aggregation(Windows windows, Fill fill, Set<AggregateFunction> functions, int exactPercentiles) {
        this.windows = windows;
        this.fill = fill;
        this.accumulator = new WindowAccumulator(functions, exactPercentiles);
        this.resultsOfNoReadings = accumulator.results();
        this.returnedToMillis = windows.range().fromMillis();
    }

    /**
     * Adds a page of readings and returns the windows that it finishes. Iterate to the end before the next call.
     *
     * @param page readings of the range in order of time, later than those of earlier pages
     */
    public Iterator<AggregatedWindow> add(List<? extends TimedValue> page) {
        Iterator<? extends TimedValue> readings = page.iterator();
        return iterator(() -> nextFinished(readings));
    }

    /** Returns the remaining windows after the last page. */
    public Iterator<AggregatedWindow> finish() {
        next = close();
        return iterator(this::nextRemaining);
    }

    /** Whether the percentiles of any window so far come from a sketch. */
    public boolean hasSketched() {
        return accumulator.hasSketched();
    }

    private @Nullable AggregatedWindow nextFinished(Iterator<? extends TimedValue> readings) {
        while (next == null && readings.hasNext()) {
            next = addReading(readings.next());
        }
        return next == null ? null : upTo(next);
    }

    private @Nullable AggregatedWindow nextRemaining() {
        if (next != null) {
            return upTo(next);
        }
        boolean isComplete = returnedToMillis >= windows.range().toMillis();
        return fill == Fill.NONE || isComplete ? null : empty(null);
    }

    /** Adds a reading; returns the previous window if the reading is the first of a later one. */
    private @Nullable AggregatedWindow addReading(TimedValue reading) {
        AggregatedWindow finished = null;
        if (current == null || !current.contains(reading.timestampMillis())) {
            finished = close();
            current = windows.at(reading.timestampMillis());
        }
        accumulator.add(reading);
        return finished;
    }

    private @Nullable AggregatedWindow close() {
        return current == null || accumulator.isEmpty() ? null : accumulator.close(current);
    }

    /** The next window up to one with readings: an empty one before it, or that one itself. */
    private AggregatedWindow upTo(AggregatedWindow withReadings) {
        if (fill != Fill.NONE && returnedToMillis < withReadings.window().startMillis()) {
            return empty(withReadings);
        }
        returnedToMillis = withReadings.window().endMillis();
        before = withReadings;
        next = null;
        return withReadings;
    }

    private AggregatedWindow empty(@Nullable AggregatedWindow after) {
        Window empty = windows.at(returnedToMillis);
        returnedToMillis = empty.endMillis();
        return fill.fill(empty, before, after).orElseGet(() -> new AggregatedWindow(empty, resultsOfNoReadings));
    }

    /** Iterates over the results of a supplier until it returns null. */
    private static Iterator<AggregatedWindow> iterator(Supplier<@Nullable AggregatedWindow> source) {
        return new Iterator<>() {
            private @Nullable AggregatedWindow next = source.get();

            @Override
            public boolean hasNext() {
                return next != null;
            }

            @Override
            public AggregatedWindow next() {
                if (next == null) {
                    throw new NoSuchElementException();
                }
                AggregatedWindow given = next;
                next = source.get();
                return given;
            }
        };
    }
}
