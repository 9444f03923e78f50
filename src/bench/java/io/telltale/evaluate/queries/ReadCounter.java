package io.telltale.evaluate.queries;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import java.util.Objects;
import java.util.Set;

/** Counts the reads that Cassandra coordinated for a keyspace, whoever sent them: one for each page. */
record ReadCounter(CqlSession session, String keyspace) {

    /** The tables of a range read. Others are read in the background as well. */
    private static final Set<String> TABLES = Set.of("readings", "buckets", "weeks");

    long count() {
        long count = 0;
        for (Row row :
                session.execute("SELECT keyspace_name, table_name, count FROM system_views.coordinator_read_latency")) {
            if (keyspace.equals(row.getString(0)) && TABLES.contains(Objects.requireNonNull(row.getString(1)))) {
                count += row.getLong(2);
            }
        }
        return count;
    }
}
