package io.telltale.store;

import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.TimeRange;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A requested range, and the state of reading it.
 *
 * @param hiding the deletions that may cover some of its readings; usually none
 * @param isMerged whether its readings are merged with those of another source, which takes their record times
 */
record RangeRead(
        Sensor sensor,
        long fromMillis,
        long toMillis,
        Order order,
        Consistency consistency,
        List<Deletion> hiding,
        boolean isMerged,
        Remaining remaining,
        PageSize pageSize) {

    /** The part of the range behind a reading, in its order. */
    RangeRead behind(long lastMillis) {
        return order == Order.ASC ? within(lastMillis + 1, toMillis) : within(fromMillis, lastMillis);
    }

    /** The part of the range behind another part of it, in its order. */
    RangeRead behind(RangeRead part) {
        return order == Order.ASC ? within(part.toMillis, toMillis) : within(fromMillis, part.fromMillis);
    }

    /** A part of the range. */
    RangeRead within(long from, long to) {
        return new RangeRead(
                sensor,
                Math.max(from, fromMillis),
                Math.min(to, toMillis),
                order,
                consistency,
                hiding,
                isMerged,
                remaining,
                pageSize);
    }

    /** Its event times that readings can have. */
    TimeRange range() {
        return new TimeRange(
                Math.max(Reading.MIN_TIMESTAMP_MILLIS, fromMillis), Math.min(Reading.MAX_TIMESTAMP_MILLIS, toMillis));
    }

    /** Whether record times decide which readings it gives. */
    boolean needsRecordTimes() {
        return isMerged || !hiding.isEmpty();
    }

    boolean isHidden(long timestampMillis, long recordTimeMillis) {
        return hiding.stream().anyMatch(deletion -> deletion.covers(timestampMillis, recordTimeMillis));
    }

    /** How many readings the limit of a range still allows. */
    static final class Remaining {
        private final AtomicLong count;

        Remaining(long count) {
            this.count = new AtomicLong(count);
        }

        boolean any() {
            return count.get() > 0;
        }

        long rows() {
            return count.get();
        }

        List<StoredReading> take(List<StoredReading> page) {
            long wanted = count.get();
            List<StoredReading> taken = page.size() <= wanted ? page : page.subList(0, (int) wanted);
            count.addAndGet(-taken.size());
            return taken;
        }
    }
}
