package io.telltale.evaluate.replication;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Measured;
import io.telltale.local.CassandraCluster;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A keyspace of one replication, its clients, and a fault.
 *
 * @param replication of the keyspace
 * @param fault that is injected
 */
record ReplicationCell(KeyspaceReplication replication, Fault fault) {

    Measured run(CassandraCluster cluster, CellRun run) {
        String keyspace =
                "replication_%s_%s".formatted(replication.slug(), fault.slug()).replace('-', '_');
        Map<String, CqlSession> sessions = new LinkedHashMap<>();
        Fault.dataCenters(cluster).forEach(name -> sessions.put(name, cluster.connect(name)));
        CqlSession first = sessions.values().iterator().next();
        try {
            RegisterTable.create(first, keyspace, replication);
            double diskBytes = DiskUse.bytesPerReading(cluster, first, keyspace, run.seed());
            Map<String, RegisterTable> tables = new LinkedHashMap<>();
            sessions.forEach((side, session) -> tables.put(side, new RegisterTable(session, keyspace)));
            return new FaultRun(replication, fault, cluster, new ReplicaCensus(cluster, keyspace, tables), tables)
                    .measure(run, diskBytes);
        } finally {
            fault.heal(cluster);
            first.execute("DROP KEYSPACE IF EXISTS " + keyspace);
            sessions.values().forEach(CqlSession::close);
        }
    }
}
