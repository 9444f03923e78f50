package io.telltale.ingest.offsets;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/**
 * All records of one partition in a poll, as one record for the messaging layer. That layer allocates a
 * message with metadata per record, a third of all memory that ingest allocated, and nothing here uses them. One record
 * per partition, not per poll: the messaging layer drops the records of revoked partitions while a poll waits.
 */
final class PartitionBatch extends ConsumerRecord<byte[], byte[]> {

    private final List<ConsumerRecord<byte[], byte[]>> records;

    private PartitionBatch(ConsumerRecord<byte[], byte[]> last, List<ConsumerRecord<byte[], byte[]>> records) {
        super(last.topic(), last.partition(), last.offset(), null, null);
        this.records = records;
    }

    /** Batches the records of a poll by partition, for the messaging layer. */
    static ConsumerRecords<byte[], byte[]> batch(ConsumerRecords<byte[], byte[]> poll) {
        return map(poll, records -> List.of(new PartitionBatch(records.get(records.size() - 1), records)));
    }

    /** Restores a poll; returns the records of one that is not batched. */
    static ConsumerRecords<byte[], byte[]> split(ConsumerRecords<byte[], byte[]> poll) {
        return map(poll, records -> records.get(0) instanceof PartitionBatch batch ? batch.records : records);
    }

    private static ConsumerRecords<byte[], byte[]> map(
            ConsumerRecords<byte[], byte[]> poll,
            Function<List<ConsumerRecord<byte[], byte[]>>, List<ConsumerRecord<byte[], byte[]>>> change) {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> changed = new LinkedHashMap<>();
        for (TopicPartition partition : poll.partitions()) {
            changed.put(partition, change.apply(poll.records(partition)));
        }
        return new ConsumerRecords<>(changed, poll.nextOffsets());
    }
}
