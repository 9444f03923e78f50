package io.telltale.local;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Cuts and heals the links of a cluster whose nodes have network namespaces. A link connects two nodes, or a node with
 * the clients: the root namespace, where tests and the service run.
 *
 * <p>A cut loses packets silently, also those of established connections. It is a static neighbor entry: the sender
 * addresses its frames to a hardware address that no one has. A {@code blackhole} route would tell the sender: its new
 * connections fail at once instead of timing out. A one-way cut also loses the acknowledgments of the other direction:
 * there, TCP still delivers what it sends first, such as a single request, and then only repeats it.
 */
public final class ClusterNetwork implements AutoCloseable {

    private final ClusterNamespaces namespaces;
    private final List<ClusterNode> nodes;
    private final Deque<Runnable> undo = new ArrayDeque<>();

    ClusterNetwork(ClusterNamespaces namespaces, List<ClusterNode> nodes) {
        this.namespaces = namespaces;
        this.nodes = nodes;
    }

    /** Why namespaces cannot be used here; empty if they can. */
    public static Optional<String> unavailable() {
        return ClusterNamespaces.unavailable();
    }

    /** One way: what {@code from} sends to {@code to} is lost. */
    public synchronized void cut(ClusterNode from, ClusterNode to) {
        undo.push(namespaces.lose(from.number(), to.number()));
    }

    /** Both ways, from all other nodes. Clients still reach it. */
    public void isolate(ClusterNode node) {
        nodes.stream().filter(other -> other.number() != node.number()).forEach(other -> cutBothWays(node, other));
    }

    /** Both ways. Other nodes still reach it. */
    public synchronized void cutFromClients(ClusterNode node) {
        undo.push(namespaces.lose(node.number(), ClusterNamespaces.CLIENTS));
        undo.push(namespaces.lose(ClusterNamespaces.CLIENTS, node.number()));
    }

    /** Both ways, between all nodes of two data centers. */
    public void split(String dataCenter, String otherDataCenter) {
        for (ClusterNode node : nodesOf(dataCenter)) {
            nodesOf(otherDataCenter).forEach(other -> cutBothWays(node, other));
        }
    }

    /**
     * Slows a node down, for clients and for other nodes. Its process is stopped (SIGSTOP) for {@code delay}, runs for
     * half that time, and so on. A request waits between nothing and {@code delay}, a third of it on average, and the
     * node has a third of its capacity. So this is a slow node, as in long pauses of its garbage collector, and not a
     * slow link: Linux has {@code tc netem} for that, which not every kernel has. Use less than the request timeouts
     * (2 s for writes, 5 s for reads). A restarted node is no longer slow.
     */
    public synchronized void slow(ClusterNode node, Duration delay) {
        node.slow(delay);
        undo.push(node::resume);
    }

    /** Undoes everything. Nodes need some seconds to see each other again: see {@link CassandraCluster#awaitWhole}. */
    public synchronized void heal() {
        while (!undo.isEmpty()) {
            undo.pop().run();
        }
    }

    /** Removes the namespaces, with all links. */
    @Override
    public void close() {
        namespaces.close();
    }

    private void cutBothWays(ClusterNode one, ClusterNode other) {
        cut(one, other);
        cut(other, one);
    }

    private List<ClusterNode> nodesOf(String dataCenter) {
        List<ClusterNode> found = nodes.stream()
                .filter(node -> node.dataCenter().equals(dataCenter))
                .toList();
        if (found.isEmpty()) {
            throw new IllegalArgumentException("no data center is named " + dataCenter);
        }
        return found;
    }
}
