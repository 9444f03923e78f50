package io.telltale.evaluate.plants;

import static com.datastax.oss.driver.api.core.DefaultConsistencyLevel.ALL;
import static com.datastax.oss.driver.api.core.DefaultConsistencyLevel.ONE;

import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.Measured;
import io.telltale.local.CassandraCluster;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * Write ONE and read ONE do not overlap. Three nodes hold three copies, and the third node is cut off from the others,
 * so it gets neither the new write nor its hint. Clients reach all of them.
 */
final class CutReplicas {

    private static final int CONNECTED = 1;
    private static final int CUT_OFF = 3;

    private CutReplicas() {}

    /** Writes on one side of the cut, reads on the other. */
    static Measured readStale(CassandraCluster cluster, CellRun run) {
        return read(cluster, CUT_OFF);
    }

    /** A reader alternates between the sides. */
    static Measured readBackwards(CassandraCluster cluster, CellRun run) {
        return read(cluster, CONNECTED, CUT_OFF);
    }

    private static Measured read(CassandraCluster cluster, int... nodes) {
        try (RecordedTable table = RecordedTable.create(cluster)) {
            table.write(CONNECTED, ALL, 0, "old", 1);
            cluster.network().isolate(cluster.node(CUT_OFF));
            try {
                table.write(CONNECTED, ONE, 0, "new", 2);
                // The other node on this side may have acknowledged it first.
                List<Observed> written = List.of(RecordedTable.observed(0, "new"));
                Awaitility.await("the write on node " + CONNECTED)
                        .pollInSameThread()
                        .until(() -> table.rows(CONNECTED, ONE, 0, 1).equals(written));
                for (int node : nodes) {
                    table.read(1, false, false, () -> table.rows(node, ONE, 0, 1));
                }
            } finally {
                cluster.network().heal();
                cluster.awaitWhole();
            }
            return table.measured();
        }
    }
}
