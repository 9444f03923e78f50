package io.telltale.store;

/** Creates the failure of a store that does not answer, for tests of other packages. */
public final class UnavailableStore {

    private UnavailableStore() {}

    public static StoreUnavailableException failure() {
        return new StoreUnavailableException(
                "Cassandra cannot answer: level local_quorum requires 2 replicas, alive: 1");
    }
}
