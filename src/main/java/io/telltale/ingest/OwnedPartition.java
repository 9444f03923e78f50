package io.telltale.ingest;

import io.telltale.ingest.PartitionAssignment.Durable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka partition that is this replica's, and where in it reading has come to. It is settled once it is known of which
 * topic of its name it is, and that it is read from where it has to be; before that nothing of it is taken.
 *
 * @param prefix how much of it is durable, since it is read from where it is read now
 * @param topic which topic it is of; null until that is settled
 * @param readBefore the id of the topic it was read of before; null if it was not, or if that does not matter
 * @param isToSeek whether what was polled of it was left out, so that it has to be read again from what is committed
 * @param start the offset from which it was made to be read; negative if the consumer found its place by itself
 * @param leftOut the first offset of a poll that did not begin at {@code start}, and was left out; negative if none was
 * @param next the offset after the last one taken; negative if none was
 */
record OwnedPartition(
        OffsetTracker prefix,
        @Nullable TopicIncarnation topic,
        @Nullable String readBefore,
        boolean isToSeek,
        long start,
        long leftOut,
        AtomicLong next) {

    private static final long NONE = -1;

    static OwnedPartition justAssigned() {
        return new OwnedPartition(new OffsetTracker(), null, null, false, NONE, NONE, new AtomicLong(NONE));
    }

    /** It is of this topic, and goes on being read from where it is. */
    OwnedPartition settled(TopicIncarnation found) {
        return new OwnedPartition(prefix, found, null, false, NONE, leftOut, next);
    }

    /** It is of this topic, and is read from this offset from now on. */
    OwnedPartition readFrom(TopicIncarnation found, long offset) {
        return new OwnedPartition(new OffsetTracker(), found, null, false, offset, leftOut, new AtomicLong(NONE));
    }

    /** What was polled of it cannot be taken, and has to be read again. */
    OwnedPartition unsettled(long firstLeftOut) {
        String id = topic == null ? readBefore : topic.id();
        return new OwnedPartition(new OffsetTracker(), null, id, true, NONE, firstLeftOut, new AtomicLong(NONE));
    }

    boolean isSettled() {
        return topic != null;
    }

    /**
     * Whether a poll that begins at this offset comes next. After a seek there may be polls on their way that were made
     * before it; they do not begin where reading was made to begin. Neither does a poll after a gap, such as compaction
     * leaves: that one comes a second time just like the first.
     */
    boolean isFollowedBy(long first) {
        return start < 0 || next.get() >= 0 || first == start || first == leftOut;
    }

    /** What of it is durable; null if nothing is. */
    @Nullable
    Durable durable() {
        OffsetTracker.End end = prefix.end();
        return topic == null || end.isNothing() ? null : new Durable(prefix, end, topic);
    }
}
