package io.telltale.query;

/**
 * A stretch of time that readings are gathered in, half-open and not empty.
 *
 * @param startMillis the first instant, inclusive, in milliseconds since the epoch
 * @param endMillis the end, exclusive, in milliseconds since the epoch; after {@code startMillis}
 */
record Window(long startMillis, long endMillis) {

    Window {
        if (startMillis >= endMillis) {
            throw new IllegalArgumentException("window from %d ms to %d ms is empty".formatted(startMillis, endMillis));
        }
    }

    boolean contains(long millis) {
        return millis >= startMillis && millis < endMillis;
    }
}
