package io.telltale.ingest.offsets;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Tracks which offsets of one partition are durable. Each batch of the partition is a {@link Slice}. The durable offset
 * is the end of the last complete slice that has no incomplete slice before it.
 *
 * <p>One thread opens and acknowledges slices: the event loop of ingest. Any thread may read the durable offset.
 */
final class OffsetTracker {

    private final Deque<Slice> open = new ArrayDeque<>();
    private volatile DurableOffset durable = DurableOffset.NONE;

    /**
     * Opens the next slice.
     *
     * @param nextOffset the offset after its last record
     * @param recordTimeMillis the record time of its last record
     * @param records the number of its records, at least one
     */
    Slice open(long nextOffset, long recordTimeMillis, int records) {
        Slice slice = new Slice(this, new DurableOffset(nextOffset, recordTimeMillis), records);
        open.add(slice);
        return slice;
    }

    /** Takes over an offset that the former owner committed. Call it before the first slice is opened. */
    void startAt(long nextOffset) {
        durable = new DurableOffset(nextOffset, DurableOffset.NO_RECORD_TIME);
    }

    void advance() {
        for (Slice first = open.peek(); first != null && first.isComplete(); first = open.peek()) {
            durable = first.end();
            open.remove();
        }
    }

    /**
     * Skips offsets that are never delivered, such as transaction markers. Call it when every delivered record is
     * durable, on the polling thread, so that no poll comes in between.
     */
    void skipTo(long nextOffset) {
        durable = new DurableOffset(nextOffset, durable.recordTimeMillis());
    }

    DurableOffset durable() {
        return durable;
    }
}
