package io.telltale.live;

import io.telltale.sensors.SensorType;
import io.telltale.store.RecordOrigin;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where history ends and Kafka begins, for the topics of a subscription: a reading that is stored now is given from history exactly
 * if its record lies before the cutover, and all records from the cutover on are given from Kafka. That takes no memory of what
 * was given, so any replica can go on with it.
 *
 * @param next the first offset of each partition that Kafka is to give
 * @param seen where history begins, where it only fills in for what Kafka has removed; null if all before the cutover counts
 * @param epochs of the topics, by name
 */
record ReplayCutover(Positions next, @Nullable Positions seen, Map<String, Integer> epochs) {

    ReplayCutover {
        epochs = Map.copyOf(epochs);
    }

    /** Whether a stored reading is for history to give. */
    boolean isHistory(SensorType type, RecordOrigin origin) {
        Positions.TopicPosition topic = next.topic(type.topic());
        Integer epoch = epochs.get(type.topic());
        if (topic == null || epoch == null) {
            // Its topic is gone: Kafka gives nothing of it.
            return seen == null;
        }
        // Epochs are counted modulo 256 there; of two that are compared one is hardly 128 topics older.
        byte newer = (byte) (origin.epoch() - epoch);
        if (newer != 0) {
            return newer < 0 && seen == null;
        }
        return origin.partition() < topic.partitions()
                && origin.offset() < topic.next(origin.partition())
                && !isSeen(topic, origin);
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
