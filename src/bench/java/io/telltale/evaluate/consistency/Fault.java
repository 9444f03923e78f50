package io.telltale.evaluate.consistency;

import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterNode;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** What happens to nodes of a ring of three. */
enum Fault {
    /** Nothing; node 3 is named the affected one all the same, for comparison. */
    NONE("none"),
    /** SIGKILL. Healing starts the node. */
    KILLED("node killed"),
    /** SIGSTOP: its connections exist, and nothing answers. */
    PAUSED("node paused"),
    /** Stopped for most of the time, in short intervals. */
    SLOW("node slow"),
    /** The other nodes and it do not reach each other; clients reach all of them. */
    CUT("node cut off"),
    /** SIGKILL of two nodes: one of three is no quorum. */
    TWO_LOST("two nodes lost");

    /** How long a slow node is stopped before it runs for half of that. */
    static final Duration SLOWNESS = Duration.ofMillis(200);

    private static final int LAST = 3;

    private final String label;

    Fault(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** The same as part of a cell's name. */
    String slug() {
        return label.toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    /** Whether at most one node is affected. */
    boolean isSingle() {
        return this != TWO_LOST;
    }

    boolean affects(int node) {
        return node == LAST || (this == TWO_LOST && node == LAST - 1);
    }

    void inject(CassandraCluster cluster) {
        ClusterNode last = cluster.node(LAST);
        switch (this) {
            case NONE -> {}
            case KILLED -> last.kill();
            case PAUSED -> last.pause();
            case SLOW -> cluster.network().slow(last, SLOWNESS);
            case CUT -> cluster.network().isolate(last);
            case TWO_LOST -> {
                last.kill();
                cluster.node(LAST - 1).kill();
            }
        }
    }

    /** Undoes it, also if it was injected in part. Returns when each node has answers of all of them. */
    void heal(CassandraCluster cluster) {
        switch (this) {
            case NONE -> {
                return;
            }
            case KILLED -> cluster.node(LAST).start();
            case PAUSED -> cluster.node(LAST).resume();
            case SLOW, CUT -> cluster.network().heal();
            case TWO_LOST ->
                // Together: a node that starts waits for the others.
                CompletableFuture.allOf(
                                CompletableFuture.runAsync(cluster.node(LAST)::start),
                                CompletableFuture.runAsync(cluster.node(LAST - 1)::start))
                        .join();
        }
        cluster.awaitWhole();
    }
}
