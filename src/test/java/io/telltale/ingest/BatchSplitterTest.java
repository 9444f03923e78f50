package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class BatchSplitterTest {

    private static final int LARGEST_BODY = 64 << 10;

    @Test
    void keepsASmallPollWhole() {
        ConsumerRecords<byte[], byte[]> poll = poll(new Random(1), 3, 300, 200);

        assertThat(BatchSplitter.of(poll)).containsExactly(poll);
    }

    @Test
    void keepsAnEmptyPollWhole() {
        assertThat(BatchSplitter.of(ConsumerRecords.empty())).hasSize(1);
    }

    @Test
    void boundsBatchesAndKeepsTheOrder() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            ConsumerRecords<byte[], byte[]> poll = poll(random, 1 + random.nextInt(4), 40, LARGEST_BODY);

            List<ConsumerRecords<byte[], byte[]>> batches = BatchSplitter.of(poll);

            Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> joined = new LinkedHashMap<>();
            for (ConsumerRecords<byte[], byte[]> batch : batches) {
                assertThat(batch.isEmpty()).isFalse();
                assertThat(bytes(batch)).as("seed %d", seed).isLessThan(BatchSplitter.BYTES + LARGEST_BODY);
                batch.partitions().forEach(partition -> joined.computeIfAbsent(partition, p -> new ArrayList<>())
                        .addAll(batch.records(partition)));
            }
            assertThat(batches.size()).as("seed %d", seed).isGreaterThan(1);
            assertThat(joined.keySet()).isEqualTo(poll.partitions());
            for (TopicPartition partition : poll.partitions()) {
                assertThat(joined.get(partition)).as("seed %d", seed).isEqualTo(poll.records(partition));
            }
        }
    }

    @Test
    void countsNoBytesForARecordWithoutBody() {
        TopicPartition partition = new TopicPartition("sensors.t", 0);
        ConsumerRecords<byte[], byte[]> poll =
                new ConsumerRecords<>(Map.of(partition, List.of(record(partition, 0, -1))), Map.of());

        assertThat(BatchSplitter.of(poll)).containsExactly(poll);
    }

    private static int bytes(ConsumerRecords<byte[], byte[]> batch) {
        int bytes = 0;
        for (ConsumerRecord<byte[], byte[]> record : batch) {
            bytes += record.serializedValueSize();
        }
        return bytes;
    }

    private static ConsumerRecords<byte[], byte[]> poll(Random random, int partitions, int recordsEach, int maxBytes) {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new LinkedHashMap<>();
        for (int p = 0; p < partitions; p++) {
            TopicPartition partition = new TopicPartition("sensors.t", p);
            List<ConsumerRecord<byte[], byte[]>> ofPartition = new ArrayList<>();
            for (int offset = 0; offset < recordsEach; offset++) {
                ofPartition.add(record(partition, offset, maxBytes / 2 + random.nextInt(maxBytes / 2 + 1)));
            }
            records.put(partition, ofPartition);
        }
        return new ConsumerRecords<>(records, Map.of());
    }

    private static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset, int valueBytes) {
        return new ConsumerRecord<>(
                partition.topic(),
                partition.partition(),
                offset,
                1_700_000_000_000L,
                TimestampType.LOG_APPEND_TIME,
                0,
                valueBytes,
                new byte[0],
                null,
                new RecordHeaders(),
                Optional.empty());
    }
}
