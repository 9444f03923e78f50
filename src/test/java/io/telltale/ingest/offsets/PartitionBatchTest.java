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
    void bundlesARecordPerPartitionWithItsLastOffset() {
        ConsumerRecords<byte[], byte[]> bundles = PartitionBatch.bundle(poll);

        assertThat(bundles.partitions()).isEqualTo(poll.partitions());
        assertThat(bundles.records(FIRST)).singleElement().satisfies(bundle -> {
            assertThat(bundle.topic()).isEqualTo(FIRST.topic());
            assertThat(bundle.partition()).isZero();
            assertThat(bundle.offset()).isEqualTo(8);
        });
        assertThat(bundles.records(SECOND)).singleElement().satisfies(bundle -> {
            assertThat(bundle.partition()).isEqualTo(7);
            assertThat(bundle.offset()).isEqualTo(100);
        });
        assertThat(bundles.nextOffsets()).isEqualTo(poll.nextOffsets());
    }

    @Test
    void restoresThePoll() {
        ConsumerRecords<byte[], byte[]> unbundled = PartitionBatch.unbundle(PartitionBatch.bundle(poll));

        assertThat(unbundled.partitions()).isEqualTo(poll.partitions());
        assertThat(unbundled.records(FIRST)).isEqualTo(poll.records(FIRST));
        assertThat(unbundled.records(SECOND)).isEqualTo(poll.records(SECOND));
        assertThat(unbundled.nextOffsets()).isEqualTo(poll.nextOffsets());
    }

    @Test
    void keepsAPollThatIsNotBundled() {
        assertThat(PartitionBatch.unbundle(poll).records(FIRST)).isEqualTo(poll.records(FIRST));
    }

    /** As the messaging layer does when a partition is revoked while a poll waits. */
    @Test
    void restoresThePollWithoutARevokedPartition() {
        ConsumerRecords<byte[], byte[]> kept =
                new ConsumerRecords<>(Map.of(FIRST, PartitionBatch.bundle(poll).records(FIRST)), Map.of());

        ConsumerRecords<byte[], byte[]> unbundled = PartitionBatch.unbundle(kept);

        assertThat(unbundled.partitions()).containsExactly(FIRST);
        assertThat(unbundled.records(FIRST)).isEqualTo(poll.records(FIRST));
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(TopicPartition partition, long from, long to) {
        return LongStream.range(from, to)
                .mapToObj(offset -> new ConsumerRecord<>(
                        partition.topic(), partition.partition(), offset, new byte[] {1}, new byte[] {(byte) offset}))
                .toList();
    }
}
