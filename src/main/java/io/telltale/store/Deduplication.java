package io.telltale.store;

import java.util.Arrays;

/** Resolves conflicts within a batch: of several records for one sensor and millisecond, only the winner is written. */
final class Deduplication {

    private Deduplication() {}

    /**
     * The winning rows, in the order in which their sensor and millisecond first occur. Without expiry, Cassandra
     * would keep the same rows. With expiry it would not: of two cells with one write timestamp it keeps the one that
     * expires later, which depends on the writer's clock.
     *
     * <p>Every batch passes through this method, so it uses an open-addressing table of row numbers instead of a map.
     */
    static int[] winners(RowBatch rows) {
        int[] winners = new int[rows.size()];
        int count = 0;
        // At least half of the slots stay empty. A slot holds the index of a winner plus one, or 0.
        int[] slots = new int[Integer.highestOneBit(Math.max(1, rows.size())) << 2];
        int mask = slots.length - 1;
        for (int row = 0; row < rows.size(); row++) {
            int slot = rows.hash(row) & mask;
            while (slots[slot] != 0 && !rows.isDuplicate(row, winners[slots[slot] - 1])) {
                slot = (slot + 1) & mask;
            }
            if (slots[slot] == 0) {
                winners[count++] = row;
                slots[slot] = count;
            } else if (rows.winsOver(row, winners[slots[slot] - 1])) {
                winners[slots[slot] - 1] = row;
            }
        }
        return count == winners.length ? winners : Arrays.copyOf(winners, count);
    }
}
