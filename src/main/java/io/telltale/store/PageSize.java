package io.telltale.store;

import io.telltale.sensors.SensorType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many rows a page of a range has: about half a megabyte of them, by what the rows before were like. A text may be two
 * hundred times as long as a number, and pages of many exports are held at once. For one range at a time.
 */
final class PageSize {

    static final int MOST_ROWS = 5_000;
    static final int LEAST_ROWS = 100;

    /** Of a type of which nothing was read yet; of the longest texts these are a megabyte. */
    static final int FIRST_ROWS = 250;

    /** That a type's rows were short so far does not say that this sensor's are. */
    static final int MOST_AT_FIRST = 1_000;

    private static final long PAGE_BYTES = 512 << 10;

    private final SensorType type;
    private final Known known;
    private volatile int rows;

    /**
     * What the longest rows of each type were like so far, of which ranges begin to read. There are as many types as topics. For any
     * number of threads.
     */
    static final class Known {
        private final Map<SensorType, Long> bytesOfLongRows = new ConcurrentHashMap<>();
    }

    PageSize(SensorType type, Known known) {
        this.type = type;
        this.known = known;
        Long bytesOfRow = known.bytesOfLongRows.get(type);
        this.rows = bytesOfRow == null ? FIRST_ROWS : Math.min(MOST_AT_FIRST, rowsOf(bytesOfRow));
    }

    int rows() {
        return rows;
    }

    /** Told of each page. */
    void learn(int rowsOfPage, long bytes) {
        if (rowsOfPage > 0) {
            long bytesOfRow = Math.max(1, bytes / rowsOfPage);
            rows = rowsOf(bytesOfRow);
            known.bytesOfLongRows.merge(type, bytesOfRow, Math::max);
        }
    }

    private static int rowsOf(long bytesOfRow) {
        return (int) Math.max(LEAST_ROWS, Math.min(MOST_ROWS, PAGE_BYTES / bytesOfRow));
    }
}
