package io.telltale.segment;

import io.telltale.sensors.Value;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.Objects;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The union of several cursors in order of sensor and event time. Of readings of one sensor and millisecond only the
 * winner is returned, so any number of duplicates is harmless. Memory grows with the number of cursors only.
 */
public final class MergedReadings implements ReadingCursor {

    /** By sensor and event time; of one millisecond the winner comes first. */
    private static final Comparator<ReadingCursor> ORDER = Comparator.comparingLong(ReadingCursor::sensor)
            .thenComparingLong(ReadingCursor::timestampMillis)
            .thenComparing(WinnerRule.ORDER.reversed());

    private final PriorityQueue<ReadingCursor> sources;

    /** Cursors whose current reading was returned or lost. They move when the next reading is requested. */
    private final Deque<ReadingCursor> passed;

    private @Nullable ReadingCursor current;

    /** Merges cursors that have not been moved yet. */
    public MergedReadings(Collection<? extends ReadingCursor> cursors) {
        this.sources = new PriorityQueue<>(Math.max(1, cursors.size()), ORDER);
        this.passed = new ArrayDeque<>(cursors);
    }

    /**
     * {@inheritDoc}
     *
     * <p>After a damaged span, the readings of the other cursors follow, and those behind the span.
     */
    @Override
    public boolean next() {
        // A cursor that throws stays first, and is moved again by the next call.
        while (!passed.isEmpty()) {
            ReadingCursor cursor = passed.getFirst();
            boolean hasNext = cursor.next();
            passed.removeFirst();
            if (hasNext) {
                sources.add(cursor);
            }
        }
        ReadingCursor winner = sources.poll();
        current = winner;
        if (winner == null) {
            return false;
        }
        passed.add(winner);
        while (!sources.isEmpty() && isDuplicate(winner, sources.element())) {
            passed.add(sources.remove());
        }
        return true;
    }

    private static boolean isDuplicate(SegmentReading one, SegmentReading other) {
        return one.timestampMillis() == other.timestampMillis() && one.sensor() == other.sensor();
    }

    private ReadingCursor current() {
        return Objects.requireNonNull(current, "next() has not returned true");
    }

    @Override
    public long sensor() {
        return current().sensor();
    }

    @Override
    public long timestampMillis() {
        return current().timestampMillis();
    }

    @Override
    public Value value() {
        return current().value();
    }

    @Override
    public long recordTimeMillis() {
        return current().recordTimeMillis();
    }

    @Override
    public long originPosition() {
        return current().originPosition();
    }

    @Override
    public int originEpoch() {
        return current().originEpoch();
    }

    @Override
    public long expirySecond() {
        return current().expirySecond();
    }
}
