package io.telltale.store;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import io.smallrye.mutiny.Uni;
import io.telltale.store.Statements.Cql;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;

/** Leases of background work, by compare-and-set. A lease saves work, and ends by itself; nothing depends on it. */
final class Leases {

    private final Database database;
    private final UUID replica;

    Leases(Database database, UUID replica) {
        this.database = database;
        this.replica = replica;
    }

    /** Takes or renews a lease. False if another replica has it. */
    Uni<Boolean> take(String name, Duration duration) {
        int seconds = (int) duration.toSeconds();
        return LwtRetry.retrying(database.run(statements -> statements
                        .get(Cql.TAKE_LEASE)
                        .boundStatementBuilder()
                        .setString(0, name)
                        .setUuid(1, replica)
                        .setInt(2, seconds)
                        .setExecutionProfileName("registry")
                        .build()))
                .chain(rows -> {
                    if (rows.wasApplied()) {
                        return Uni.createFrom().item(true);
                    }
                    return isOwn(Objects.requireNonNull(rows.one()))
                            ? renew(name, seconds)
                            : Uni.createFrom().item(false);
                });
    }

    private Uni<Boolean> renew(String name, int seconds) {
        return LwtRetry.retrying(database.run(statements -> statements
                        .get(Cql.RENEW_LEASE)
                        .boundStatementBuilder()
                        .setInt(0, seconds)
                        .setUuid(1, replica)
                        .setString(2, name)
                        .setUuid(3, replica)
                        .setExecutionProfileName("registry")
                        .build()))
                .map(AsyncResultSet::wasApplied);
    }

    private boolean isOwn(Row row) {
        return replica.equals(row.getUuid("holder"));
    }
}
