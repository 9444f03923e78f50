package io.telltale.ingest.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.mutiny.Uni;
import io.telltale.kafka.TopicLabels;
import io.telltale.store.IngestProgress.PartitionProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * The offset logic of ingest on Kafka's mock consumer, without servers. Topic {@link #TOPIC} exists with id
 * {@link #ID}; a test assigns partitions, appends records, polls, finishes records and commits.
 */
final class OffsetsFixture {

    static final String TOPIC = "sensors.temperature";
    static final String ID = "first-incarnation";
    static final String NEXT_ID = "second-incarnation";
    static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);
    static final TopicPartition SECOND = new TopicPartition(TOPIC, 1);

    final FakeTopicMetadata topics = new FakeTopicMetadata();
    final ScriptedConsumer consumer = new ScriptedConsumer();
    final FakeKafkaConsumer channel = new FakeKafkaConsumer(consumer);
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final RecordedOutages outages = new RecordedOutages();
    final DeliveredOffsets delivered = new DeliveredOffsets();
    final PartitionAssignment assignment = new PartitionAssignment(topics, delivered);
    final StartOffsets startOffsets =
            new StartOffsets(channel, assignment, topics, delivered, new LostRecords(meters, new TopicLabels()));
    final OffsetCommitter committer = new OffsetCommitter(
            channel, assignment, delivered, this::advance, new ConsumerLag(meters, new TopicLabels()), outages);
    /** What readers were told, in order. */
    final List<PartitionProgress> progress = new ArrayList<>();

    private final ConsumerInterceptor<byte[], byte[]> interceptor = interceptor(delivered);
    private Optional<RuntimeException> progressFailure = Optional.empty();

    OffsetsFixture() {
        topics.create(TOPIC, ID);
        start(FIRST, 0);
        start(SECOND, 0);
        consumer.subscribe(List.of(TOPIC), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                assignment.onPartitionsAssigned(consumer, partitions);
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                assignment.onPartitionsRevoked(consumer, partitions);
            }
        });
    }

    /** Configured as Kafka configures it. */
    private static ConsumerInterceptor<byte[], byte[]> interceptor(DeliveredOffsets delivered) {
        Map<String, Object> config =
                delivered.customize(PartitionOffsets.CHANNEL, new SmallRyeConfigBuilder().build(), Map.of());
        assertThat(config)
                .containsEntry(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, DeliveredOffsets.Interceptor.class.getName());
        DeliveredOffsets.Interceptor interceptor = new DeliveredOffsets.Interceptor();
        interceptor.configure(config);
        return interceptor;
    }

    /** Rebalances: these and no other partitions are assigned from now on. */
    void assign(TopicPartition... partitions) {
        consumer.rebalance(List.of(partitions));
    }

    /** The log start offset of a partition, as after retention. */
    void start(TopicPartition partition, long offset) {
        topics.start(partition, offset);
        consumer.updateBeginningOffsets(Map.of(partition, offset));
    }

    /** The log end offset of a partition, for the lag. */
    void end(TopicPartition partition, long offset) {
        topics.end(partition, offset);
        consumer.updateEndOffsets(Map.of(partition, offset));
    }

    /** Appends the records {@code [from, to)} to a partition; record 3 has record time 3000. */
    void append(TopicPartition partition, long from, long to) {
        for (long offset = from; offset < to; offset++) {
            consumer.addRecord(new ConsumerRecord<>(
                    partition.topic(),
                    partition.partition(),
                    offset,
                    offset * 1_000,
                    TimestampType.LOG_APPEND_TIME,
                    1,
                    1,
                    new byte[] {1},
                    new byte[] {2},
                    new RecordHeaders(),
                    Optional.empty()));
        }
        end(partition, to);
    }

    /** Polls all records that were appended; the interceptor sees them as in the service. */
    ConsumerRecords<byte[], byte[]> poll() {
        return PartitionBatch.split(interceptor.onConsume(consumer.poll(Duration.ZERO)));
    }

    /** Polls, and opens the slice of a partition as ingest does. */
    Slice take(TopicPartition partition) {
        ConsumerRecords<byte[], byte[]> poll = poll();
        OffsetTracker tracker = startOffsets.accept(poll).get(partition);
        resolve(partition);
        return open(partition, tracker, poll);
    }

    Slice open(TopicPartition partition, @Nullable OffsetTracker tracker, ConsumerRecords<byte[], byte[]> poll) {
        assertThat(assignment.isCurrent(partition, tracker)).isTrue();
        List<ConsumerRecord<byte[], byte[]>> records = poll.records(partition);
        ConsumerRecord<byte[], byte[]> last = records.get(records.size() - 1);
        return Objects.requireNonNull(tracker).open(last.offset() + 1, last.timestamp(), records.size());
    }

    /** Appends the records {@code [from, to)}, and ingests them until they are durable. */
    void ingest(TopicPartition partition, long from, long to) {
        append(partition, from, to);
        finish(take(partition), to - from);
    }

    static void finish(Slice slice, long records) {
        for (long record = 0; record < records; record++) {
            slice.acknowledge();
        }
    }

    void resolve(TopicPartition... partitions) {
        startOffsets.resolve(List.of(partitions)).await().atMost(Duration.ofSeconds(5));
    }

    void commit() {
        committer.commitDurable().await().atMost(Duration.ofSeconds(5));
    }

    /** What the group has committed of a partition; null: nothing. */
    @Nullable
    OffsetAndMetadata committed(TopicPartition partition) {
        return consumer.committed(Set.of(partition)).get(partition);
    }

    OwnedPartition owned(TopicPartition partition) {
        return Objects.requireNonNull(assignment.find(partition));
    }

    /** Where the consumer reads next. */
    long position(TopicPartition partition) {
        return consumer.position(partition);
    }

    int epoch(TopicPartition partition) {
        return Objects.requireNonNull(owned(partition).topic()).epoch();
    }

    /** The first offset of a partition that is not durable; -1: unknown. */
    long durable(TopicPartition partition) {
        return owned(partition).tracker().durable().nextOffset();
    }

    double lost() {
        Counter lost = meters.find("telltale.records.lost").counter();
        return lost == null ? 0 : lost.count();
    }

    double lag() {
        Gauge lag = meters.find("telltale.consumer.lag").gauge();
        return lag == null ? Double.NaN : lag.value();
    }

    /** From now on Cassandra does not take the progress; empty: takes it again. */
    void failProgress(Optional<RuntimeException> failure) {
        progressFailure = failure;
    }

    private Uni<Void> advance(String topic, Collection<PartitionProgress> steps) {
        if (progressFailure.isPresent()) {
            return Uni.createFrom().failure(progressFailure.get());
        }
        assertThat(topic).isEqualTo(TOPIC);
        progress.addAll(steps);
        return Uni.createFrom().voidItem();
    }
}
