package io.telltale.local;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.Node;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A ring of three Cassandra nodes, each a child process with a third of the tokens, numbered from 1. Needs loopback
 * addresses beyond 127.0.0.1, which Linux has.
 *
 * <p>Nodes acknowledge what is on disk ({@link CommitLogSync#GROUP}). The ring would keep its promises without, but a
 * killed node would have forgotten writes that it acknowledged and that therefore nobody has a hint of: the copies would
 * agree only after a repair.
 */
public final class CassandraRing implements AutoCloseable {

    /** How many nodes. */
    public static final int NODES = 3;

    private final Path directory;
    private final List<CassandraServer> servers = new ArrayList<>();

    private CassandraRing(Path directory, List<Path> classPath) {
        this.directory = directory;
        for (CassandraPlace place : CassandraPlace.ring()) {
            servers.add(new CassandraServer(
                    place,
                    directory.resolve("cassandra-" + (servers.size() + 1)),
                    MemoryProfile.RING,
                    CommitLogSync.GROUP,
                    classPath));
        }
    }

    /**
     * Starts a fresh ring, all nodes together, and returns when each of them answers for all of them.
     *
     * @throws LocalStackException if it cannot be had; nothing is left running then
     */
    public static CassandraRing start() {
        CassandraRing ring = new CassandraRing(
                Directories.fresh("ring"), ServerClassPath.cassandra().resolve(Progress.SILENT));
        try {
            ring.servers.forEach(ServerProcess::launch);
            ring.servers.forEach(ServerProcess::awaitReady);
            ring.awaitWhole();
            return ring;
        } catch (RuntimeException e) {
            ring.close();
            throw e;
        }
    }

    /** {@code host:port} of CQL of all nodes, with commas between. */
    public String contactPoints() {
        return servers.stream().map(CassandraServer::contactPoint).collect(Collectors.joining(","));
    }

    /** A node to be killed, paused, started again. Its start returns when it answers; others may need a moment more. */
    public CassandraNode node(int number) {
        CassandraServer server = servers.get(number - 1);
        return new CassandraNode(server.contactPoint(), server);
    }

    /** A session on all nodes. The caller closes it. */
    public CqlSession connect() {
        return CassandraNode.connectTo(contactPoints());
    }

    /** The driver's name for a node, to send a statement to that one. */
    public Node nodeOf(CqlSession session, int number) {
        String address = servers.get(number - 1).contactPoint();
        return session.getMetadata().getNodes().values().stream()
                .filter(node -> node.getEndPoint().resolve() instanceof InetSocketAddress at
                        && address.equals(at.getAddress().getHostAddress() + ":" + at.getPort()))
                .findFirst()
                .orElseThrow(() -> new LocalStackException("the driver does not know node " + number));
    }

    /** Returns when each node has answers of all of them. */
    public void awaitWhole() {
        try (CqlSession session = connect()) {
            servers.get(0).awaitAnswer(() -> answersForAll(session));
        }
    }

    /** By a table that Cassandra itself replicates three times: it tells of every node only if every node answers. */
    private boolean answersForAll(CqlSession session) {
        SimpleStatement question = SimpleStatement.newInstance("SELECT * FROM system_distributed.parent_repair_history")
                .setConsistencyLevel(ConsistencyLevel.ALL);
        try {
            IntStream.rangeClosed(1, NODES)
                    .forEach(number -> session.execute(question.setNode(nodeOf(session, number))));
            return true;
        } catch (DriverException | LocalStackException e) {
            return false;
        }
    }

    /** Kills all nodes. The logs stay until the next run. */
    @Override
    public void close() {
        for (int i = 0; i < servers.size(); i++) {
            servers.get(i).kill();
            Directories.delete(directory.resolve("cassandra-" + (i + 1)).resolve("data"));
        }
    }
}
