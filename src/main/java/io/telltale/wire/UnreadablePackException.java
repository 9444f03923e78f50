package io.telltale.wire;

/** A pack of which it cannot be known what it says. Its message names the place and what was expected. */
public final class UnreadablePackException extends Exception {

    UnreadablePackException(String detail) {
        // An answer, not a bug: no stack trace.
        super(detail, null, false, false);
    }
}
