package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** Checks at startup that the cluster supports what the settings require. Otherwise every write would fail later. */
final class ClusterLimits {

    private ClusterLimits() {}

    /** The cluster does not support the settings: retries are useless. */
    static final class ExceededException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ExceededException(String message) {
            super(message);
        }
    }

    /** Fails with {@link ExceededException}. Accepts older clusters, which do not report their limits. */
    static Uni<Void> check(CqlSession session, Retention retention) {
        return Uni.createFrom()
                .completionStage(() -> session.executeAsync(SimpleStatement.newInstance(
                                "SELECT value FROM system_views.settings WHERE name = 'storage_compatibility_mode'")
                        .setExecutionProfileName("schema")))
                .map(rows -> Optional.ofNullable(rows.one())
                        .map(row -> row.getString(0))
                        .orElse(""))
                .onFailure()
                .recoverWithItem("")
                .invoke(mode -> retention.conflictWith(mode).ifPresent(reason -> {
                    throw new ExceededException(reason);
                }))
                .replaceWithVoid();
    }
}
