package io.telltale.store;

/** There are as many deletions as every replica is to hold. */
public final class TooManyDeletionsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TooManyDeletionsException(int max) {
        super("there are %d deletions already; expected at most telltale.storage.deletions=%d".formatted(max, max));
    }
}
