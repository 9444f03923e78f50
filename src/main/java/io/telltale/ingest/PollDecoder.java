package io.telltale.ingest;

import io.smallrye.common.annotation.Identifier;
import io.telltale.ingest.OffsetTracker.End;
import io.telltale.ingest.OffsetTracker.Slice;
import io.telltale.kafka.RecordHeaders;
import io.telltale.wire.Decoded;
import io.telltale.wire.Decoded.Rejected;
import io.telltale.wire.ReadingDecoder;
import io.telltale.wire.RecordDecoder;
import io.telltale.wire.Rejection;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;

/** Decodes the records of a poll, and opens the slices of their partitions. */
@Singleton
class PollDecoder {

    private final PartitionAssignment partitionAssignment;
    private final StartOffsets startOffsets;
    private final IngestMetrics metrics;
    private final Clock clock;
    private final RecordDecoder decoder = new RecordDecoder();

    @Inject
    PollDecoder(
            @Identifier(PartitionAssignment.NAME) PartitionAssignment partitionAssignment,
            StartOffsets startOffsets,
            IngestMetrics metrics,
            Clock clock) {
        this.partitionAssignment = partitionAssignment;
        this.startOffsets = startOffsets;
        this.metrics = metrics;
        this.clock = clock;
    }

    /**
     * Decodes the records of partitions that this replica still owns. The next owner of a revoked partition, which may be
     * this replica, reads its records again.
     */
    List<DecodedRecord> decode(
            ConsumerRecords<byte[], byte[]> batch,
            Map<String, TopicIncarnation> topics,
            Map<TopicPartition, OffsetTracker> trackers) {
        List<DecodedRecord> decoded = new ArrayList<>(batch.count());
        for (TopicPartition partition : batch.partitions()) {
            TopicIncarnation topic = topics.get(partition.topic());
            OffsetTracker tracker = trackers.get(partition);
            if (tracker == null || !partitionAssignment.isCurrent(partition, tracker)) {
                continue;
            }
            if (topic == null) {
                startOffsets.leaveOut(partition, tracker);
                continue;
            }
            List<ConsumerRecord<byte[], byte[]>> records = batch.records(partition);
            ConsumerRecord<byte[], byte[]> last = records.get(records.size() - 1);
            Slice slice = tracker.open(last.offset() + 1, recordTimeOf(last), records.size());
            metrics.received(partition.topic(), records.size());
            for (ConsumerRecord<byte[], byte[]> record : records) {
                decoded.add(DecodedRecord.of(record, topic, decode(record, topic), slice));
            }
        }
        return decoded;
    }

    /** Only the broker's clock bounds the record times that follow; a producer's clock does not. */
    private static long recordTimeOf(ConsumerRecord<byte[], byte[]> last) {
        return last.timestampType() == TimestampType.LOG_APPEND_TIME ? last.timestamp() : End.NO_RECORD_TIME;
    }

    private Decoded decode(ConsumerRecord<byte[], byte[]> record, TopicIncarnation topic) {
        Decoded decoded =
                decoder.decode(topic.type(), RecordHeaders.of(record), record.key(), record.value(), record.timestamp());
        // A record time far in the future, set by a producer, would win over every later correction.
        boolean isAhead = record.timestampType() == TimestampType.CREATE_TIME
                && record.timestamp() - clock.millis() > ReadingDecoder.MAX_AHEAD_MILLIS;
        return isAhead && !decoded.accepted().isEmpty()
                ? new Rejected(
                        Rejection.TIMESTAMP_IN_FUTURE,
                        "record time %d ms, set by its producer, is more than 10 min ahead of the clock"
                                .formatted(record.timestamp()))
                : decoded;
    }
}
