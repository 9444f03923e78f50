package io.telltale.wire;

/** A pack is unreadable as a whole. The message has the position and what was expected. */
public final class UnreadablePackException extends Exception {

    UnreadablePackException(String detail) {
        // No stack trace: a response, not a bug.
        super(detail, null, false, false);
    }
}
