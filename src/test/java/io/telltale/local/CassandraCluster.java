package io.telltale.local;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A Cassandra cluster, each node a child process, as a {@link ClusterPlan} says. A plan that is not isolated needs
 * loopback addresses beyond 127.0.0.1, which Linux has.
 */
public final class CassandraCluster implements AutoCloseable {

    private static final Duration HINTS_LIMIT = Duration.ofMinutes(3);

    /** A write that times out leaves its hint after 2 s, and hints are flushed to disk every second. */
    public static final Duration WITHOUT_HINTS = Duration.ofSeconds(4);

    /** A table that every node has, so that a read at ALL needs an answer of every node. */
    private static final String QUESTION = "SELECT id FROM cluster_check.everywhere WHERE id = 0";

    private final ClusterPlan plan;
    private final Path directory;
    private final List<ClusterNode> nodes = new ArrayList<>();
    private final @Nullable ClusterNetwork network;

    private CassandraCluster(ClusterPlan plan, Path directory, List<Path> classPath) {
        this.plan = plan;
        this.directory = directory;
        ClusterNamespaces namespaces =
                plan.isIsolated() ? ClusterNamespaces.create(plan.nodes().size()) : null;
        List<CassandraPlace> places =
                namespaces == null ? CassandraPlace.onLoopback(plan) : CassandraPlace.inNamespaces(plan, namespaces);
        for (CassandraPlace place : places) {
            int number = nodes.size() + 1;
            CassandraServer server = new CassandraServer(
                    place, directoryOf(directory, number), plan.memory(), plan.commitLogSync(), classPath);
            nodes.add(new ClusterNode(number, place, server));
        }
        this.network = namespaces == null ? null : new ClusterNetwork(namespaces, nodes);
    }

    /**
     * Starts a fresh cluster, all nodes together, and returns when each of them answers for all of them.
     *
     * @throws LocalStackException if it cannot be had; nothing is left running then
     */
    public static CassandraCluster start(ClusterPlan plan) {
        CassandraCluster cluster = new CassandraCluster(
                plan, Directories.fresh("cluster"), ServerClassPath.cassandra().resolve(Progress.SILENT));
        try {
            cluster.nodes.forEach(node -> node.server().launch());
            cluster.nodes.forEach(node -> node.server().awaitReady());
            cluster.createQuestion();
            cluster.awaitWhole();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    /** All nodes, in order of their numbers. */
    public List<ClusterNode> nodes() {
        return List.copyOf(nodes);
    }

    public List<ClusterNode> nodes(String dataCenter) {
        return nodes.stream()
                .filter(node -> node.dataCenter().equals(dataCenter))
                .toList();
    }

    /** The node of that number, from 1. */
    public ClusterNode node(int number) {
        return nodes.get(number - 1);
    }

    /** {@code host:port} of CQL of all nodes, with commas between. */
    public String contactPoints() {
        return contactPoints(nodes);
    }

    public String contactPoints(String dataCenter) {
        return contactPoints(nodes(dataCenter));
    }

    /** The name of the first data center. */
    public String dataCenter() {
        return plan.dataCenters().get(0).name();
    }

    /** A session with the nodes of a data center. It sends nothing to nodes of another one. The caller closes it. */
    public CqlSession connect(String dataCenter) {
        return CassandraNode.connectTo(contactPoints(dataCenter), dataCenter);
    }

    /** A session with the first data center. The caller closes it. */
    public CqlSession connect() {
        return connect(dataCenter());
    }

    /** The driver's name for a node, to send a statement to that one: see {@link SimpleStatement#setNode}. */
    public Node nodeOf(CqlSession session, int number) {
        String address = node(number).contactPoint();
        return session.getMetadata().getNodes().values().stream()
                .filter(node -> node.getEndPoint().resolve() instanceof InetSocketAddress at
                        && address.equals(at.getAddress().getHostAddress() + ":" + at.getPort()))
                .findFirst()
                .orElseThrow(() -> new LocalStackException("the driver does not know node " + number));
    }

    /** Returns when each node has answers of all of them. */
    public void awaitWhole() {
        for (ClusterPlan.DataCenter each : plan.dataCenters()) {
            try (CqlSession session = connect(each.name())) {
                nodes(each.name())
                        .forEach(node -> node.server().awaitAnswer(() -> answersForAll(session, node.number())));
            }
        }
    }

    /** Returns when all nodes have the same schema. The driver does not wait for nodes that it has no state of yet. */
    public void awaitSchemaAgreement() {
        List<CqlSession> sessions = new ArrayList<>();
        try {
            plan.dataCenters().forEach(each -> sessions.add(connect(each.name())));
            node(1).server().awaitAnswer(() -> hasOneSchema(sessions));
        } finally {
            sessions.forEach(CqlSession::close);
        }
    }

    /**
     * Returns when no node has held hints for another one for {@link #WITHOUT_HINTS}. A node that is up again has not
     * yet received them: they are dispatched every 10 s.
     *
     * @throws LocalStackException if a node still holds some after three minutes, because their target is down or cut
     *     off
     */
    public void awaitHintsDelivered() {
        try {
            Awaitility.await()
                    .atMost(HINTS_LIMIT)
                    .during(WITHOUT_HINTS)
                    .pollInterval(Duration.ofMillis(250))
                    .until(() -> nodes.stream().noneMatch(ClusterNode::hasHints));
        } catch (ConditionTimeoutException e) {
            throw new LocalStackException(
                    "after %d s these nodes still hold hints: %s"
                            .formatted(
                                    HINTS_LIMIT.toSeconds(),
                                    nodes.stream().filter(ClusterNode::hasHints).toList()),
                    e);
        }
    }

    /** A full repair of a keyspace, started on every node in turn. */
    public void repair(String keyspace) {
        nodes.forEach(node -> node.nodeTool("repair", "-full", keyspace));
    }

    /**
     * The links between nodes.
     *
     * @throws LocalStackException if the plan is not isolated
     */
    public ClusterNetwork network() {
        if (network == null) {
            throw new LocalStackException("the nodes share one network, whose links cannot be cut;"
                    + " start the cluster with ClusterPlan.isolated()");
        }
        return network;
    }

    /** Kills all nodes. The logs stay until the next run. */
    @Override
    public void close() {
        for (ClusterNode node : nodes) {
            node.kill();
            Directories.delete(directoryOf(directory, node.number()).resolve("data"));
        }
        if (network != null) {
            network.close();
        }
    }

    /** Nodes that have just started may not see each other, so that a schema change fails. */
    private void createQuestion() {
        try (CqlSession session = connect()) {
            node(1).server().awaitAnswer(() -> {
                try {
                    session.execute("CREATE KEYSPACE IF NOT EXISTS cluster_check WITH replication = "
                            + plan.replicationToAll());
                    session.execute("CREATE TABLE IF NOT EXISTS cluster_check.everywhere (id int PRIMARY KEY)");
                    return true;
                } catch (DriverException e) {
                    return false;
                }
            });
        }
    }

    private boolean answersForAll(CqlSession session, int number) {
        try {
            session.execute(SimpleStatement.newInstance(QUESTION)
                    .setConsistencyLevel(ConsistencyLevel.ALL)
                    .setNode(nodeOf(session, number)));
            return true;
        } catch (DriverException | LocalStackException e) {
            return false;
        }
    }

    /** @param sessions with each data center, in order */
    private boolean hasOneSchema(List<CqlSession> sessions) {
        Set<Object> versions = new HashSet<>();
        try {
            for (int i = 0; i < sessions.size(); i++) {
                CqlSession session = sessions.get(i);
                for (ClusterNode node : nodes(plan.dataCenters().get(i).name())) {
                    SimpleStatement question = SimpleStatement.newInstance(
                                    "SELECT schema_version FROM system.local WHERE key = 'local'")
                            .setNode(nodeOf(session, node.number()));
                    Row row = session.execute(question).one();
                    versions.add(row == null ? node : String.valueOf(row.getUuid(0)));
                }
            }
            return versions.size() == 1;
        } catch (DriverException | LocalStackException e) {
            return false;
        }
    }

    private static String contactPoints(List<ClusterNode> nodes) {
        return nodes.stream().map(ClusterNode::contactPoint).collect(Collectors.joining(","));
    }

    private static Path directoryOf(Path directory, int number) {
        return directory.resolve("cassandra-" + number);
    }
}
