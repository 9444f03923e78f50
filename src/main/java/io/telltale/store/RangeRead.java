package io.telltale.store;

import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Sensor;
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
        return new RangeRead(
                sensor,
                order == Order.ASC ? lastMillis + 1 : fromMillis,
                order == Order.ASC ? toMillis : lastMillis,
                order,
                consistency,
                hiding,
                isMerged,
                remaining,
                pageSize);
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
