package io.telltale.evaluate.streaming;

import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Write;
import io.telltale.evaluate.partitioning.Fleet;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The readings that a fleet sent, and those that Kafka acknowledged. The nth reading of the fleet has the value n.
 *
 * @param sent how many
 * @param acknowledged the numbers of those that must not be lost; the others may be stored or not
 */
record Ledger(Fleet fleet, int sent, BitSet acknowledged) {

    Ledger {
        acknowledged = (BitSet) acknowledged.clone();
    }

    /** The sensor and the event time of a reading. */
    History.Key key(int n) {
        return new History.Key(fleet.sensor(fleet.sensorOf(n)).value(), fleet.timestampOf(n));
    }

    /** What the checker compares responses with. */
    List<Write> writes() {
        List<Write> writes = new ArrayList<>(sent);
        for (int n = 0; n < sent; n++) {
            long acknowledgedMicros = acknowledged.get(n) ? 0 : History.NEVER;
            writes.add(new Write(key(n), Integer.toString(n), n, n, acknowledgedMicros, acknowledgedMicros));
        }
        return writes;
    }

    /** The keys of a sensor. */
    List<History.Key> keysOf(int sensor) {
        List<History.Key> keys = new ArrayList<>();
        for (int n = sensor; n < sent; n += fleet.sensors()) {
            keys.add(key(n));
        }
        return keys;
    }

    /** Behind the event time of the last reading. */
    long endMillis() {
        return fleet.timestampOf(sent) + fleet.stepMillis();
    }
}
