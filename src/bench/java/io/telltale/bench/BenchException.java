package io.telltale.bench;

import org.jspecify.annotations.Nullable;

/** A measurement that cannot be made, or does not count; the message says why. */
final class BenchException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BenchException(String message) {
        super(message);
    }

    BenchException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
