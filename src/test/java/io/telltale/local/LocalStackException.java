package io.telltale.local;

import org.jspecify.annotations.Nullable;

/** Something of the local stack could not be had; the message says what, and what to do about it. */
public final class LocalStackException extends RuntimeException {

    public LocalStackException(String message) {
        super(message);
    }

    public LocalStackException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
