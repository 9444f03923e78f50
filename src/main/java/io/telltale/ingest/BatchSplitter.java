package io.telltale.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/**
 * Cuts a poll into portions that ingest can hold. A poll is bounded in records, and a record without packs is one reading;
 * but a pack of 64 KiB may be 4,000 readings, and a poll of such packs some millions.
 */
final class BatchSplitter {

    /** How large the bodies of a portion may grow before it ends: some 30,000 readings of the smallest that SenML allows. */
    static final int BYTES = 512 << 10;

    private BatchSplitter() {}

    /** The records of a poll, in order within their partitions; the poll itself if it is small, as it mostly is. */
    static List<ConsumerRecords<byte[], byte[]>> of(ConsumerRecords<byte[], byte[]> poll) {
        return sizeBytes(poll) <= BYTES ? List.of(poll) : cut(poll);
    }

    private static long sizeBytes(ConsumerRecords<byte[], byte[]> poll) {
        long bytes = 0;
        for (ConsumerRecord<byte[], byte[]> record : poll) {
            bytes += Math.max(0, record.serializedValueSize());
        }
        return bytes;
    }

    private static List<ConsumerRecords<byte[], byte[]>> cut(ConsumerRecords<byte[], byte[]> poll) {
        List<ConsumerRecords<byte[], byte[]>> portions = new ArrayList<>();
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> portion = new LinkedHashMap<>();
        long bytes = 0;
        for (TopicPartition partition : poll.partitions()) {
            for (ConsumerRecord<byte[], byte[]> record : poll.records(partition)) {
                if (bytes >= BYTES) {
                    portions.add(new ConsumerRecords<>(portion, Map.of()));
                    portion = new LinkedHashMap<>();
                    bytes = 0;
                }
                portion.computeIfAbsent(partition, first -> new ArrayList<>()).add(record);
                bytes += Math.max(0, record.serializedValueSize());
            }
        }
        portions.add(new ConsumerRecords<>(portion, Map.of()));
        return portions;
    }
}
