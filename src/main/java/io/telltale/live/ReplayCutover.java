package io.telltale.live;

import io.telltale.sensors.SensorType;
import io.telltale.store.RecordOrigin;
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
 */
record ReplayCutover(Positions next, @Nullable Positions seen, Map<String, Integer> epochs) {

    ReplayCutover {
        epochs = Map.copyOf(epochs);
    }

    /** Whether history supplies a stored reading, and not Kafka or an earlier delivery. */
    boolean isHistory(SensorType type, RecordOrigin origin) {
        Positions.TopicPosition topic = next.topic(type.topic());
        Integer epoch = epochs.get(type.topic());
        if (topic == null || epoch == null) {
            // The topic is deleted, so Kafka supplies nothing.
            return seen == null;
        }
        // Epochs are stored modulo 256. No name is reused 128 times between two compared ones.
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
