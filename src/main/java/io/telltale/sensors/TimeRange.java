package io.telltale.sensors;

/**
 * A half-open range of time. Empty if both ends are equal.
 *
 * @param fromMillis the start, inclusive, in milliseconds since the epoch
 * @param toMillis the end, exclusive, in milliseconds since the epoch; not before {@code fromMillis}
 */
public record TimeRange(long fromMillis, long toMillis) {

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
