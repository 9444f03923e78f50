package io.telltale.store;

import io.telltale.api.CursorKey;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The key for cursors, as the replicas share it in table {@code secrets}. */
@Singleton
class StoredCursorKey implements CursorKey {

    private final Database database;

    @Inject
    StoredCursorKey(Database database) {
        this.database = database;
    }

    /** @throws StoreUnavailableException until Cassandra was reached once */
    @Override
    public byte[] bytes() {
        return database.cursorKey();
    }
}
