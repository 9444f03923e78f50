package io.telltale.segment;

import io.telltale.sensors.TimeRange;
import java.util.ArrayList;
import java.util.List;

/**
 * An immutable segment: readings of one or several sensors of one type, ordered by sensor and event time. Opening
 * reads the index only. A cursor verifies the checksum of each block that it reads, before it returns a reading of it.
 * {@code docs/format.md} describes the bytes. May be used by several threads.
 */
public final class Segment {

    private final byte[] bytes;
    private final List<SegmentHeader.Entry> entries;

    private Segment(byte[] bytes, List<SegmentHeader.Entry> entries) {
        this.bytes = bytes;
        this.entries = entries;
    }

    /**
     * Opens a segment.
     *
     * @param bytes the whole segment, not copied; must not change afterwards
     * @throws DamagedSegmentException if the header is damaged
     * @throws UnsupportedSegmentVersionException if this release does not know its version
     */
    public static Segment open(byte[] bytes) {
        return new Segment(bytes, SegmentHeader.read(bytes));
    }

    /** All readings. */
    public ReadingCursor readings() {
        return new SegmentCursor(bytes, entries, null, null);
    }

    /** The readings of one sensor within a range. Decodes only blocks and chunks that may hold some. */
    public ReadingCursor readings(long sensor, TimeRange range) {
        return new SegmentCursor(bytes, entries, sensor, range);
    }

    /** What the segment holds, by its index alone, in order of sensor and time. */
    public List<SegmentSpan> spans() {
        List<SegmentSpan> spans = new ArrayList<>();
        for (SegmentHeader.Entry entry : entries) {
            for (int run = 0; run < entry.sensors().length; run++) {
                spans.add(entry.span(run));
            }
        }
        return spans;
    }

    /** The number of readings, by the index alone. */
    public long count() {
        long count = 0;
        for (SegmentHeader.Entry entry : entries) {
            count += entry.size();
        }
        return count;
    }
}
