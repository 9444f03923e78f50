package io.telltale.ingest.offsets;

/** Slices of one partition, for tests outside this package. */
public final class TestSlices {

    private final OffsetTracker tracker = new OffsetTracker();

    public Slice open(long nextOffset, int records) {
        return tracker.open(nextOffset, 0, records);
    }

    /** The first offset that is not durable; -1 if none is. */
    public long durableOffset() {
        return tracker.durable().nextOffset();
    }
}
