package io.telltale.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Some readings of one sensor, in the order of a range.
 *
 * @param readings sources give no page without any
 * @param recordTimes the record time of each reading; none if the read does not want them
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record ReadingPage(List<StoredReading> readings, long[] recordTimes) {

    private static final long[] NONE = {};

    ReadingPage {
        if (recordTimes.length != 0 && recordTimes.length != readings.size()) {
            throw new IllegalArgumentException(
                    "%d record times of %d readings".formatted(recordTimes.length, readings.size()));
        }
    }

    /** A page without record times. */
    ReadingPage(List<StoredReading> readings) {
        this(readings, NONE);
    }

    int size() {
        return readings.size();
    }

    boolean isEmpty() {
        return readings.isEmpty();
    }

    /** Collects a page from its first reading to its last one. */
    static final class Builder {
        private final List<StoredReading> readings = new ArrayList<>();
        private final boolean hasRecordTimes;
        private long[] recordTimes = NONE;

        Builder(boolean hasRecordTimes) {
            this.hasRecordTimes = hasRecordTimes;
        }

        void add(StoredReading reading, long recordTimeMillis) {
            if (hasRecordTimes) {
                if (recordTimes.length == readings.size()) {
                    recordTimes = Arrays.copyOf(recordTimes, Math.max(16, 2 * recordTimes.length));
                }
                recordTimes[readings.size()] = recordTimeMillis;
            }
            readings.add(reading);
        }

        ReadingPage build() {
            return new ReadingPage(readings, hasRecordTimes ? Arrays.copyOf(recordTimes, readings.size()) : NONE);
        }

        /** The page from its last reading to its first one. */
        ReadingPage reversed() {
            ReadingPage page = build();
            Collections.reverse(page.readings);
            for (int i = 0, j = page.recordTimes.length - 1; i < j; i++, j--) {
                long one = page.recordTimes[i];
                page.recordTimes[i] = page.recordTimes[j];
                page.recordTimes[j] = one;
            }
            return page;
        }
    }
}
