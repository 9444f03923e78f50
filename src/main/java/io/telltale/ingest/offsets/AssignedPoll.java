package io.telltale.ingest.offsets;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/** The records of a poll, with the trackers that its partitions had when it was delivered. */
public final class AssignedPoll {

    private final ConsumerRecords<byte[], byte[]> records;
    private final Map<TopicPartition, OffsetTracker> trackers;

    AssignedPoll(ConsumerRecords<byte[], byte[]> records, Map<TopicPartition, OffsetTracker> trackers) {
        this.records = records;
        this.trackers = trackers;
    }

    public ConsumerRecords<byte[], byte[]> records() {
        return records;
    }

    Map<TopicPartition, OffsetTracker> trackers() {
        return trackers;
    }
}
