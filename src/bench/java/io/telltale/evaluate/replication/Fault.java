package io.telltale.evaluate.replication;

import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterNode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What a cell injects, and how it is undone. */
enum Fault {
    NONE("healthy", ""),
    NODE_LOST("node-lost", "a node lost: node 1 killed (SIGKILL)"),
    DATA_CENTER_LOST("center-lost", "a data center lost: all nodes of the first one killed (SIGKILL)"),
    DATA_CENTER_CUT("center-cut", "a data center cut off: no packet passes between the two");

    private static final double NANOS_PER_SECOND = 1e9;

    private final String slug;
    private final String description;

    Fault(String slug, String description) {
        this.slug = slug;
        this.description = description;
    }

    /** Of names of cells, and of the setting {@code fault}. */
    String slug() {
        return slug;
    }

    String description() {
        return description;
    }

    /** The nodes whose disks are lost with it. */
    List<ClusterNode> lostNodes(CassandraCluster cluster) {
        return switch (this) {
            case NONE, DATA_CENTER_CUT -> List.of();
            case NODE_LOST -> List.of(cluster.node(1));
            case DATA_CENTER_LOST -> cluster.nodes(cluster.dataCenter());
        };
    }

    void inject(CassandraCluster cluster) {
        if (this == DATA_CENTER_CUT) {
            List<String> dataCenters = dataCenters(cluster);
            cluster.network().split(dataCenters.get(0), dataCenters.get(1));
        }
        lostNodes(cluster).forEach(ClusterNode::kill);
    }

    /** Undoes it, and returns when all nodes see each other. The killed nodes start together, with their data. */
    void heal(CassandraCluster cluster) {
        if (this == NONE) {
            return;
        }
        if (this == DATA_CENTER_CUT) {
            cluster.network().heal();
        }
        ExecutorService starts = Executors.newCachedThreadPool();
        try {
            CompletableFuture.allOf(lostNodes(cluster).stream()
                            .map(node -> CompletableFuture.runAsync(node::start, starts))
                            .toArray(CompletableFuture[]::new))
                    .join();
        } finally {
            starts.shutdown();
        }
        cluster.awaitWhole();
    }

    /**
     * Returns when no node holds hints.
     *
     * @param beginNanos when healing began
     * @return seconds from then until the last hint was delivered
     */
    static double awaitHints(CassandraCluster cluster, long beginNanos) {
        cluster.awaitHintsDelivered();
        long took = System.nanoTime() - beginNanos - CassandraCluster.WITHOUT_HINTS.toNanos();
        return Math.max(0, took / NANOS_PER_SECOND);
    }

    static List<String> dataCenters(CassandraCluster cluster) {
        return cluster.nodes().stream().map(ClusterNode::dataCenter).distinct().toList();
    }
}
