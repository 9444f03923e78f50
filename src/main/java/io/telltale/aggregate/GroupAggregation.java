package io.telltale.aggregate;

import io.telltale.sensors.ReadingsSummary;
import io.telltale.sensors.TimedValue;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates the readings of several sensors together. Sensors come one after another, so each window with readings has
 * an accumulator of its own. To bound their number, the range can be divided into slices of windows: a reading of a
 * later slice finishes the windows of the current one. Not thread-safe.
 *
 * <p>Readings at the same instant count for {@code first} and {@code last} in the order in which they are added.
 */
public final class GroupAggregation implements SeriesAggregation {

    /** The size of an accumulator without readings and percentiles. */
    private static final int ACCUMULATOR_BYTES = 320;

    /** The size of two readings with texts of 1,024 characters. */
    private static final int SAMPLES_BYTES = 4_096;

    private final WindowStarts starts;
    private final Set<AggregateFunction> functions;
    private final int exactPercentiles;
    private final FilledWindows filled;

    /** The accumulators of the slice; null without readings. */
    private final @Nullable WindowAccumulator[] slice;

    /** The number of the first window of the slice. */
    private int sliceStart;

    /** The position in the slice of the next accumulator to close. */
    private int closed;

    /** The next window with readings; the empty windows before it are returned first. */
    private @Nullable AggregatedWindow next;

    private @Nullable TimedValue pending;
    private @Nullable ReadingsSummary pendingSummary;
    private int lastNumber;
    private boolean hasSketched;

    /**
     * An aggregation of one group.
     *
     * @param windowsPerSlice at least 1
     * @param exactPercentiles the highest count of numbers in a window for which percentiles are exact
     */
    public GroupAggregation(
            WindowStarts starts,
            Fill fill,
            Set<AggregateFunction> functions,
            int exactPercentiles,
            int windowsPerSlice) {
        this.starts = starts;
        this.functions = functions;
        this.exactPercentiles = exactPercentiles;
        this.slice = new WindowAccumulator[Math.min(windowsPerSlice, Math.max(1, starts.count()))];
        this.filled = new FilledWindows(starts.windows(), fill, accumulator().results());
    }

    /** The highest number of bytes that the accumulator of a window holds; texts beyond ASCII add a few KB. */
    public static int maxBytesPerWindow(Set<AggregateFunction> functions, int exactPercentiles) {
        int bytes = ACCUMULATOR_BYTES;
        if (AggregateFunction.needSamples(functions)) {
            bytes += SAMPLES_BYTES;
        }
        if (functions.stream().anyMatch(AggregateFunction::isPercentile)) {
            bytes += Percentiles.maxBytes(exactPercentiles);
        }
        return bytes;
    }

    /** @param page readings in any order, but none of an earlier slice than a reading before it */
    @Override
    public Iterator<AggregatedWindow> add(List<? extends TimedValue> page) {
        Iterator<? extends TimedValue> readings = page.iterator();
        return new SuppliedIterator<>(() -> nextFinished(readings));
    }

    @Override
    public Iterator<AggregatedWindow> add(ReadingsSummary summary) {
        pendingSummary = summary;
        return new SuppliedIterator<>(() -> {
            ReadingsSummary adding = pendingSummary;
            if (adding == null) {
                return null;
            }
            AggregatedWindow finished = enter(adding.first().timestampMillis());
            if (finished == null) {
                accumulatorAt(lastNumber - sliceStart).add(adding);
                pendingSummary = null;
            }
            return finished;
        });
    }

    @Override
    public Iterator<AggregatedWindow> finish() {
        return new SuppliedIterator<>(() -> {
            AggregatedWindow ofSlice = nextOfSlice();
            return ofSlice == null ? filled.afterLast() : ofSlice;
        });
    }

    @Override
    public boolean hasSketched() {
        return hasSketched;
    }

    private @Nullable AggregatedWindow nextFinished(Iterator<? extends TimedValue> readings) {
        while (pending != null || readings.hasNext()) {
            TimedValue reading = pending == null ? readings.next() : pending;
            pending = reading;
            AggregatedWindow finished = enter(reading.timestampMillis());
            if (finished != null) {
                return finished;
            }
            accumulatorAt(lastNumber - sliceStart).add(reading);
            pending = null;
        }
        return null;
    }

    /** Finds the window of an instant. Returns the next window to finish before its slice; null if there is none. */
    private @Nullable AggregatedWindow enter(long millis) {
        lastNumber = starts.numberAt(millis, lastNumber);
        if (lastNumber >= sliceStart + slice.length) {
            AggregatedWindow finished = nextOfSlice();
            if (finished != null) {
                return finished;
            }
            sliceStart = lastNumber / slice.length * slice.length;
            closed = 0;
        }
        return null;
    }

    private @Nullable AggregatedWindow nextOfSlice() {
        while (next == null && closed < slice.length) {
            WindowAccumulator accumulator = slice[closed];
            if (accumulator != null) {
                next = accumulator.close(starts.window(sliceStart + closed));
                hasSketched |= accumulator.hasSketched();
                slice[closed] = null;
            }
            closed++;
        }
        if (next == null) {
            return null;
        }
        AggregatedWindow returned = filled.upTo(next);
        if (returned.window().equals(next.window())) {
            next = null;
        }
        return returned;
    }

    private WindowAccumulator accumulatorAt(int position) {
        WindowAccumulator accumulator = slice[position];
        if (accumulator == null) {
            accumulator = accumulator();
            slice[position] = accumulator;
        }
        return accumulator;
    }

    private WindowAccumulator accumulator() {
        return new WindowAccumulator(functions, exactPercentiles);
    }
}
