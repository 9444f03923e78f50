package io.telltale.store;

/**
 * How many rows a page of a range has: about half a megabyte of them, by what the rows before were like. A text may be two
 * hundred times as long as a number, and pages of many exports are held at once. For one range at a time.
 */
final class PageSize {

    static final int MOST_ROWS = 5_000;
    static final int LEAST_ROWS = 100;

    /** Until something is known; of the longest texts these are 8 MB. */
    static final int FIRST_ROWS = 2_000;

    private static final int PAGE_BYTES = 512 << 10;

    private volatile int rows = FIRST_ROWS;

    int rows() {
        return rows;
    }

    /** Told of each page. */
    void learn(int rowsOfPage, long bytes) {
        if (rowsOfPage > 0) {
            long bytesOfRow = Math.max(1, bytes / rowsOfPage);
            rows = (int) Math.max(LEAST_ROWS, Math.min(MOST_ROWS, PAGE_BYTES / bytesOfRow));
        }
    }
}
