package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.schema.KeyspaceMetadata;
import io.smallrye.mutiny.Uni;
import io.telltale.settings.Bounds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The replication that is set for the keyspace. A new keyspace gets it. That of an existing one is changed only if the
 * operator names the replication that is to be replaced; every other difference is reported. Whether a change is safe
 * depends on the repair afterwards, which only the operator can do.
 */
final class KeyspaceReplication {

    private static final Logger log = Logger.getLogger(KeyspaceReplication.class);
    private static final String KEY = "telltale.storage.replication";
    private static final String REPLACED_KEY = "telltale.storage.replace-replication";
    private static final int DEFAULT_FACTOR = 3;

    private final String keyspace;
    private final @Nullable ReplicationSetting setting;
    private final @Nullable ReplicationSetting replaced;

    /** @throws IllegalArgumentException for an invalid setting */
    KeyspaceReplication(StoreConfig config) {
        this.keyspace = config.keyspace();
        this.setting = config.replication()
                .map(text -> ReplicationSetting.parse(KEY, text))
                .orElse(null);
        this.replaced = config.replaceReplication()
                .map(text -> ReplicationSetting.parse(REPLACED_KEY, text))
                .orElse(null);
        Bounds.require(
                replaced == null || setting != null,
                REPLACED_KEY,
                config.replaceReplication().orElse(""),
                "none without " + KEY + ", which names what to replace it with");
    }

    /**
     * The replication of a new keyspace. Default: the lesser of three and the number of nodes, in the local data
     * center.
     *
     * @throws ClusterLimits.ExceededException if the setting names a data center that the cluster does not have
     */
    ReplicationSetting ofNewKeyspace(CqlSession session) {
        Map<String, Integer> nodes = nodesByDataCenter(session);
        if (setting != null) {
            return checked(setting, nodes);
        }
        String local = Replication.localDataCenter(session);
        return new ReplicationSetting(
                ReplicationSetting.BY_DATA_CENTER,
                Map.of(local, Math.max(1, Math.min(DEFAULT_FACTOR, nodes.getOrDefault(local, 0)))));
    }

    /**
     * Compares the keyspace with the setting. Changes the keyspace if it has the replication that is to be replaced;
     * otherwise logs the difference.
     *
     * @throws ClusterLimits.ExceededException if the setting names a data center that the cluster does not have
     */
    Uni<Void> reconcile(CqlSession session) {
        Optional<KeyspaceMetadata> found = session.getMetadata().getKeyspace(keyspace);
        if (setting == null || found.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        Map<String, Integer> nodes = nodesByDataCenter(session);
        ReplicationSetting present = ReplicationSetting.of(found.get().getReplication());
        ReplicationSetting wanted = checked(setting, nodes);
        if (present.equals(wanted)) {
            return Uni.createFrom().voidItem();
        }
        if (replaced == null || !present.equals(replaced.in(nodes.keySet()))) {
            log.warn(difference(present, wanted));
            return Uni.createFrom().voidItem();
        }
        return Uni.createFrom()
                .completionStage(() -> session.executeAsync(SimpleStatement.newInstance(
                                "ALTER KEYSPACE %s WITH replication = %s".formatted(keyspace, wanted.cql()))
                        .setExecutionProfileName("schema")))
                .invoke(() -> log.warnf(
                        "keyspace=%s: replication changed from %s to %s, as setting %s requests; now %s",
                        keyspace, present.cql(), wanted.cql(), REPLACED_KEY, String.join("; ", steps(present, wanted))))
                .replaceWithVoid();
    }

    /** How a keyspace differs from the setting, and what to do about it. */
    private String difference(ReplicationSetting present, ReplicationSetting wanted) {
        return ("keyspace=%s: replication is %s, but %s=%s; the keyspace is not changed. To change it, start once with"
                        + " %s=%s, then %s")
                .formatted(
                        keyspace,
                        present.cql(),
                        KEY,
                        wanted.cql(),
                        REPLACED_KEY,
                        present.cql(),
                        String.join("; ", steps(present, wanted)));
    }

    /** What the operator has to do after a change, so that no read misses a durable reading. */
    List<String> steps(ReplicationSetting before, ReplicationSetting after) {
        List<String> steps = new ArrayList<>();
        if (!before.strategy().equals(after.strategy())) {
            steps.add("run 'nodetool repair -full %s' on every node: until then reads may miss readings, at every level"
                    .formatted(keyspace));
            steps.add("then run 'nodetool cleanup %s' on every node".formatted(keyspace));
            return steps;
        }
        boolean isShrinking = false;
        for (Map.Entry<String, Integer> factor : after.factors().entrySet()) {
            int former = before.factors().getOrDefault(factor.getKey(), 0);
            isShrinking |= factor.getValue() < former;
            String nodes = factor.getKey().equals(Replication.ANYWHERE) ? "" : " of " + factor.getKey();
            if (former == 0) {
                steps.add(("run 'nodetool rebuild -ks %s SOURCE_DATA_CENTER' on every node%s: until then its local_ "
                                + "levels miss readings")
                        .formatted(keyspace, nodes));
            } else if (factor.getValue() > former) {
                steps.add("run 'nodetool repair -full %s' on every node%s: until then reads may miss readings"
                        .formatted(keyspace, nodes));
            }
        }
        if (isShrinking
                || !after.factors().keySet().containsAll(before.factors().keySet())) {
            steps.add("run 'nodetool cleanup %s' on every node, which frees the space of replicas that are not needed"
                    .formatted(keyspace));
        }
        return steps;
    }

    private static ReplicationSetting checked(ReplicationSetting setting, Map<String, Integer> nodes) {
        ReplicationSetting expanded = setting.in(nodes.keySet());
        expanded.factors().keySet().stream()
                .filter(name -> !name.equals(Replication.ANYWHERE) && !nodes.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new ClusterLimits.ExceededException(
                            "%s names data center %s; expected one of the cluster's: %s"
                                    .formatted(KEY, name, String.join(", ", nodes.keySet())));
                });
        return expanded;
    }

    /** The number of nodes of each data center, sorted by name. */
    static Map<String, Integer> nodesByDataCenter(CqlSession session) {
        return session.getMetadata().getNodes().values().stream()
                .map(Node::getDatacenter)
                .filter(Objects::nonNull)
                .collect(Collectors.toMap(name -> name, name -> 1, Integer::sum, TreeMap::new));
    }
}
