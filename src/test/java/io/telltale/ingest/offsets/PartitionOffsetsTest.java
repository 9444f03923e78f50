package io.telltale.ingest.offsets;

import static io.telltale.ingest.offsets.OffsetsFixture.FIRST;
import static io.telltale.ingest.offsets.OffsetsFixture.SECOND;
import static io.telltale.ingest.offsets.OffsetsFixture.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The slice of a partition that a poll opens. */
class PartitionOffsetsTest {

    private final OffsetsFixture offsets = new OffsetsFixture();
    private final PartitionOffsets partitions = new PartitionOffsets(
            offsets.assignment,
            offsets.topics,
            offsets.startOffsets,
            new RecreationCheck(offsets.startOffsets),
            offsets.committer);

    private AssignedPoll poll() {
        return partitions.accept(offsets.poll());
    }

    private @Nullable TopicIncarnation resolve(AssignedPoll poll) {
        Map<String, TopicIncarnation> found =
                partitions.resolveTopics(poll).await().atMost(Duration.ofSeconds(5));
        return found.get(TOPIC);
    }

    private @Nullable Slice open(AssignedPoll poll, @Nullable TopicIncarnation topic) {
        return partitions.open(poll, FIRST, topic, poll.records().records(FIRST));
    }

    private DurableOffset ingest() {
        AssignedPoll poll = poll();
        Slice slice = Objects.requireNonNull(open(poll, resolve(poll)));
        OffsetsFixture.finish(slice, poll.records().count());
        return offsets.owned(FIRST).tracker().durable();
    }

    @Test
    void endsBehindTheLastRecord() {
        offsets.assign(FIRST);
        offsets.append(FIRST, 0, 3);

        assertThat(ingest()).isEqualTo(new DurableOffset(3, 2_000));
    }

    /** Records that follow may be older. */
    @Test
    void hasNoRecordTimeOfAProducersClock() {
        offsets.assign(FIRST);
        offsets.end(FIRST, 1);
        offsets.consumer.addRecord(new ConsumerRecord<>(
                TOPIC,
                FIRST.partition(),
                0,
                9_000,
                TimestampType.CREATE_TIME,
                1,
                1,
                new byte[] {1},
                new byte[] {2},
                new RecordHeaders(),
                Optional.empty()));

        assertThat(ingest()).isEqualTo(new DurableOffset(1, DurableOffset.NO_RECORD_TIME));
    }

    /** Their offsets may not be committed with those of later records. */
    @Test
    void readsRecordsOfAnUnknownTopicAgain() {
        offsets.assign(FIRST);
        offsets.append(FIRST, 0, 3);
        AssignedPoll poll = poll();

        assertThat(open(poll, null)).isNull();
        assertThat(offsets.owned(FIRST).isSeekPending()).isTrue();
        offsets.append(FIRST, 3, 5);
        assertThat(poll().trackers()).isEmpty();
    }

    @Test
    void opensNothingOfARevokedPartition() {
        offsets.assign(FIRST);
        offsets.append(FIRST, 0, 3);
        AssignedPoll poll = poll();
        TopicIncarnation topic = resolve(poll);
        offsets.assign(SECOND);

        assertThat(open(poll, topic)).isNull();
        assertThat(partitions.assigned()).containsExactly(SECOND);
    }
}
