package io.telltale.query;

import io.telltale.store.StoredReading;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Readings in, windows out, in one pass: a window is given when a reading of a later one is there, and those without
 * readings are made while they are taken out. So memory holds one window under way and the two that a gap lies between,
 * however many there are of either. For one range, pages after each other.
 */
final class Aggregation {

    private final Windows windows;
    private final Fill fill;
    private final WindowAccumulator windowAccumulator;

    /** All before this is given or left out. */
    private long givenToMillis;

    /** The window that is gathered, once there was a reading. */
    private @Nullable Window current;

    /** The latest window with readings that was given. */
    private @Nullable AggregatedWindow before;

    /** A window with readings that is next, after the empty ones before it. */
    private @Nullable AggregatedWindow due;

    Aggregation(AggregatesQuery query, int exactPercentiles) {
        this.windows = query.windows();
        this.fill = query.fill();
        this.windowAccumulator = new WindowAccumulator(query.functions(), exactPercentiles);
        this.givenToMillis = windows.range().fromMillis();
    }

    /**
     * The windows that are complete with a page of readings, made as they are taken. To be taken to the end before the
     * next page.
     *
     * @param page readings of the range in order of time, after those of the page before
     */
    Iterator<AggregatedWindow> over(List<StoredReading> page) {
        Iterator<StoredReading> readings = page.iterator();
        return iterator(() -> nextOf(readings));
    }

    /** The windows that are left when there are no more readings. */
    Iterator<AggregatedWindow> rest() {
        due = close();
        return iterator(this::nextOfRest);
    }

    /** Whether the percentiles of any window so far came from a sketch. */
    boolean everSketched() {
        return windowAccumulator.everSketched();
    }

    private @Nullable AggregatedWindow nextOf(Iterator<StoredReading> readings) {
        while (due == null && readings.hasNext()) {
            due = take(readings.next());
        }
        return due == null ? null : upTo(due);
    }

    private @Nullable AggregatedWindow nextOfRest() {
        if (due != null) {
            return upTo(due);
        }
        boolean anyLeft = givenToMillis < windows.range().toMillis();
        return fill == Fill.NONE || !anyLeft ? null : empty(null);
    }

    /** Takes a reading; gives the window before, if it is of another one. */
    private @Nullable AggregatedWindow take(StoredReading reading) {
        AggregatedWindow closed = null;
        if (current == null || !current.contains(reading.timestampMillis())) {
            closed = close();
            current = windows.at(reading.timestampMillis());
        }
        windowAccumulator.add(reading);
        return closed;
    }

    private @Nullable AggregatedWindow close() {
        return current == null || windowAccumulator.isEmpty() ? null : windowAccumulator.close(current);
    }

    /** The next window up to one with readings: one without, or that one itself. */
    private AggregatedWindow upTo(AggregatedWindow next) {
        if (fill != Fill.NONE && givenToMillis < next.window().startMillis()) {
            return empty(next);
        }
        givenToMillis = next.window().endMillis();
        before = next;
        due = null;
        return next;
    }

    private AggregatedWindow empty(@Nullable AggregatedWindow after) {
        Window empty = windows.at(givenToMillis);
        givenToMillis = empty.endMillis();
        return fill.fill(empty, before, after);
    }

    /** What a supplier gives until it gives null. */
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
