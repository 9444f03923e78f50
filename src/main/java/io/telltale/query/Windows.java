package io.telltale.query;

import io.telltale.api.TimeRange;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * The windows of a range: without gaps, by the calendar of a zone, those at the edges clipped to the range. Computed as
 * they are asked for, each from its instant alone.
 *
 * <p>A day begins at its first instant, even where clocks skip midnight or pass it twice. A day that a zone left out
 * altogether, as Samoa did on 2011-12-30, has no window.
 *
 * @param zone whose midnights count
 * @param range what they cover; an empty one has no window
 */
record Windows(Interval interval, ZoneId zone, TimeRange range) {

    /** How many windows an answer has at most. */
    static final int MAX_COUNT = 10_000;

    /** Days that were left out, by all zones in all of history, are fewer. */
    private static final int DAYS_LEFT_OUT = 10;

    /**
     * The window that holds an instant.
     *
     * @param millis in milliseconds since the epoch, within the range
     */
    Window at(long millis) {
        if (!range.contains(millis)) {
            throw new IllegalArgumentException("instant %d ms is not within %s".formatted(millis, range));
        }
        long period = periodAt(millis);
        long start = startMillis(period);
        long end = startMillis(period + 1);
        if (interval instanceof Interval.Elapsed elapsed) {
            start += (millis - start) / elapsed.millis() * elapsed.millis();
            end = Math.min(start + elapsed.millis(), end);
        }
        return new Window(Math.max(start, range.fromMillis()), Math.min(end, range.toMillis()));
    }

    /**
     * How many windows there are. Exact up to {@link #MAX_COUNT}; far beyond, an estimate that knows of no clock changes:
     * a millennium of seconds is not walked day by day to be refused.
     */
    long count() {
        if (range.isEmpty()) {
            return 0;
        }
        long first = periodAt(range.fromMillis());
        long last = periodAt(range.toMillis() - 1);
        long periods = last - first + 1;
        if (periods > MAX_COUNT + DAYS_LEFT_OUT) {
            return periods * windowsOfADay();
        }
        long count = 0;
        for (long period = first; period <= last; period++) {
            count += countWithin(startMillis(period), startMillis(period + 1));
        }
        return count;
    }

    /** How many windows of a period lie in the range; the period is from {@code start} to {@code end}, perhaps empty. */
    private long countWithin(long start, long end) {
        if (!(interval instanceof Interval.Elapsed elapsed)) {
            return start < end ? 1 : 0;
        }
        long from = Math.max(start, range.fromMillis());
        long to = Math.min(end, range.toMillis());
        return from < to ? (to - 1 - start) / elapsed.millis() - (from - start) / elapsed.millis() + 1 : 0;
    }

    /** How many windows a period has that is as long as days mostly are, wherever the range lies. */
    private long windowsOfADay() {
        return interval instanceof Interval.Elapsed elapsed
                ? (Interval.Elapsed.MAX_MILLIS - 1) / elapsed.millis() + 1
                : 1;
    }

    private long periodAt(long millis) {
        long period =
                interval.periodOf(Instant.ofEpochMilli(millis).atZone(zone).toLocalDate());
        // Where clocks go back over midnight, the last hour of a day comes again in the next one.
        while (startMillis(period) > millis) {
            period--;
        }
        while (startMillis(period + 1) <= millis) {
            period++;
        }
        return period;
    }

    private long startMillis(long period) {
        LocalDate firstDay = interval.firstDay(period);
        return firstDay.atStartOfDay(zone).toInstant().toEpochMilli();
    }
}
