package io.telltale.bench;

import org.jspecify.annotations.Nullable;

/** A measurement that cannot be made, or does not count; the message says why. */
public final class BenchException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public BenchException(String message) {
        super(message);
    }

    public BenchException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
