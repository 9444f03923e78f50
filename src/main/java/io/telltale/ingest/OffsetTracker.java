package io.telltale.ingest;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;

/**
 * How much of one Kafka partition is dealt with, as an unbroken stretch from where this replica began to read it. Every
 * poll of the partition is a {@link Slice}; a slice is done when each of its records, with all of its readings, is
 * durable or a dead letter that Kafka has, and the prefix ends before the first slice that is not.
 *
 * <p>Slices are opened and finished on ingest's event loop; the end of the prefix may be read from anywhere.
 */
final class OffsetTracker {

    /** Where a prefix ends. Offset {@code -1}: nothing is done yet. */
    record End(long nextOffset, long recordTimeMillis) {
        static final End NOTHING_YET = new End(-1, 0);
        /** In place of a record time where that would say nothing about records to come. */
        static final long NO_RECORD_TIME = -1;

        boolean isNothing() {
            return nextOffset < 0;
        }

        OptionalLong recordTime() {
            return recordTimeMillis == NO_RECORD_TIME ? OptionalLong.empty() : OptionalLong.of(recordTimeMillis);
        }
    }

    private final Deque<Slice> open = new ArrayDeque<>();
    private volatile End end = End.NOTHING_YET;

    /** The records of this partition that one poll brought. */
    final class Slice {
        private final End end;
        private int undone;

        private Slice(End end, int records) {
            this.end = end;
            this.undone = records;
        }

        /**
         * Says of one of its records, none of which is done yet, that it has {@code parts}: as many as it has readings,
         * and its dead letter. Each of them will be done by itself.
         *
         * @param parts at least one
         */
        void split(int parts) {
            undone += parts - 1;
        }

        /** One of its records, or a part of one, is durable, or a dead letter that Kafka has. */
        void done() {
            if (--undone == 0) {
                advance();
            }
        }
    }

    /**
     * Opens the slice that follows the one before.
     *
     * @param nextOffset the offset after its last record
     * @param recordTimeMillis the record time of its last record
     * @param records how many records are in it, at least one
     */
    Slice open(long nextOffset, long recordTimeMillis, int records) {
        Slice slice = new Slice(new End(nextOffset, recordTimeMillis), records);
        open.add(slice);
        return slice;
    }

    /** All before this offset is dealt with, by whoever had the partition before. To be called before the first slice is opened. */
    void begin(long nextOffset) {
        end = new End(nextOffset, End.NO_RECORD_TIME);
    }

    private void advance() {
        for (Slice first = open.peek(); first != null && first.undone == 0; first = open.peek()) {
            end = first.end;
            open.remove();
        }
    }

    /**
     * Goes on to an offset before which nothing is left to be dealt with: all that was given of the partition is done, and up
     * to there nothing more will be given. To be called by the thread that polls, so that no poll comes in between.
     */
    void pass(long nextOffset) {
        end = new End(nextOffset, end.recordTimeMillis);
    }

    End end() {
        return end;
    }
}
