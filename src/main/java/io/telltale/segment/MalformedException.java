package io.telltale.segment;

/** Bytes that no encoder writes. The caller adds the span and throws a {@link DamagedSegmentException}. */
final class MalformedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    MalformedException(String reason) {
        // Without a stack trace: the reason suffices, and a damaged file may cause many.
        super(reason, null, false, false);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
