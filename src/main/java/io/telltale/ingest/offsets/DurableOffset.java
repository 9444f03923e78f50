package io.telltale.ingest.offsets;

import java.util.OptionalLong;

/**
 * The offset before which everything in a partition is durable.
 *
 * @param nextOffset -1 if nothing is known to be durable
 * @param recordTimeMillis the record time of the last durable record, or {@link #NO_RECORD_TIME}
 */
record DurableOffset(long nextOffset, long recordTimeMillis) {

    static final DurableOffset NONE = new DurableOffset(-1, 0);

    /** For a record time that says nothing about later records. */
    static final long NO_RECORD_TIME = -1;

    boolean isNone() {
        return nextOffset < 0;
    }

    OptionalLong recordTime() {
        return recordTimeMillis == NO_RECORD_TIME ? OptionalLong.empty() : OptionalLong.of(recordTimeMillis);
    }
}
