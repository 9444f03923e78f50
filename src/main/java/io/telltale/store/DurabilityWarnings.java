package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/** Logs at startup which settings weaken the durability of acknowledged readings, or the completeness of responses. */
final class DurabilityWarnings {

    private static final Logger log = Logger.getLogger(DurabilityWarnings.class);

    private DurabilityWarnings() {}

    /** Logs the warnings. Never fails: skips a check if Cassandra does not answer its query. */
    static Uni<Void> log(CqlSession session, StoreConfig config, WriteLevels writeLevels) {
        String keyspace = config.keyspace();
        Replication replication = Replication.of(session, keyspace);
        Map<String, Integer> nodes = KeyspaceReplication.nodesByDataCenter(session);
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
                .invoke(sync -> of(keyspace, replication, nodes, writeLevels, config.sharedTopics(), sync)
                        .forEach(log::warn))
                .replaceWithVoid();
    }

    static List<String> of(
            String keyspace,
            Replication replication,
            Map<String, Integer> nodesByDataCenter,
            WriteLevels writeLevels,
            boolean hasSharedTopics,
            String commitLogSync) {
        List<String> warnings = new ArrayList<>();
        if (replication.factors().containsKey(Replication.ANYWHERE) && nodesByDataCenter.size() > 1) {
            warnings.add(
                    ("keyspace %s: SimpleStrategy ignores that the cluster has several data centers (%s): one of them"
                                    + " may hold no replica of a reading, and local_ levels may then be unavailable; "
                                    + "use NetworkTopologyStrategy")
                            .formatted(keyspace, String.join(", ", nodesByDataCenter.keySet())));
        }
        replication.factors().forEach((where, factor) -> {
            int nodes = nodesOf(where, nodesByDataCenter);
            if (factor > nodes) {
                warnings.add(("keyspace %s: replication factor %d (%s) with %d nodes: replicas without a node count as"
                                + " unavailable, so that a level may fail while all nodes answer; add nodes or lower"
                                + " the factor")
                        .formatted(keyspace, factor, where, nodes));
            }
        });
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
        writeLevels.settings().forEach((key, level) -> {
            if (!replication.overlap(level, Database.level(Consistency.DEFAULT))) {
                warnings.add(
                        ("%s=%s and reads at %s do not overlap with %s: a read may miss durable readings; raise the"
                                        + " write consistency")
                                .formatted(
                                        key,
                                        WriteLevels.name(level),
                                        Consistency.DEFAULT.parameterValue(),
                                        replication.inWords()));
            }
        });
        if (hasSharedTopics && !replication.otherDataCenters().isEmpty()) {
            DefaultConsistencyLevel read = Database.level(Consistency.DEFAULT);
            writeLevels.settings().forEach((key, level) -> {
                if (level.isDcLocal() && replication.overlap(level, read)) {
                    warnings.add(("%s=%s and telltale.storage.shared-topics=true: reads at %s may miss readings that"
                                    + " the service stored in %s, so meta.complete is false; set"
                                    + " telltale.storage.shared-topics=false if it does not ingest the same topics"
                                    + " there, or read at each_quorum")
                            .formatted(
                                    key,
                                    WriteLevels.name(level),
                                    Consistency.DEFAULT.parameterValue(),
                                    String.join(", ", replication.otherDataCenters())));
                }
            });
        }
        return warnings;
    }

    private static int nodesOf(String where, Map<String, Integer> nodesByDataCenter) {
        return where.equals(Replication.ANYWHERE)
                ? nodesByDataCenter.values().stream()
                        .mapToInt(Integer::intValue)
                        .sum()
                : nodesByDataCenter.getOrDefault(where, 0);
    }
}
