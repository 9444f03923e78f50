package io.telltale.live;

import io.telltale.sensors.SensorType;
import io.telltale.store.RecordOrigin;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The offsets at which a replay changes from history to Kafka. History supplies exactly the stored readings whose
 * records are before the cutover; Kafka supplies every record from the cutover on. Nothing has to be remembered about
 * what was delivered, so any replica can continue.
 *
 * @param next the first offset of each partition that Kafka supplies
 * @param seen the offsets at which a gap fill begins, because the client has everything before; null for a whole replay
 * @param epochs the origin epochs of the topics, by name
 * @param deleted the deleted topics in which the client has read, by name; empty for a whole replay
 */
record ReplayCutover(
        Positions next, @Nullable Positions seen, Map<String, Integer> epochs, Map<String, DeletedTopic> deleted) {

    /**
     * A topic that no longer exists; one of the same name may exist.
     *
     * @param epoch its origin epoch
     * @param lastEpoch the last origin epoch of the name; Kafka supplies all of a later topic
     * @param seen the offset of each partition before which the client has everything
     */
    record DeletedTopic(int epoch, int lastEpoch, List<Long> seen) {

        DeletedTopic {
            seen = List.copyOf(seen);
        }

        /** Whether the client has not received a record of this topic, or of one up to the last. */
        boolean isMissing(RecordOrigin origin) {
            int newer = compareEpochs(origin, epoch);
            return (newer > 0 && compareEpochs(origin, lastEpoch) <= 0)
                    || (newer == 0
                            && (origin.partition() >= seen.size() || origin.offset() >= seen.get(origin.partition())));
        }
    }

    ReplayCutover {
        epochs = Map.copyOf(epochs);
        deleted = Map.copyOf(deleted);
    }

    /** A cutover of a whole replay. */
    static ReplayCutover at(Positions next, Map<String, Integer> epochs) {
        return new ReplayCutover(next, null, epochs, Map.of());
    }

    /** Whether history supplies a stored reading, and not Kafka or an earlier delivery. */
    boolean isHistory(SensorType type, RecordOrigin origin) {
        Positions.TopicPosition topic = next.topic(type.topic());
        Integer epoch = epochs.get(type.topic());
        if (topic == null || epoch == null) {
            // The topic is deleted, so Kafka supplies nothing.
            return isMissing(type, origin);
        }
        int newer = compareEpochs(origin, epoch);
        if (newer != 0) {
            return newer < 0 && isMissing(type, origin);
        }
        return origin.partition() < topic.partitions()
                && origin.offset() < topic.next(origin.partition())
                && !isSeen(topic, origin);
    }

    /** Epochs are stored modulo 256. No name is reused 128 times between two compared ones. */
    private static int compareEpochs(RecordOrigin origin, int epoch) {
        return (byte) (origin.epoch() - epoch);
    }

    /** Whether history supplies a record of a topic that no longer exists. */
    private boolean isMissing(SensorType type, RecordOrigin origin) {
        if (seen == null) {
            return true;
        }
        DeletedTopic topic = deleted.get(type.topic());
        return topic != null && topic.isMissing(origin);
    }

    private boolean isSeen(Positions.TopicPosition topic, RecordOrigin origin) {
        if (seen == null) {
            return false;
        }
        Positions.TopicPosition from = seen.topic(topic.topic().name());
        return from == null
                || origin.partition() >= from.partitions()
                || origin.offset() < from.next(origin.partition());
    }
}
