package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.BitSet;
import java.util.Objects;

/**
 * What Cassandra holds after a round, against the backlog: reading by reading, by sensor, time and value, which says more
 * than counts and checksums by sensor would.
 *
 * @param stored readings of the backlog that are there
 * @param lost readings that the contestant said were durable, and that are not there
 * @param invented readings that are there, and in no backlog
 */
record Balance(long stored, long lost, long invented) {

    /** The readings of 16 ranges of tokens after each other, each in pages. */
    private static final int RANGES = 16;

    boolean isGood() {
        return lost == 0 && invented == 0;
    }

    /**
     * Reads everything back.
     *
     * @param claimed how many readings the contestant said are durable
     */
    static Balance of(CqlSession session, String keyspace, StoredAs storedAs, Backlog backlog, long claimed) {
        BitSet found = new BitSet(backlog.shape().records());
        long invented = 0;
        PreparedStatement select = session.prepare(storedAs.selectRange(keyspace));
        long step = Long.divideUnsigned(-1L, RANGES);
        for (int i = 0; i < RANGES; i++) {
            long from = Long.MIN_VALUE + i * step;
            long to = i == RANGES - 1 ? Long.MAX_VALUE : from + step;
            for (Row row :
                    session.execute(select.bind(from, to).setPageSize(5_000).setTimeout(Duration.ofSeconds(30)))) {
                ByteBuffer timestamp = Objects.requireNonNull(row.getBytesUnsafe(1));
                int index = backlog.indexOf(
                        String.valueOf(row.getString(0)), timestamp.getLong(timestamp.position()), storedAs.value(row));
                if (index < 0) {
                    invented++;
                } else {
                    found.set(index);
                }
            }
        }
        long stored = found.cardinality();
        return new Balance(stored, Math.max(0, claimed - stored), invented);
    }
}
