package io.telltale.post;

import java.util.ArrayList;
import java.util.List;

/** Readings of a body that are sent together. Empty if no element in a part of the body was valid. */
final class ReadingBatch {

    private static final int MAX_BYTES = 16 << 10;

    /** Bounds the time on the event loop, also for a body of invalid elements only. */
    private static final int MAX_ELEMENTS = 512;

    /** Estimates what a record needs besides its bytes. */
    private static final int RECORD_OVERHEAD_BYTES = 128;

    private final List<PostedElement> readings = new ArrayList<>();
    private long bytes;
    private int elements;
    private boolean isLast;

    /** Adds an element if it is a reading; it counts in any case. */
    void add(PostedElement element) {
        elements++;
        if (element.accepted() != null) {
            readings.add(element);
            bytes += element.record().length + RECORD_OVERHEAD_BYTES;
        }
    }

    boolean isFull() {
        return elements >= MAX_ELEMENTS || bytes >= MAX_BYTES;
    }

    /** Marks the last batch before more of the body is needed. */
    void markLast() {
        isLast = true;
    }

    boolean isLast() {
        return isLast;
    }

    List<PostedElement> readings() {
        return readings;
    }

    /** The memory it needs, estimated; 0 exactly if it has no readings. */
    long bytes() {
        return bytes;
    }
}
