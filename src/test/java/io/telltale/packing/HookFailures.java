package io.telltale.packing;

import io.telltale.store.StoreUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * Calls hooks of tests, and keeps the first failure: the engine under test would take it for one of Cassandra, and go
 * on.
 */
final class HookFailures {

    private volatile @Nullable Throwable first;

    /** The end of a process: nothing that it does has an effect any more. */
    static final class KilledException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    void call(MemoryTables.Hook hook, String operation, boolean isBefore) {
        try {
            hook.at(operation, isBefore);
        } catch (KilledException | StoreUnavailableException e) {
            // On purpose.
            throw e;
        } catch (RuntimeException | Error e) {
            if (first == null) {
                first = e;
            }
            throw e;
        }
    }

    /** Fails as the first hook that failed. */
    void rethrow() {
        Throwable failure = first;
        if (failure != null) {
            throw new AssertionError("a hook failed: " + failure.getMessage(), failure);
        }
    }
}
