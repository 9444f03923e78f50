package io.telltale.segment;

/**
 * Iterates over readings in order of sensor and event time, in constant memory. The cursor is a view of its current
 * reading: the methods of {@link SegmentReading} are valid after {@link #next()} has returned true, until its next
 * call. Used by one thread.
 */
public interface ReadingCursor extends SegmentReading {

    /**
     * Moves to the next reading. False at the end.
     *
     * @throws DamagedSegmentException if the readings of one sensor and span are damaged. The next call continues
     *     behind that span
     */
    boolean next();
}
