package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import java.util.BitSet;
import java.util.concurrent.atomic.LongAdder;

/**
 * What Cassandra holds after a round, against the backlog: reading by reading, by sensor, time and value, which says
 * more than counts and checksums by sensor would.
 *
 * @param stored readings of the backlog that are there
 * @param lost readings that the contestant said were durable, and that are not there
 * @param invented readings that are there, and in no backlog
 */
record Balance(long stored, long lost, long invented) {

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
        LongAdder invented = new LongAdder();
        new StoredReadings(session, keyspace, storedAs).forEach((sensorId, timestampMillis, value) -> {
            int index = backlog.indexOf(sensorId, timestampMillis, value);
            if (index < 0) {
                invented.increment();
            } else {
                found.set(index);
            }
        });
        long stored = found.cardinality();
        return new Balance(stored, Math.max(0, claimed - stored), invented.sum());
    }
}
