package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** What a cluster cannot do that the settings ask of it: found out at the start, before every write fails. */
final class ClusterLimits {

    private ClusterLimits() {}

    /** The settings and the cluster do not fit. Waiting helps nothing. */
    static final class ExceededException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ExceededException(String message) {
            super(message);
        }
    }

    /** Fails with {@link ExceededException}; a cluster that does not tell, because it is older, is taken as it is. */
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
                .invoke(mode -> retention.unfit(mode).ifPresent(reason -> {
                    throw new ExceededException(reason);
                }))
                .replaceWithVoid();
    }
}
