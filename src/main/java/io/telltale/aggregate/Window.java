package io.telltale.aggregate;

/**
 * A half-open range of time whose readings are aggregated. Never empty.
 *
 * @param startMillis the start, inclusive, in milliseconds since the epoch
 * @param endMillis the end, exclusive, in milliseconds since the epoch; after {@code startMillis}
 */
public record Window(long startMillis, long endMillis) {

    public Window {
        if (startMillis >= endMillis) {
            throw new IllegalArgumentException("window from %d ms to %d ms is empty".formatted(startMillis, endMillis));
        }
    }

    boolean contains(long millis) {
        return millis >= startMillis && millis < endMillis;
    }
}
