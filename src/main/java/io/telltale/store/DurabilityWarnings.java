package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jboss.logging.Logger;

/** Logs at startup which settings of the cluster weaken the durability of acknowledged readings. */
final class DurabilityWarnings {

    private static final Logger log = Logger.getLogger(DurabilityWarnings.class);

    private DurabilityWarnings() {}

    /** Logs the warnings. Never fails: skips a check if Cassandra does not answer its query. */
    static Uni<Void> log(CqlSession session, String keyspace, DefaultConsistencyLevel writeLevel) {
        Replication replication = Replication.of(session, keyspace);
        return Uni.createFrom()
                .completionStage(() -> session.executeAsync(SimpleStatement.newInstance(
                                "SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'")
                        .setExecutionProfileName("schema")))
                .map(rows -> {
                    Row row = rows.one();
                    return row == null ? "" : String.valueOf(row.getString(0));
                })
                .onFailure()
                .recoverWithItem("")
                .invoke(sync -> of(keyspace, replication, writeLevel, sync).forEach(log::warn))
                .replaceWithVoid();
    }

    static List<String> of(
            String keyspace, Replication replication, DefaultConsistencyLevel writeLevel, String commitLogSync) {
        List<String> warnings = new ArrayList<>();
        replication.factors().forEach((where, factor) -> {
            if (factor == 1) {
                warnings.add("keyspace %s: replication factor 1 (%s): a reading is lost with its only node; use 3"
                        .formatted(keyspace, where));
                if (commitLogSync.equals("periodic")) {
                    warnings.add("commitlog_sync is periodic with replication factor 1: a node that is killed loses"
                            + " the writes that it acknowledged last; use group or batch");
                }
            }
        });
        if (!replication.overlap(writeLevel, Database.level(Consistency.DEFAULT))) {
            warnings.add(("telltale.storage.write-consistency=%s and reads at %s do not overlap with replication %s:"
                            + " a read may miss durable readings; raise the write consistency")
                    .formatted(
                            writeLevel.name().toLowerCase(Locale.ROOT),
                            Consistency.DEFAULT.parameterValue(),
                            replication.factors()));
        }
        return warnings;
    }
}
