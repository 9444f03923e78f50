package io.telltale.aggregate;

import io.telltale.sensors.TimeRange;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The starts of all windows of a range: finds the number of a window faster than {@link Windows} finds the window. */
public final class WindowStarts {

    private final Windows windows;
    private final long[] starts;

    /** @param windows at most {@link Windows#MAX_COUNT} */
    public WindowStarts(Windows windows) {
        this.windows = windows;
        TimeRange range = windows.range();
        this.starts = LongStream.iterate(
                        range.fromMillis(), start -> start < range.toMillis(), start -> windows.at(start)
                                .endMillis())
                .toArray();
    }

    Windows windows() {
        return windows;
    }

    int count() {
        return starts.length;
    }

    /** The window with a number, from 0. */
    Window window(int number) {
        return new Window(starts[number], endMillis(number));
    }

    /**
     * The number of the window that contains an instant.
     *
     * @param millis in milliseconds since the epoch, within the range
     * @param guess a window that is likely to contain it, or to precede the one that does
     */
    int numberAt(long millis, int guess) {
        for (int number = guess; number < Math.min(guess + 2, starts.length); number++) {
            if (millis >= starts[number] && millis < endMillis(number)) {
                return number;
            }
        }
        int found = Arrays.binarySearch(starts, millis);
        return found >= 0 ? found : -found - 2;
    }

    /**
     * Splits the range.
     *
     * @param windowsPerSlice the number of windows of each slice but the last
     */
    public List<TimeRange> slices(int windowsPerSlice) {
        return IntStream.iterate(0, first -> first < starts.length, first -> first + windowsPerSlice)
                .mapToObj(first ->
                        new TimeRange(starts[first], endMillis(Math.min(first + windowsPerSlice, starts.length) - 1)))
                .toList();
    }

    private long endMillis(int number) {
        return number + 1 < starts.length ? starts[number + 1] : windows.range().toMillis();
    }
}
