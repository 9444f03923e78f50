package io.telltale.status;

import io.telltale.kafka.Topic;
import io.telltale.store.IngestProgress.PartitionProgress;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;

/**
 * How far ingest of a topic is, over all replicas.
 *
 * @param topic the topic's name
 * @param records the number of records that are not durable; empty if it is unknown
 * @param throughMillis every record with a record time before this instant is durable; empty if it is unknown
 */
record TopicLag(String topic, OptionalLong records, OptionalLong throughMillis) {

    static TopicLag unknown(String topic) {
        return new TopicLag(topic, OptionalLong.empty(), OptionalLong.empty());
    }

    /**
     * Compares offsets with progress.
     *
     * @param checkedAtMillis before the offsets were requested
     * @param ends the high watermarks; the lag is unknown if one of this topic is missing
     * @param starts the log start offsets of the partitions that are behind
     * @param progressed by partition, read after {@code ends}
     */
    static TopicLag of(
            Topic topic,
            long checkedAtMillis,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, Long> starts,
            Map<Integer, PartitionProgress> progressed) {
        long records = 0;
        OptionalLong through = OptionalLong.of(checkedAtMillis);
        for (TopicPartition partition : topic.topicPartitions()) {
            Long end = ends.get(partition);
            if (end == null) {
                return unknown(topic.name());
            }
            PartitionProgress durable = progressed.get(partition.partition());
            long next = durable == null ? 0 : durable.nextOffset();
            if (next < end) {
                Long start = starts.get(partition);
                if (start == null) {
                    return unknown(topic.name());
                }
                // Records that Kafka removed unread are lost; they do not lag.
                long lag = end - Math.max(next, start);
                if (lag > 0) {
                    records += lag;
                    through = earlier(through, durable == null ? OptionalLong.empty() : durable.recordTimeMillis());
                }
            }
        }
        return new TopicLag(topic.name(), OptionalLong.of(records), through);
    }

    private static OptionalLong earlier(OptionalLong one, OptionalLong other) {
        return one.isEmpty() || other.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(Math.min(one.getAsLong(), other.getAsLong()));
    }

    /** The partitions of a topic with records that are not durable, or no longer in the log. */
    static List<TopicPartition> behind(
            Topic topic, Map<TopicPartition, Long> ends, Map<Integer, PartitionProgress> progressed) {
        return topic.topicPartitions().stream()
                .filter(partition -> {
                    PartitionProgress durable = progressed.get(partition.partition());
                    return ends.getOrDefault(partition, 0L) > (durable == null ? 0 : durable.nextOffset());
                })
                .toList();
    }
}
