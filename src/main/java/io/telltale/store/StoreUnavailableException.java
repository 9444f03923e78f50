package io.telltale.store;

/**
 * Cassandra could not answer at the level asked for: it is away, too slow, overloaded, or too few replicas are alive.
 * The same request may succeed later. The message says which.
 */
public final class StoreUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StoreUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    StoreUnavailableException(String message) {
        super(message);
    }
}
