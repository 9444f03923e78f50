package io.telltale.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/**
 * Splits a poll into batches that ingest can hold. Kafka bounds a poll in records, which is not enough for SenML packs:
 * a pack of 64 KiB may have 4,000 readings, and a poll of such packs some millions.
 */
final class BatchSplitter {

    /** The size of the bodies at which a batch ends: about 30,000 of the smallest readings that SenML allows. */
    static final int BYTES = 512 << 10;

    private BatchSplitter() {}

    /**
     * The batches of a poll, in order within their partitions; the poll itself if it is small, which is the usual case.
     */
    static List<ConsumerRecords<byte[], byte[]>> of(ConsumerRecords<byte[], byte[]> poll) {
        return sizeBytes(poll) <= BYTES ? List.of(poll) : split(poll);
    }

    private static long sizeBytes(ConsumerRecords<byte[], byte[]> poll) {
        long bytes = 0;
        for (ConsumerRecord<byte[], byte[]> record : poll) {
            bytes += Math.max(0, record.serializedValueSize());
        }
        return bytes;
    }

    private static List<ConsumerRecords<byte[], byte[]>> split(ConsumerRecords<byte[], byte[]> poll) {
        List<ConsumerRecords<byte[], byte[]>> batches = new ArrayList<>();
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> batch = new LinkedHashMap<>();
        long bytes = 0;
        for (TopicPartition partition : poll.partitions()) {
            for (ConsumerRecord<byte[], byte[]> record : poll.records(partition)) {
                if (bytes >= BYTES) {
                    batches.add(new ConsumerRecords<>(batch, Map.of()));
                    batch = new LinkedHashMap<>();
                    bytes = 0;
                }
                batch.computeIfAbsent(partition, first -> new ArrayList<>()).add(record);
                bytes += Math.max(0, record.serializedValueSize());
            }
        }
        batches.add(new ConsumerRecords<>(batch, Map.of()));
        return batches;
    }
}
