package io.telltale.store;

import io.telltale.sensors.SensorType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Chooses the number of rows per page of one range: about half a megabyte, judged by the size of the rows before. A
 * fixed number does not work: a text may be two hundred times as large as a number, and many exports hold a page
 * each.
 */
final class PageSize {

    static final int MAX_ROWS = 5_000;
    static final int MIN_ROWS = 100;

    /** For a type of unknown row size. With the longest texts, a megabyte. */
    static final int FIRST_ROWS = 250;

    /** Lower than the maximum: this sensor may have larger rows than those of its type so far. */
    static final int MAX_FIRST_ROWS = 1_000;

    private static final long PAGE_BYTES = 512 << 10;

    private final SensorType type;
    private final RowSizes rowSizes;
    private volatile int rows;

    /**
     * The average row size of the page with the largest rows so far, for each type. Ranges use it for their first
     * page. Has as many entries as there are topics. Thread-safe.
     */
    static final class RowSizes {
        private final Map<SensorType, Long> bytesByType = new ConcurrentHashMap<>();
    }

    PageSize(SensorType type, RowSizes rowSizes) {
        this.type = type;
        this.rowSizes = rowSizes;
        Long rowBytes = rowSizes.bytesByType.get(type);
        this.rows = rowBytes == null ? FIRST_ROWS : Math.min(MAX_FIRST_ROWS, rowsOfSize(rowBytes));
    }

    int rows() {
        return rows;
    }

    /** Adapts to a page that was read. */
    void adapt(int pageRows, long pageBytes) {
        if (pageRows > 0) {
            long rowBytes = Math.max(1, pageBytes / pageRows);
            rows = rowsOfSize(rowBytes);
            rowSizes.bytesByType.merge(type, rowBytes, Math::max);
        }
    }

    private static int rowsOfSize(long rowBytes) {
        return (int) Math.max(MIN_ROWS, Math.min(MAX_ROWS, PAGE_BYTES / rowBytes));
    }
}
