package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.ExecutionInfo;
import com.datastax.oss.driver.api.core.loadbalancing.NodeDistance;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.NodeState;
import io.telltale.settings.RateLimitedLog;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Observes whether another data center answers instead of the local one, which {@code
 * telltale.storage.failover-nodes} permits. A {@code local_} level then means a quorum there, and shares no replica
 * with one here.
 */
final class DataCenterFailover {

    private static final Logger log = Logger.getLogger(DataCenterFailover.class);
    /** The coordinator changes with each request while some local nodes answer and others do not. */
    private static final RateLimitedLog LOCAL_AGAIN = new RateLimitedLog(log, Logger.Level.INFO);

    private static final RateLimitedLog REMOTE = new RateLimitedLog(log, Logger.Level.WARN);
    private static final String LOCAL = "";

    /** The data center that coordinated the latest response; {@link #LOCAL} for the local one. */
    private final AtomicReference<String> coordinator = new AtomicReference<>(LOCAL);

    private volatile boolean hasAnswered;

    /** Takes note of a response. Called for each, before its result is used. */
    void observe(ExecutionInfo execution) {
        observe(execution.getCoordinator());
    }

    void observe(@Nullable Node node) {
        String now = node != null && node.getDistance() == NodeDistance.REMOTE
                ? String.valueOf(node.getDatacenter())
                : LOCAL;
        if (!now.equals(LOCAL)) {
            hasAnswered = true;
        }
        if (!now.equals(coordinator.get()) && !now.equals(coordinator.getAndSet(now))) {
            logChange(now);
        }
    }

    private static void logChange(String dataCenter) {
        if (dataCenter.equals(LOCAL)) {
            LOCAL_AGAIN.say(
                    "The local data center of Cassandra answers again. Readings stored elsewhere meanwhile arrive"
                            + " by hints; after more than three hours run 'nodetool repair'. Then restart the "
                            + "service: until then meta.complete is false at local_ levels, and longer if"
                            + " telltale.storage.shared-topics is true");
        } else {
            REMOTE.say(("data-center=%s answers instead of the local data center of Cassandra: local_ levels mean its"
                            + " replicas now, and reads may miss readings stored before; restore the local nodes")
                    .formatted(dataCenter));
        }
    }

    /**
     * Whether durable readings and reads may be in different data centers: from the first response of another one
     * until the process ends, since only the operator knows when all replicas have been repaired. Also before, when no
     * local node is up.
     */
    boolean hasHappened(CqlSession session) {
        return hasAnswered || hasLostAll(session.getMetadata().getNodes().values());
    }

    /** Whether another data center has answered at least once. */
    boolean hasAnswered() {
        return hasAnswered;
    }

    static boolean hasLostAll(Collection<Node> nodes) {
        return nodes.stream().anyMatch(DataCenterFailover::isUpElsewhere)
                && nodes.stream().noneMatch(DataCenterFailover::isUpHere);
    }

    private static boolean isUpElsewhere(Node node) {
        return node.getDistance() == NodeDistance.REMOTE && node.getState() == NodeState.UP;
    }

    private static boolean isUpHere(Node node) {
        return node.getDistance() == NodeDistance.LOCAL && node.getState() == NodeState.UP;
    }
}
