package io.telltale.ingest.offsets;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/** The records of a poll, with the trackers that its partitions had when it was delivered. */
public final class AssignedPoll {

    private final ConsumerRecords<byte[], byte[]> records;
    private final Map<TopicPartition, OffsetTracker> trackers;
    private final Set<TopicPartition> ofUnknownTopics;

    /** @param ofUnknownTopics the partitions whose topic was not resolved before the poll */
    AssignedPoll(
            ConsumerRecords<byte[], byte[]> records,
            Map<TopicPartition, OffsetTracker> trackers,
            Set<TopicPartition> ofUnknownTopics) {
        this.records = records;
        this.trackers = trackers;
        this.ofUnknownTopics = ofUnknownTopics;
    }

    public ConsumerRecords<byte[], byte[]> records() {
        return records;
    }

    Map<TopicPartition, OffsetTracker> trackers() {
        return trackers;
    }

    Set<TopicPartition> ofUnknownTopics() {
        return ofUnknownTopics;
    }
}
