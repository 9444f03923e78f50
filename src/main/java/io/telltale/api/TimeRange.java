package io.telltale.api;

import io.telltale.sensors.Reading;
import io.telltale.sensors.Rfc3339;

/**
 * A stretch of time, half-open. Empty where both ends are the same.
 *
 * @param fromMillis the first instant, inclusive, in milliseconds since the epoch
 * @param toMillis the end, exclusive, in milliseconds since the epoch; not before {@code fromMillis}
 */
public record TimeRange(long fromMillis, long toMillis) {

    /** How long a range is where a request names no beginning: 1 h. */
    public static final long DEFAULT_LENGTH_MILLIS = 3_600_000;

    public TimeRange {
        if (fromMillis < Reading.MIN_TIMESTAMP_MILLIS || toMillis > Reading.MAX_TIMESTAMP_MILLIS) {
            throw new IllegalArgumentException(
                    "range from %d ms to %d ms is not within the years 0000 to 9999".formatted(fromMillis, toMillis));
        }
        if (fromMillis > toMillis) {
            throw new IllegalArgumentException(
                    "range from %d ms to %d ms ends before it begins".formatted(fromMillis, toMillis));
        }
    }

    /** The hour before an instant, or what there is of it after the beginning of the year 0000. */
    static TimeRange before(long toMillis) {
        return new TimeRange(Math.max(toMillis - DEFAULT_LENGTH_MILLIS, Reading.MIN_TIMESTAMP_MILLIS), toMillis);
    }

    public boolean isEmpty() {
        return fromMillis == toMillis;
    }

    public boolean contains(long millis) {
        return millis >= fromMillis && millis < toMillis;
    }

    public long lengthMillis() {
        return toMillis - fromMillis;
    }

    @Override
    public String toString() {
        return "[%s, %s)".formatted(Rfc3339.format(fromMillis), Rfc3339.format(toMillis));
    }
}
