package io.telltale.store;

import java.util.ArrayList;
import java.util.List;

/** Several records for one sensor and millisecond, of which only one can stay. */
final class Repeats {

    private Repeats() {}

    /**
     * The readings that stay, in the order in which their sensor and millisecond came first. Cassandra would keep the same
     * ones; but not where readings expire, since of two cells with one write timestamp it keeps the one that expires
     * later, by a clock that is not the record's.
     *
     * <p>Some 20 ns a reading: every batch passes through here, so a table of places rather than a map of objects.
     *
     * @param batch readings of one partition of the store
     */
    static List<RecordedReading> folded(List<RecordedReading> batch) {
        List<RecordedReading> staying = new ArrayList<>(batch.size());
        // At least half of it stays empty. A place holds one more than the index of the reading that stays, or 0.
        int[] places = new int[Integer.highestOneBit(Math.max(1, batch.size())) << 2];
        int mask = places.length - 1;
        for (RecordedReading recorded : batch) {
            int place = hash(recorded) & mask;
            while (places[place] != 0 && !isSame(staying.get(places[place] - 1), recorded)) {
                place = (place + 1) & mask;
            }
            if (places[place] == 0) {
                staying.add(recorded);
                places[place] = staying.size();
            } else if (recorded.replaces(staying.get(places[place] - 1))) {
                staying.set(places[place] - 1, recorded);
            }
        }
        return staying;
    }

    private static int hash(RecordedReading recorded) {
        int hash = 31 * recorded.reading().sensorId().value().hashCode()
                + Long.hashCode(recorded.reading().timestampMillis());
        return hash ^ (hash >>> 16);
    }

    private static boolean isSame(RecordedReading one, RecordedReading other) {
        return one.reading().timestampMillis() == other.reading().timestampMillis()
                && one.reading().sensorId().equals(other.reading().sensorId());
    }
}
