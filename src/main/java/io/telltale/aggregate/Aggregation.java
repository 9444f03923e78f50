package io.telltale.aggregate;

import io.telltale.sensors.ReadingsSummary;
import io.telltale.sensors.TimedValue;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates the readings of one range in one pass: pages of readings in, finished windows out. A window is finished by
 * the first reading of a later one. Empty windows are created while they are iterated, so memory holds the open window
 * and the two windows around a gap, whatever the number of readings and windows. Not thread-safe.
 */
public final class Aggregation implements SeriesAggregation {

    private final Windows windows;
    private final WindowAccumulator accumulator;
    private final FilledWindows filled;

    /** The window being accumulated, once there was a reading. */
    private @Nullable Window current;

    /** The next window with readings; the empty windows before it are returned first. */
    private @Nullable AggregatedWindow next;

    /** @param exactPercentiles the highest count of numbers in a window for which percentiles are exact */
    public Aggregation(Windows windows, Fill fill, Set<AggregateFunction> functions, int exactPercentiles) {
        this.windows = windows;
        this.accumulator = new WindowAccumulator(functions, exactPercentiles);
        this.filled = new FilledWindows(windows, fill, accumulator.results());
    }

    /** @param page readings of the range in order of time, later than those of earlier pages */
    @Override
    public Iterator<AggregatedWindow> add(List<? extends TimedValue> page) {
        Iterator<? extends TimedValue> readings = page.iterator();
        return new SuppliedIterator<>(() -> nextFinished(readings));
    }

    @Override
    public Iterator<AggregatedWindow> add(ReadingsSummary summary) {
        next = enter(summary.first().timestampMillis());
        accumulator.add(summary);
        return new SuppliedIterator<>(() -> next == null ? null : upTo(next));
    }

    @Override
    public Iterator<AggregatedWindow> finish() {
        next = close();
        return new SuppliedIterator<>(this::nextRemaining);
    }

    @Override
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
        return next == null ? filled.afterLast() : upTo(next);
    }

    /** Adds a reading; returns the previous window if the reading is the first of a later one. */
    private @Nullable AggregatedWindow addReading(TimedValue reading) {
        AggregatedWindow finished = enter(reading.timestampMillis());
        accumulator.add(reading);
        return finished;
    }

    /** Opens the window of an instant; returns the previous window if that is a later one. */
    private @Nullable AggregatedWindow enter(long millis) {
        AggregatedWindow finished = null;
        if (current == null || !current.contains(millis)) {
            finished = close();
            current = windows.at(millis);
        }
        return finished;
    }

    private @Nullable AggregatedWindow close() {
        return current == null || accumulator.isEmpty() ? null : accumulator.close(current);
    }

    private AggregatedWindow upTo(AggregatedWindow withReadings) {
        AggregatedWindow returned = filled.upTo(withReadings);
        if (returned.window().equals(withReadings.window())) {
            next = null;
        }
        return returned;
    }
}
