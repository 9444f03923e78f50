package io.telltale.store;

import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.NodeState;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The nodes of Cassandra as this replica sees them. */
@Singleton
public class ClusterNodes {

    private final Database database;

    /** Whether a node is reachable, as the driver knows it. */
    public enum State {
        UP,
        DOWN,
        /** The driver has no connection to it and has received no event of it: usually of another data center. */
        UNKNOWN
    }

    /**
     * A node.
     *
     * @param address host and port
     * @param dataCenter null if the driver does not know it yet
     */
    public record ClusterNode(String address, @Nullable String dataCenter, State state) {}

    @Inject
    ClusterNodes(Database database) {
        this.database = database;
    }

    /** All known nodes by data center and address; none until the service has connected once. */
    public List<ClusterNode> all() {
        return database.nodes().stream()
                .map(node -> new ClusterNode(address(node), node.getDatacenter(), state(node.getState())))
                .sorted(Comparator.comparing(
                                ClusterNode::dataCenter, Comparator.nullsLast(Comparator.<String>naturalOrder()))
                        .thenComparing(ClusterNode::address))
                .toList();
    }

    private static String address(Node node) {
        SocketAddress address = node.getEndPoint().resolve();
        if (address instanceof InetSocketAddress internet) {
            // A contact point may have a name only.
            InetAddress ip = internet.getAddress();
            return "%s:%d".formatted(ip == null ? internet.getHostString() : ip.getHostAddress(), internet.getPort());
        }
        return address.toString();
    }

    private static State state(NodeState state) {
        return switch (state) {
            case UP -> State.UP;
            case DOWN, FORCED_DOWN -> State.DOWN;
            case UNKNOWN -> State.UNKNOWN;
        };
    }
}
