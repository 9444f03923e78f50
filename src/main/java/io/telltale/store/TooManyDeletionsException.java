package io.telltale.store;

/** The maximum number of deletions is reached. */
public final class TooManyDeletionsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TooManyDeletionsException(int max) {
        super("there are %d deletions already; expected at most telltale.storage.deletions=%d".formatted(max, max));
    }
}
