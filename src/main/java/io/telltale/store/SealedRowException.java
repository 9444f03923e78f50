package io.telltale.store;

/** A row has a sealed value, which is not packed: a segment would hold it for good, and in the clear. */
public final class SealedRowException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SealedRowException() {
        super("a row has a sealed value", null, false, false);
    }
}
