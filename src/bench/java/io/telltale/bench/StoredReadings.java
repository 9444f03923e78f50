package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import java.time.Duration;

/** All readings of a keyspace, in no order, as Cassandra has them. */
record StoredReadings(CqlSession session, String keyspace, StoredAs storedAs) {

    /** The readings of 16 ranges of tokens after each other, each in pages. */
    private static final int RANGES = 16;

    /** Gets one of them. */
    interface Reader {
        void read(String sensorId, long timestampMillis, double value);
    }

    void forEach(Reader reader) {
        PreparedStatement select = session.prepare(storedAs.selectRange(keyspace));
        SealedCells sealed = storedAs == StoredAs.SEALED ? new SealedCells(session, keyspace) : null;
        long step = Long.divideUnsigned(-1L, RANGES);
        for (int i = 0; i < RANGES; i++) {
            long from = Long.MIN_VALUE + i * step;
            long to = i == RANGES - 1 ? Long.MAX_VALUE : from + step;
            for (Row row :
                    session.execute(select.bind(from, to).setPageSize(5_000).setTimeout(Duration.ofSeconds(30)))) {
                storedAs.read(row, sealed, reader);
            }
        }
    }
}
