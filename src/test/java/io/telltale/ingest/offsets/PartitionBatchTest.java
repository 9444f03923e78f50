package io.telltale.ingest.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PartitionBatchTest {

    private static final TopicPartition FIRST = new TopicPartition("sensors.t", 0);
    private static final TopicPartition SECOND = new TopicPartition("sensors.u", 7);

    private final ConsumerRecords<byte[], byte[]> poll = new ConsumerRecords<>(
            Map.of(FIRST, records(FIRST, 5, 9), SECOND, records(SECOND, 100, 101)),
            Map.of(FIRST, new OffsetAndMetadata(9), SECOND, new OffsetAndMetadata(101)));

    @Test
    void batchesThePollByPartitionWithTheLastOffset() {
        ConsumerRecords<byte[], byte[]> batches = PartitionBatch.batch(poll);

        assertThat(batches.partitions()).isEqualTo(poll.partitions());
        assertThat(batches.records(FIRST)).singleElement().satisfies(batch -> {
            assertThat(batch.topic()).isEqualTo(FIRST.topic());
            assertThat(batch.partition()).isZero();
            assertThat(batch.offset()).isEqualTo(8);
        });
        assertThat(batches.records(SECOND)).singleElement().satisfies(batch -> {
            assertThat(batch.partition()).isEqualTo(7);
            assertThat(batch.offset()).isEqualTo(100);
        });
        assertThat(batches.nextOffsets()).isEqualTo(poll.nextOffsets());
    }

    @Test
    void restoresThePoll() {
        ConsumerRecords<byte[], byte[]> split = PartitionBatch.split(PartitionBatch.batch(poll));

        assertThat(split.partitions()).isEqualTo(poll.partitions());
        assertThat(split.records(FIRST)).isEqualTo(poll.records(FIRST));
        assertThat(split.records(SECOND)).isEqualTo(poll.records(SECOND));
        assertThat(split.nextOffsets()).isEqualTo(poll.nextOffsets());
    }

    @Test
    void keepsAPollThatIsNotBatched() {
        assertThat(PartitionBatch.split(poll).records(FIRST)).isEqualTo(poll.records(FIRST));
    }

    /** As the messaging layer does when a partition is revoked while a poll waits. */
    @Test
    void restoresThePollWithoutARevokedPartition() {
        ConsumerRecords<byte[], byte[]> kept =
                new ConsumerRecords<>(Map.of(FIRST, PartitionBatch.batch(poll).records(FIRST)), Map.of());

        ConsumerRecords<byte[], byte[]> split = PartitionBatch.split(kept);

        assertThat(split.partitions()).containsExactly(FIRST);
        assertThat(split.records(FIRST)).isEqualTo(poll.records(FIRST));
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(TopicPartition partition, long from, long to) {
        return LongStream.range(from, to)
                .mapToObj(offset -> new ConsumerRecord<>(
                        partition.topic(), partition.partition(), offset, new byte[] {1}, new byte[] {(byte) offset}))
                .toList();
    }
}
