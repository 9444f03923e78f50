package io.telltale.aggregate;

/** A text is not an interval. The message says what is expected. */
public final class IntervalFormatException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    IntervalFormatException(String expected) {
        super(expected);
    }
}
