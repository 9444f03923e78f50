package io.telltale.ingest.offsets;

/**
 * The records of one partition in one batch. Counts the acknowledgments that are missing; the last one advances the
 * durable offset of the partition. Runs on the event loop of ingest.
 */
public final class Slice {

    private final OffsetTracker tracker;
    private final DurableOffset end;
    private int missing;

    Slice(OffsetTracker tracker, DurableOffset end, int records) {
        this.tracker = tracker;
        this.end = end;
        this.missing = records;
    }

    /**
     * Splits one unacknowledged record into parts that are acknowledged separately: its readings, and its dead letter.
     *
     * @param parts at least one
     */
    public void split(int parts) {
        missing += parts - 1;
    }

    /**
     * Acknowledges a record, or a part of one: it is durable, dropped, or a dead letter that Kafka has acknowledged.
     */
    public void acknowledge() {
        if (--missing == 0) {
            tracker.advance();
        }
    }

    boolean isComplete() {
        return missing == 0;
    }

    DurableOffset end() {
        return end;
    }
}
