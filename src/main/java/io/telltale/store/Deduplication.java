package io.telltale.store;

import java.util.Arrays;

/** Several records for one sensor and millisecond, of which only one can stay. */
final class Deduplication {

    private Deduplication() {}

    /**
     * The rows that stay, in the order in which their sensor and millisecond came first. Cassandra would keep the same
     * ones; but not where readings expire, since of two cells with one write timestamp it keeps the one that expires
     * later, by a clock that is not the record's.
     *
     * <p>Every batch passes through here, so a table of places rather than a map of objects.
     */
    static int[] folded(RowBatch rows) {
        int[] staying = new int[rows.size()];
        int count = 0;
        // At least half of it stays empty. A place holds one more than the index of the row that stays, or 0.
        int[] places = new int[Integer.highestOneBit(Math.max(1, rows.size())) << 2];
        int mask = places.length - 1;
        for (int row = 0; row < rows.size(); row++) {
            int place = rows.hash(row) & mask;
            while (places[place] != 0 && !rows.isRepeat(row, staying[places[place] - 1])) {
                place = (place + 1) & mask;
            }
            if (places[place] == 0) {
                staying[count++] = row;
                places[place] = count;
            } else if (rows.replaces(row, staying[places[place] - 1])) {
                staying[places[place] - 1] = row;
            }
        }
        return count == staying.length ? staying : Arrays.copyOf(staying, count);
    }
}
