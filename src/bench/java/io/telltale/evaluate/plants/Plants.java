package io.telltale.evaluate.plants;

import io.telltale.evaluate.Cell;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.Environment;
import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterNetwork;
import io.telltale.local.ClusterPlan;
import io.telltale.local.CommitLogSync;

/** The planted fault of each check. */
public final class Plants {

    private static final Environment<CassandraCluster> RING =
            environment("plant-ring", ClusterPlan.ring(3).isolated());
    private static final Environment<CassandraCluster> NODE = environment("plant-node", ClusterPlan.ring(1));
    private static final Environment<CassandraCluster> PERIODIC_NODE =
            environment("plant-periodic-node", ClusterPlan.ring(1).with(CommitLogSync.PERIODIC));

    private Plants() {}

    /** The cell that contains the fault which the check must catch. */
    public static Cell of(Check check) {
        String name = "plant-" + check.label();
        return switch (check) {
            case LOST -> Cell.on(PERIODIC_NODE, name, LostWrites::run);
            case STALE -> Cell.on(RING, name, CutReplicas::readStale).unless(ClusterNetwork::unavailable);
            case NON_MONOTONIC ->
                Cell.on(RING, name, CutReplicas::readBackwards).unless(ClusterNetwork::unavailable);
            case INVENTED -> Cell.on(NODE, name, FaultyReaders::invent);
            case DUPLICATE -> Cell.on(NODE, name, FaultyReaders::repeat);
            case FALSE_COMPLETE -> Cell.on(NODE, name, FaultyReaders::claimComplete);
            case WRONG_WINNER -> Cell.on(NODE, name, ArrivalOrder::run);
        };
    }

    private static Environment<CassandraCluster> environment(String name, ClusterPlan plan) {
        return new Environment<>(name, CassandraCluster.class, () -> CassandraCluster.start(plan));
    }
}
