package io.telltale.ingest.offsets;

import static io.telltale.ingest.offsets.OffsetsFixture.FIRST;
import static io.telltale.ingest.offsets.OffsetsFixture.NEXT_ID;
import static io.telltale.ingest.offsets.OffsetsFixture.TOPIC;
import static io.telltale.ingest.offsets.OffsetsFixture.finish;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.store.IngestProgress.PartitionProgress;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class StartOffsetsRecreatedTopicTest {

    private final OffsetsFixture offsets = new OffsetsFixture();
    private final PartitionAssignment assignment = offsets.assignment;
    private final StartOffsets startOffsets = offsets.startOffsets;

    @Test
    void readsFromItsFirstRecordInTheNextEpoch() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 5);
        offsets.commit();
        OffsetTracker before = assignment.findTracker(FIRST);
        offsets.topics.create(TOPIC, NEXT_ID);
        startOffsets.refresh();

        assertThat(assignment.isCurrent(FIRST, before)).isFalse();
        assertThat(offsets.position(FIRST)).isZero();
        assertThat(offsets.epoch(FIRST)).isEqualTo(2);
        assertThat(offsets.durable(FIRST)).isEqualTo(-1);

        offsets.ingest(FIRST, 0, 2);
        offsets.commit();
        assertThat(offsets.committed(FIRST)).isEqualTo(new OffsetAndMetadata(2, NEXT_ID));
        assertThat(offsets.progress)
                .containsExactly(
                        new PartitionProgress(0, 1, 5, OptionalLong.of(4_000)),
                        new PartitionProgress(0, 2, 2, OptionalLong.of(1_000)));
    }

    /** Such an offset would be trusted, had this replica not read the deleted topic itself. */
    @Test
    void ignoresACommittedOffsetWithoutTopicId() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 5);
        offsets.consumer.commitByHand(FIRST, 5, "");
        offsets.topics.create(TOPIC, NEXT_ID);
        startOffsets.refresh();

        assertThat(offsets.position(FIRST)).isZero();
        assertThat(offsets.epoch(FIRST)).isEqualTo(2);
    }

    /** The new log is shorter: the consumer resets itself to its start, before anyone looks at the topic's id. */
    @Test
    void discardsThePollThatRevealsIt() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 5);
        offsets.topics.create(TOPIC, NEXT_ID);
        offsets.consumer.seek(FIRST, 0);
        offsets.append(FIRST, 0, 2);

        assertThat(startOffsets.accept(offsets.poll()))
                .as("nothing is stored in the epoch of the deleted topic")
                .isEmpty();
        assertThat(offsets.epoch(FIRST)).isEqualTo(2);
        assertThat(offsets.position(FIRST)).as("read again").isZero();
    }

    @Test
    void dropsRecordsOfTheDeletedTopicInFlight() {
        offsets.assign(FIRST);
        offsets.append(FIRST, 0, 5);
        Slice inFlight = offsets.take(FIRST);
        offsets.topics.create(TOPIC, NEXT_ID);
        startOffsets.refresh();
        finish(inFlight, 5);
        offsets.commit();

        assertThat(offsets.durable(FIRST)).isEqualTo(-1);
        assertThat(offsets.consumer.commits()).isEmpty();
    }

    @Test
    void takesNothingBeforeKafkaKnowsTheTopicAgain() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 5);
        offsets.commit();
        offsets.assign();
        offsets.assign(FIRST);
        offsets.topics.delete(TOPIC);
        offsets.append(FIRST, 5, 7);
        offsets.resolve(FIRST);
        ConsumerRecords<byte[], byte[]> poll = offsets.poll();
        assertThat(startOffsets.accept(poll)).isEmpty();

        offsets.topics.create(TOPIC, NEXT_ID);
        startOffsets.refresh();
        assertThat(offsets.position(FIRST)).isZero();
        assertThat(offsets.epoch(FIRST)).isEqualTo(2);
    }

    @Test
    void keepsReadingATopicWithTheSameId() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 5);
        OffsetTracker before = assignment.findTracker(FIRST);
        startOffsets.refresh();

        assertThat(assignment.isCurrent(FIRST, before)).isTrue();
        assertThat(offsets.durable(FIRST)).isEqualTo(5);
        assertThat(offsets.position(FIRST)).isEqualTo(5);
    }

    @Test
    void looksOnlyOnceAtATime() {
        offsets.assign(FIRST);
        offsets.topics.holdIds();
        startOffsets.refresh();
        startOffsets.refresh();
        assertThat(offsets.topics.idRequests()).isEqualTo(1);

        offsets.topics.releaseIds();
        startOffsets.refresh();
        assertThat(offsets.topics.idRequests()).isEqualTo(2);
    }

    @Test
    void looksAgainAfterAFailure() {
        offsets.assign(FIRST);
        offsets.topics.setUnavailable(true);
        startOffsets.refresh();
        offsets.topics.setUnavailable(false);
        startOffsets.refresh();

        assertThat(offsets.owned(FIRST).isResolved()).isTrue();
    }
}
