package io.telltale.aggregate;

import io.telltale.sensors.TimeRange;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * The windows of a range: contiguous, by the calendar of a time zone, clipped to the range at both ends. Each is
 * computed on demand from one instant.
 *
 * <p>A day starts at its first instant, also where clocks skip midnight or pass it twice. A day that a zone skipped
 * entirely, as Samoa did on 2011-12-30, has no window.
 *
 * @param zone the zone whose midnights separate days
 * @param range the range they cover; an empty range has no window
 */
public record Windows(Interval interval, ZoneId zone, TimeRange range) {

    /** The highest number of windows in a response. */
    public static final int MAX_COUNT = 10_000;

    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

    /** More than the days that any zone ever skipped. */
    private static final int SKIPPED_DAYS = 10;

    /**
     * The window that contains an instant.
     *
     * @param millis in milliseconds since the epoch, within the range
     */
    public Window at(long millis) {
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
     * The number of windows. Exact up to {@link #MAX_COUNT}; far beyond it an estimate that ignores clock changes, so
     * that refusing a millennium of seconds does not iterate over its days.
     */
    public long count() {
        if (range.isEmpty()) {
            return 0;
        }
        long first = periodAt(range.fromMillis());
        long last = periodAt(range.toMillis() - 1);
        long periods = last - first + 1;
        if (periods > MAX_COUNT + SKIPPED_DAYS) {
            return periods * windowsPerDay();
        }
        long count = 0;
        for (long period = first; period <= last; period++) {
            count += countWithin(startMillis(period), startMillis(period + 1));
        }
        return count;
    }

    /** The number of windows of a period in the range. The period [start, end) may be empty. */
    private long countWithin(long start, long end) {
        if (!(interval instanceof Interval.Elapsed elapsed)) {
            return start < end ? 1 : 0;
        }
        long from = Math.max(start, range.fromMillis());
        long to = Math.min(end, range.toMillis());
        return from < to ? (to - 1 - start) / elapsed.millis() - (from - start) / elapsed.millis() + 1 : 0;
    }

    /** The number of windows of a period without clock changes. */
    private long windowsPerDay() {
        return interval instanceof Interval.Elapsed elapsed
                ? (Interval.Elapsed.MAX_MILLIS - 1) / elapsed.millis() + 1
                : 1;
    }

    private long periodAt(long millis) {
        long period = interval.periodOf(Math.floorDiv(millis + offsetMillis(Instant.ofEpochMilli(millis)), DAY_MILLIS));
        // Where clocks go back across midnight, the last hour of a day repeats within the next day.
        while (startMillis(period) > millis) {
            period--;
        }
        while (startMillis(period + 1) <= millis) {
            period++;
        }
        return period;
    }

    private long startMillis(long period) {
        long firstDay = interval.firstDay(period);
        // The calendar is slow, and each window of a response comes here.
        return zone.getRules().isFixedOffset()
                ? firstDay * DAY_MILLIS - offsetMillis(Instant.EPOCH)
                : LocalDate.ofEpochDay(firstDay).atStartOfDay(zone).toInstant().toEpochMilli();
    }

    private long offsetMillis(Instant instant) {
        return zone.getRules().getOffset(instant).getTotalSeconds() * 1_000L;
    }
}
