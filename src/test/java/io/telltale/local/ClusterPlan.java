package io.telltale.local;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Data centers, racks and nodes of a Cassandra cluster. Nodes are numbered from 1, over all data centers in order.
 *
 * @param isIsolated whether every node has a network namespace of its own, so that links can be cut
 */
public record ClusterPlan(
        List<DataCenter> dataCenters, CommitLogSync commitLogSync, MemoryProfile memory, boolean isIsolated) {

    private static final int MOST_NODES = 12;
    private static final int MOST_RACKS = 3;

    /** A data center. Its nodes take its racks in turn: "rack1", "rack2" and so on. */
    public record DataCenter(String name, int nodes, int racks) {

        public DataCenter {
            if (!name.matches("[a-z][a-z0-9]{0,30}")) {
                throw new IllegalArgumentException(
                        "data center '%s'; expected lower-case letters and digits, a letter first".formatted(name));
            }
            if (nodes < 1) {
                throw new IllegalArgumentException(
                        "data center %s has %d nodes; expected at least 1".formatted(name, nodes));
            }
            if (racks < 1 || racks > nodes) {
                throw new IllegalArgumentException("data center %s has %d racks; expected 1 to %d, the number of nodes"
                        .formatted(name, racks, nodes));
            }
        }
    }

    /** A node of the plan, with its place among the tokens. */
    record PlannedNode(int number, String dataCenter, String rack, long token) {}

    public ClusterPlan {
        dataCenters = List.copyOf(dataCenters);
        Set<String> names = new HashSet<>();
        for (DataCenter dataCenter : dataCenters) {
            if (!names.add(dataCenter.name())) {
                throw new IllegalArgumentException(
                        "two data centers are named %s; expected different names".formatted(dataCenter.name()));
            }
        }
        int nodes = dataCenters.stream().mapToInt(DataCenter::nodes).sum();
        if (nodes < 1 || nodes > MOST_NODES) {
            throw new IllegalArgumentException(
                    "the cluster has %d nodes; expected 1 to %d".formatted(nodes, MOST_NODES));
        }
    }

    /** One data center, {@link CassandraNode#DATACENTER}, with one rack. */
    public static ClusterPlan ring(int nodes) {
        return of(List.of(new DataCenter(CassandraNode.DATACENTER, nodes, 1)));
    }

    /**
     * {@code dc1} with the first number of nodes, {@code dc2} with the second, and so on; up to three racks in each.
     */
    public static ClusterPlan dataCenters(int... nodes) {
        List<DataCenter> dataCenters = new ArrayList<>();
        for (int each : nodes) {
            dataCenters.add(new DataCenter("dc" + (dataCenters.size() + 1), each, Math.min(each, MOST_RACKS)));
        }
        return of(dataCenters);
    }

    /**
     * Nodes acknowledge what is on disk. A cluster keeps its promises without, but a killed node would forget
     * acknowledged writes for which no node holds a hint: replicas would then differ until a repair.
     */
    private static ClusterPlan of(List<DataCenter> dataCenters) {
        return new ClusterPlan(dataCenters, CommitLogSync.GROUP, MemoryProfile.RING, false);
    }

    /** The same, every node in a network namespace of its own: see {@link ClusterNetwork}. */
    public ClusterPlan isolated() {
        return new ClusterPlan(dataCenters, commitLogSync, memory, true);
    }

    /** The same, with another commit log sync. */
    public ClusterPlan with(CommitLogSync otherSync) {
        return new ClusterPlan(dataCenters, otherSync, memory, isIsolated);
    }

    /** The same, with another memory profile. */
    public ClusterPlan with(MemoryProfile otherMemory) {
        return new ClusterPlan(dataCenters, commitLogSync, otherMemory, isIsolated);
    }

    /**
     * All nodes in order. The tokens of each data center are evenly spread, and moved by its index, since no two nodes
     * of a cluster may share a token.
     */
    List<PlannedNode> nodes() {
        List<PlannedNode> nodes = new ArrayList<>();
        for (int index = 0; index < dataCenters.size(); index++) {
            DataCenter dataCenter = dataCenters.get(index);
            long width = Long.divideUnsigned(-1L, dataCenter.nodes());
            for (int i = 0; i < dataCenter.nodes(); i++) {
                nodes.add(new PlannedNode(
                        nodes.size() + 1,
                        dataCenter.name(),
                        "rack" + (i % dataCenter.racks() + 1),
                        Long.MIN_VALUE + i * width + index * 100L));
            }
        }
        return nodes;
    }

    /** Replicates to all nodes of all data centers. */
    String replicationToAll() {
        StringBuilder replication = new StringBuilder("{'class': 'NetworkTopologyStrategy'");
        dataCenters.forEach(each -> replication.append(", '%s': %d".formatted(each.name(), each.nodes())));
        return replication.append('}').toString();
    }
}
