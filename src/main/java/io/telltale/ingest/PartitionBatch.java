package io.telltale.ingest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/**
 * All records that a poll brought of one partition, passed through the messaging layer as one record. For each record it
 * sees, that layer makes a message with its metadata, and adds a header and takes it away again; nobody asks for those, and
 * they were a third of all memory that ingest asked for. A record for each partition, and not one for a poll, since that
 * layer sorts out by partition what is given away while a poll waits in it.
 */
final class PartitionBatch extends ConsumerRecord<byte[], byte[]> {

    private final List<ConsumerRecord<byte[], byte[]>> records;

    private PartitionBatch(ConsumerRecord<byte[], byte[]> last, List<ConsumerRecord<byte[], byte[]>> records) {
        super(last.topic(), last.partition(), last.offset(), null, null);
        this.records = records;
    }

    /** A poll as the messaging layer is to see it. */
    static ConsumerRecords<byte[], byte[]> bundled(ConsumerRecords<byte[], byte[]> poll) {
        return mapped(poll, records -> List.of(new PartitionBatch(records.get(records.size() - 1), records)));
    }

    /** A poll as it came from Kafka; one that was not bundled stays as it is. */
    static ConsumerRecords<byte[], byte[]> unbundled(ConsumerRecords<byte[], byte[]> poll) {
        return mapped(poll, records -> records.get(0) instanceof PartitionBatch bundle ? bundle.records : records);
    }

    private static ConsumerRecords<byte[], byte[]> mapped(
            ConsumerRecords<byte[], byte[]> poll,
            Function<List<ConsumerRecord<byte[], byte[]>>, List<ConsumerRecord<byte[], byte[]>>> change) {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> changed = new LinkedHashMap<>();
        for (TopicPartition partition : poll.partitions()) {
            changed.put(partition, change.apply(poll.records(partition)));
        }
        return new ConsumerRecords<>(changed, poll.nextOffsets());
    }
}
