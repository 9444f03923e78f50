package io.telltale.ingest;

import io.smallrye.mutiny.Uni;
import io.telltale.ingest.offsets.AssignedPoll;
import io.telltale.ingest.offsets.PartitionOffsets;
import io.telltale.ingest.offsets.Slice;
import io.telltale.ingest.offsets.TopicIncarnation;
import io.telltale.kafka.DroppedFields;
import io.telltale.kafka.RecordHeaders;
import io.telltale.wire.DecodeResult;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
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

/** Decodes the records of a poll, once their topics are resolved, and opens the slices of their partitions. */
@Singleton
class PollDecoder {

    private final PartitionOffsets offsets;
    private final OutageRetry retry;
    private final IngestLoop loop;
    private final IngestMetrics metrics;
    private final DroppedFields droppedFields;
    private final Clock clock;
    private final RecordDecoder decoder = new RecordDecoder();

    @Inject
    PollDecoder(
            PartitionOffsets offsets,
            OutageRetry retry,
            IngestLoop loop,
            IngestMetrics metrics,
            DroppedFields droppedFields,
            Clock clock) {
        this.offsets = offsets;
        this.retry = retry;
        this.loop = loop;
        this.metrics = metrics;
        this.droppedFields = droppedFields;
        this.clock = clock;
    }

    /** Decodes a batch of a poll, without the records of partitions that were revoked since. */
    Uni<List<DecodedRecord>> decode(AssignedPoll poll, ConsumerRecords<byte[], byte[]> batch) {
        return retry.untilSuccess("resolving topics", offsets.resolveTopics(poll))
                .emitOn(loop)
                .map(topics -> decode(poll, batch, topics));
    }

    private List<DecodedRecord> decode(
            AssignedPoll poll, ConsumerRecords<byte[], byte[]> batch, Map<String, TopicIncarnation> topics) {
        List<DecodedRecord> decoded = new ArrayList<>(batch.count());
        for (TopicPartition partition : batch.partitions()) {
            TopicIncarnation topic = topics.get(partition.topic());
            List<ConsumerRecord<byte[], byte[]>> records = batch.records(partition);
            Slice slice = offsets.open(poll, partition, topic, records);
            if (slice == null || topic == null) {
                continue;
            }
            metrics.received(partition.topic(), records.size());
            for (ConsumerRecord<byte[], byte[]> record : records) {
                DecodedRecord one = DecodedRecord.of(record, topic, decode(record, topic), slice);
                for (Accepted accepted : one.accepted()) {
                    droppedFields.count(topic.type(), accepted);
                }
                decoded.add(one);
            }
        }
        return decoded;
    }

    private DecodeResult decode(ConsumerRecord<byte[], byte[]> record, TopicIncarnation topic) {
        DecodeResult decoded = decoder.decode(
                topic.type(), RecordHeaders.of(record), record.key(), record.value(), record.timestamp());
        // A record time far in the future, set by a producer, would win over every later correction.
        boolean isAhead = record.timestampType() == TimestampType.CREATE_TIME
                && record.timestamp() - clock.millis() > ReadingDecoder.MAX_AHEAD_MILLIS;
        return isAhead && !decoded.accepted().isEmpty()
                ? new Rejected(
                        Rejection.TIMESTAMP_IN_FUTURE,
                        ("record time is %d ms, set by its producer and over 10 min ahead of the clock; expected at "
                                        + "most 10 min")
                                .formatted(record.timestamp()))
                : decoded;
    }
}
