package io.telltale.live;

import io.telltale.api.QueryFingerprint;
import io.telltale.kafka.Topic;
import io.telltale.sensors.SensorId;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The id of an event: the next offset of each partition after the event, and during a replay the position in history. A
 * client can resume after any event, on any replica, without state on the server.
 *
 * @param isForAllTopics whether topics that are not named are read from their first record
 * @param isCatchingUp whether {@code caught-up} is still to be sent
 * @param topicsKnownAtMillis when the topics were listed: a topic that is not named and existed later was created
 *     behind the event; 0 if unknown, or if a topic of each type of the subscription is named
 * @param recordTimeSeconds the approximate record time of the event; what was delivered before was hardly recorded
 *     later
 * @param partialRecord the record of which only some readings were delivered; null if there is none
 * @param replay the position in history; null outside a replay
 * @param deleted topics that no longer exist, whose stored readings fill a gap from their next offsets on; outside a
 *     gap fill, those that were filled in, which a catch-up does not search for again
 */
record EventId(
        boolean isForAllTopics,
        boolean isCatchingUp,
        long topicsKnownAtMillis,
        long recordTimeSeconds,
        List<TopicOffsets> topics,
        @Nullable PartialRecord partialRecord,
        @Nullable ReplayPosition replay,
        List<TopicOffsets> deleted) {

    /**
     * The offsets of a topic.
     *
     * @param topicIdHash identifies the incarnation of the topic
     * @param next the next offset of each partition
     * @param seen the offset of each partition at which the gap to fill from history begins; empty without a gap fill
     */
    record TopicOffsets(int topicIdHash, List<Long> next, List<Long> seen) {
        TopicOffsets {
            next = List.copyOf(next);
            seen = List.copyOf(seen);
        }

        /** The first record of a topic, with as few bytes as possible. */
        static TopicOffsets startOf(int topicIdHash) {
            return new TopicOffsets(topicIdHash, List.of(), List.of());
        }
    }

    /**
     * A record of which only some readings were delivered.
     *
     * @param topicIdHash identifies the topic
     * @param delivered the number of its readings that were delivered, counted before any filter
     */
    record PartialRecord(int topicIdHash, int partition, int delivered) {

        boolean isIn(Topic topic, TopicPartition in) {
            return topic.idHash() == topicIdHash && in.partition() == partition;
        }
    }

    /**
     * The position in a replay, which delivers one sensor after another in the order of their ids, each in order of
     * time.
     *
     * @param fromMillis the event time at which the replay begins, inclusive
     * @param sensorId the sensor of the last delivered reading; null before the first
     * @param timestampMillis the event time of that reading
     */
    record ReplayPosition(long fromMillis, @Nullable SensorId sensorId, long timestampMillis) {

        /** Of a gap fill before its first reading: the event time at which it begins is still to be decided. */
        static final long UNDECIDED = Long.MIN_VALUE;

        static ReplayPosition from(long fromMillis) {
            return new ReplayPosition(fromMillis, null, 0);
        }

        ReplayPosition after(SensorId id, long millis) {
            return new ReplayPosition(fromMillis, id, millis);
        }
    }

    EventId {
        topics = List.copyOf(topics);
        deleted = List.copyOf(deleted);
    }

    /** The id of a position in the topics of a subscription. */
    static EventId of(Subscription subscription, Positions positions, @Nullable PartialRecord partialRecord) {
        return of(subscription, positions, null, partialRecord);
    }

    /**
     * The id of a position before which history fills a gap.
     *
     * @param seen the position at which the gap begins; null without a gap
     */
    static EventId of(
            Subscription subscription,
            Positions positions,
            @Nullable Positions seen,
            @Nullable PartialRecord partialRecord) {
        boolean isForAllTopics = subscription.types().isEmpty();
        List<TopicOffsets> topics = new ArrayList<>();
        List<TopicOffsets> unread = new ArrayList<>();
        for (Positions.TopicPosition topic : positions.topics()) {
            if (!subscription.includes(topic.topic().type())) {
                continue;
            }
            if (isForAllTopics && topic.isAtOffsetZero()) {
                unread.add(TopicOffsets.startOf(topic.topic().idHash()));
            } else {
                topics.add(new TopicOffsets(
                        topic.topic().idHash(),
                        topic.next(),
                        seen == null ? List.of() : seen.nextOr(topic.topic(), topic.next())));
            }
        }
        if (!unread.isEmpty()) {
            topics.addAll(unread.subList(0, Math.min(unread.size(), EventIdText.unreadTopics(topics))));
        }
        boolean areAllNamed =
                !isForAllTopics && topics.size() >= subscription.types().size();
        return new EventId(
                isForAllTopics,
                false,
                areAllNamed ? 0 : positions.topicsKnownAtMillis(),
                positions.recordTimeMillis() / 1_000,
                topics,
                partialRecord,
                null,
                List.of());
    }

    EventId withCatchingUp(boolean catchingUp) {
        return new EventId(
                isForAllTopics,
                catchingUp,
                topicsKnownAtMillis,
                recordTimeSeconds,
                topics,
                partialRecord,
                replay,
                deleted);
    }

    EventId withReplay(@Nullable ReplayPosition position) {
        return new EventId(
                isForAllTopics,
                isCatchingUp,
                topicsKnownAtMillis,
                recordTimeSeconds,
                topics,
                partialRecord,
                position,
                deleted);
    }

    /** The id behind a replay, or behind a gap that is not filled. */
    EventId withoutReplay() {
        List<TopicOffsets> reached = topics.stream()
                .map(topic -> new TopicOffsets(topic.topicIdHash, topic.next, List.of()))
                .toList();
        return new EventId(
                isForAllTopics,
                isCatchingUp,
                topicsKnownAtMillis,
                recordTimeSeconds,
                reached,
                partialRecord,
                null,
                List.of());
    }

    /** The id that also names some topics. */
    EventId withTopics(List<TopicOffsets> more) {
        List<TopicOffsets> all = new ArrayList<>(topics);
        all.addAll(more);
        return new EventId(
                isForAllTopics,
                isCatchingUp,
                topicsKnownAtMillis,
                recordTimeSeconds,
                all,
                partialRecord,
                replay,
                deleted);
    }

    EventId withDeleted(List<TopicOffsets> topicsDeleted) {
        return new EventId(
                isForAllTopics,
                isCatchingUp,
                topicsKnownAtMillis,
                recordTimeSeconds,
                topics,
                partialRecord,
                replay,
                topicsDeleted);
    }

    EventId withTopicsKnownAt(long millis) {
        return new EventId(
                isForAllTopics, isCatchingUp, millis, recordTimeSeconds, topics, partialRecord, replay, deleted);
    }

    /** Whether history fills a gap, in contrast to a whole replay. */
    boolean isGapFill() {
        return replay != null && (hasSeen() || !deleted.isEmpty());
    }

    private boolean hasSeen() {
        return topics.stream().anyMatch(topic -> !topic.seen.isEmpty());
    }

    /** The id as text; null if it would be longer than {@link EventIdText#MAX_CHARACTERS}. */
    @Nullable
    String text(QueryFingerprint fingerprint) {
        return EventIdText.of(this, fingerprint);
    }
}
