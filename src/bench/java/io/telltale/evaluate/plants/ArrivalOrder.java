package io.telltale.evaluate.plants;

import static com.datastax.oss.driver.api.core.DefaultConsistencyLevel.ONE;

import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Measured;
import io.telltale.local.CassandraCluster;

/** A writer that ignores record times: of two records for one instant, the one that arrives last wins. */
final class ArrivalOrder {

    private ArrivalOrder() {}

    static Measured run(CassandraCluster cluster, CellRun run) {
        try (RecordedTable table = RecordedTable.create(cluster)) {
            table.writeByArrival(0, "recorded later", 2);
            table.writeByArrival(0, "recorded earlier", 1);
            table.read(1, false, true, () -> table.rows(1, ONE, 0, 1));
            return table.measured();
        }
    }
}
