package io.telltale.kafka;

import io.telltale.sensors.SensorType;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A topic as Kafka describes it.
 *
 * @param id identifies the incarnation: a recreated topic has the same name and another id
 * @param partitions the number of its partitions
 */
public record Topic(String name, Uuid id, int partitions) {

    /**
     * The type of the readings it carries.
     *
     * @throws IllegalArgumentException if it is not a sensor topic
     */
    public SensorType type() {
        return SensorType.ofTopic(name);
    }

    public List<TopicPartition> topicPartitions() {
        return IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(name, partition))
                .toList();
    }

    /** Whether this is the same incarnation; false for null. */
    public boolean isSame(@Nullable Topic other) {
        return other != null && other.id.equals(id);
    }

    /** 32 bits of the id, for cursors, which have no space for all 128. Ids are random: enough within one cluster. */
    public int idHash() {
        return idHash(id);
    }

    /** As {@link #idHash()}, of a topic that may no longer exist. */
    public static int idHash(Uuid id) {
        return Long.hashCode(id.getMostSignificantBits()) * 31 + Long.hashCode(id.getLeastSignificantBits());
    }
}
