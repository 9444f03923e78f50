package io.telltale.ingest.offsets;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The state of a partition that is assigned to this replica. It is resolved when its topic incarnation and its start
 * offset are known; nothing is ingested before.
 *
 * @param tracker what is durable since the current start offset
 * @param topic the incarnation; null until it is resolved
 * @param previousTopicId the id of the incarnation before; null if there was none, or if it does not matter
 * @param isSeekPending whether polled records were discarded, so that the consumer has to seek back
 * @param startOffset the offset of the last seek; negative if the consumer found its position by itself
 * @param discardedOffset the first offset of a discarded poll that did not begin at the start offset; negative if none
 * @param resetOffset where the consumer began again by itself in this topic; negative if it did not. What is committed
 *     may be of the log before, so everything from here on is read
 * @param nextOffset the offset after the last accepted record; negative if none
 */
record OwnedPartition(
        OffsetTracker tracker,
        @Nullable TopicIncarnation topic,
        @Nullable String previousTopicId,
        boolean isSeekPending,
        long startOffset,
        long discardedOffset,
        long resetOffset,
        AtomicLong nextOffset) {

    private static final long NONE = -1;

    static OwnedPartition assigned() {
        return new OwnedPartition(new OffsetTracker(), null, null, false, NONE, NONE, NONE, new AtomicLong(NONE));
    }

    /** Resolves the topic; the position of the consumer stays. */
    OwnedPartition resolved(TopicIncarnation found) {
        return new OwnedPartition(tracker, found, null, false, NONE, discardedOffset, resetOffset, nextOffset);
    }

    /** Resolves the topic; the consumer seeks to an offset. */
    OwnedPartition restartedAt(TopicIncarnation found, long offset) {
        long reset = found.id().equals(previousTopicId) ? resetOffset : NONE;
        return new OwnedPartition(
                new OffsetTracker(), found, null, false, offset, discardedOffset, reset, new AtomicLong(NONE));
    }

    /** Discards polled records, which have to be read again. */
    OwnedPartition unresolved(long firstDiscarded) {
        return discarded(firstDiscarded, resetOffset);
    }

    /**
     * Discards polled records at a position that the consumer has reset; they are read again if the topic is the same.
     */
    OwnedPartition reset(long first) {
        return discarded(first, first);
    }

    private OwnedPartition discarded(long first, long reset) {
        String id = topic == null ? previousTopicId : topic.id();
        return new OwnedPartition(new OffsetTracker(), null, id, true, NONE, first, reset, new AtomicLong(NONE));
    }

    boolean isResolved() {
        return topic != null;
    }

    /**
     * Whether a poll that begins at this offset is the next one. After a seek, polls from before it may still arrive;
     * they do not begin at the start offset. Neither does a poll after a gap, as compaction leaves it; but that one
     * arrives a second time with the same first offset.
     */
    boolean isNext(long first) {
        return startOffset < 0 || nextOffset.get() >= 0 || first == startOffset || first == discardedOffset;
    }

    /** What can be committed; null if nothing is durable. */
    @Nullable
    CommittableOffset committable() {
        DurableOffset durable = tracker.durable();
        return topic == null || durable.isNone() ? null : new CommittableOffset(tracker, durable, topic);
    }
}
