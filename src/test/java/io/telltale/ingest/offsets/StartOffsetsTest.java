package io.telltale.ingest.offsets;

import static io.telltale.ingest.offsets.OffsetsFixture.FIRST;
import static io.telltale.ingest.offsets.OffsetsFixture.ID;
import static io.telltale.ingest.offsets.OffsetsFixture.SECOND;
import static io.telltale.ingest.offsets.OffsetsFixture.finish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.telltale.store.IngestProgress.PartitionProgress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class StartOffsetsTest {

    private final OffsetsFixture offsets = new OffsetsFixture();
    private final PartitionAssignment assignment = offsets.assignment;
    private final StartOffsets startOffsets = offsets.startOffsets;

    @Nested
    class WhenAssigned {

        @Test
        void readsFromTheFirstRecordWithoutACommit() {
            offsets.assign(FIRST);
            offsets.append(FIRST, 0, 3);
            Slice slice = offsets.take(FIRST);

            assertThat(offsets.owned(FIRST).isResolved()).isTrue();
            assertThat(offsets.epoch(FIRST)).isEqualTo(1);
            assertThat(offsets.durable(FIRST)).isEqualTo(-1);
            finish(slice, 3);
            assertThat(offsets.durable(FIRST)).isEqualTo(3);
        }

        /** The former owner may have stopped after its commit and before it told readers. */
        @Test
        void takesOverTheCommittedOffsetAsDurable() {
            offsets.consumer.commitByHand(FIRST, 5, ID);
            offsets.assign(FIRST);
            startOffsets.refresh();
            offsets.commit();

            assertThat(offsets.position(FIRST)).isEqualTo(5);
            assertThat(offsets.durable(FIRST)).isEqualTo(5);
            assertThat(offsets.progress).containsExactly(new PartitionProgress(0, 1, 5, OptionalLong.empty()));
        }

        @Test
        void doesNotTakeOverAnOffsetAheadOfDelivery() {
            offsets.consumer.commitByHand(FIRST, 5, ID);
            offsets.assign(FIRST);
            offsets.append(FIRST, 5, 9);
            ConsumerRecords<byte[], byte[]> poll = offsets.poll();
            OffsetTracker tracker = startOffsets.accept(poll).get(FIRST);
            offsets.consumer.commitByHand(FIRST, 9, ID);
            offsets.resolve(FIRST);

            assertThat(offsets.durable(FIRST)).isEqualTo(-1);
            finish(offsets.open(FIRST, tracker, poll), 4);
            assertThat(offsets.durable(FIRST)).isEqualTo(9);
        }

        @Test
        void doesNotTakeOverAnOffsetAheadOfThePosition() {
            offsets.consumer.commitByHand(FIRST, 5, ID);
            offsets.assign(FIRST);
            assertThat(offsets.position(FIRST)).isEqualTo(5);
            offsets.consumer.commitByHand(FIRST, 9, ID);
            offsets.resolve(FIRST);

            assertThat(offsets.owned(FIRST).isResolved()).isTrue();
            assertThat(offsets.durable(FIRST)).isEqualTo(-1);
        }

        /** An administrator set it; the records before it may not be stored. */
        @Test
        void readsFromAnOffsetWithoutTopicIdButDoesNotTrustIt() {
            offsets.consumer.commitByHand(FIRST, 5, "");
            offsets.assign(FIRST);
            offsets.resolve(FIRST);

            assertThat(offsets.position(FIRST)).isEqualTo(5);
            assertThat(offsets.owned(FIRST).isResolved()).isTrue();
            assertThat(offsets.durable(FIRST)).isEqualTo(-1);
        }

        @Test
        void ignoresTheCommittedOffsetOfAnotherIncarnation() {
            offsets.consumer.commitByHand(FIRST, 5, "deleted-incarnation");
            offsets.start(FIRST, 2);
            offsets.assign(FIRST);
            assertThat(offsets.position(FIRST)).isEqualTo(5);
            offsets.resolve(FIRST);

            assertThat(offsets.position(FIRST)).isEqualTo(2);
            assertThat(offsets.durable(FIRST)).isEqualTo(-1);
            offsets.ingest(FIRST, 2, 4);
            offsets.commit();
            assertThat(offsets.committed(FIRST)).isEqualTo(new OffsetAndMetadata(4, ID));
        }

        /** It was polled with the offset of the deleted topic, and waited while the start offset was looked up. */
        @Test
        void discardsAWaitingPollOfAnotherIncarnation() {
            offsets.consumer.commitByHand(FIRST, 5, "deleted-incarnation");
            offsets.assign(FIRST);
            offsets.append(FIRST, 5, 8);
            startOffsets.accept(offsets.poll());
            offsets.append(FIRST, 8, 10);
            ConsumerRecords<byte[], byte[]> waiting = offsets.poll();
            offsets.resolve(FIRST);

            assertThat(startOffsets.accept(waiting)).isEmpty();
            assertThat(offsets.position(FIRST)).isZero();
        }

        @Test
        void countsNothingOfAnotherIncarnationAsLost() {
            offsets.consumer.commitByHand(FIRST, 5, "deleted-incarnation");
            offsets.start(FIRST, 8);
            offsets.assign(FIRST);
            offsets.resolve(FIRST);

            assertThat(offsets.position(FIRST)).isEqualTo(8);
            assertThat(offsets.lost()).isZero();
        }

        @Test
        void countsWhatRetentionRemovedBeforeTheStartAsLost() {
            offsets.consumer.commitByHand(FIRST, 5, ID);
            offsets.start(FIRST, 8);
            offsets.assign(FIRST);
            offsets.consumer.seek(FIRST, 8); // as the consumer does: its reset policy is "earliest"
            offsets.resolve(FIRST);
            offsets.resolve(FIRST);

            assertThat(offsets.lost()).isEqualTo(3);
            assertThat(offsets.durable(FIRST)).isEqualTo(8);
        }

        @Test
        void countsNothingAsLostAtTheLogStart() {
            offsets.consumer.commitByHand(FIRST, 5, ID);
            offsets.start(FIRST, 5);
            offsets.assign(FIRST);
            offsets.resolve(FIRST);

            assertThat(offsets.meters.find("telltale.records.lost").counter()).isNull();
        }

        @Test
        void waitsForTheConsumerToBeCreated() {
            offsets.assign(FIRST);
            offsets.channel.setCreated(false);
            offsets.resolve(FIRST);
            assertThat(offsets.owned(FIRST).isResolved()).isFalse();

            offsets.channel.setCreated(true);
            offsets.resolve(FIRST);
            assertThat(offsets.owned(FIRST).isResolved()).isTrue();
        }

        @Test
        void retriesAfterKafkaDoesNotReportTheCommit() {
            offsets.assign(FIRST);
            offsets.consumer.failCommitted(new TimeoutException("the coordinator does not answer"));
            assertThatThrownBy(() -> offsets.resolve(FIRST)).isInstanceOf(TimeoutException.class);
            assertThat(offsets.owned(FIRST).isResolved()).isFalse();

            offsets.consumer.failCommitted(null);
            startOffsets.refresh();
            assertThat(offsets.owned(FIRST).isResolved()).isTrue();
        }

        @Test
        void isNotHeldUpByAnotherPartitionWithoutLeader() {
            offsets.assign(FIRST, SECOND);
            offsets.topics.loseLeader(FIRST);
            startOffsets.refresh();
            assertThat(offsets.owned(FIRST).isResolved()).isFalse();
            assertThat(offsets.owned(SECOND).isResolved()).isTrue();

            offsets.topics.electLeader(FIRST);
            startOffsets.refresh();
            assertThat(offsets.owned(FIRST).isResolved()).isTrue();
        }

        @Test
        void looksAgainAlthoughKafkaDoesNotAnswerForOne() {
            offsets.assign(FIRST);
            offsets.topics.silence(FIRST);
            startOffsets.refresh();

            await().atMost(Duration.ofSeconds(8)).until(() -> {
                startOffsets.refresh();
                return offsets.topics.idRequests() > 1;
            });
        }

        /** Ingest retries it: records of the partition wait for its leader. */
        @Test
        void failsForAPolledPartitionWithoutLeader() {
            offsets.assign(FIRST, SECOND);
            offsets.topics.loseLeader(FIRST);

            assertThatThrownBy(() -> offsets.resolve(FIRST)).isInstanceOf(LeaderNotAvailableException.class);
            offsets.resolve(SECOND);
            assertThat(offsets.owned(SECOND).isResolved()).isTrue();
        }
    }

    @Nested
    class DuringARebalance {

        @Test
        void doesNotTakeAPollOfARevokedPartition() {
            offsets.assign(FIRST, SECOND);
            offsets.append(FIRST, 0, 3);
            offsets.append(SECOND, 0, 3);
            ConsumerRecords<byte[], byte[]> poll = offsets.poll();
            offsets.assign(SECOND);

            assertThat(startOffsets.accept(poll)).containsOnlyKeys(SECOND);
        }

        /** It was revoked and came back, while the lookup waited for the polling thread. */
        @Test
        void leavesAnAssignmentAloneThatIsNewer() {
            offsets.consumer.commitByHand(FIRST, 5, "deleted-incarnation");
            offsets.assign(FIRST);
            offsets.channel.hold();
            startOffsets.refresh();
            offsets.assign();
            offsets.assign(FIRST);
            offsets.channel.release();

            assertThat(offsets.owned(FIRST).isResolved()).isFalse();
            assertThat(offsets.position(FIRST)).isEqualTo(5);
        }

        @Test
        void skipsAPartitionThatTheConsumerNoLongerHas() {
            offsets.assign(FIRST);
            assignment.onPartitionsAssigned(offsets.consumer, List.of(SECOND));
            offsets.resolve(FIRST, SECOND);

            assertThat(offsets.owned(FIRST).isResolved()).isTrue();
            assertThat(offsets.owned(SECOND).isResolved()).isFalse();
        }

        /** Ingest may discard a poll at any moment; what is lost is counted when the partition is read again. */
        @Test
        void countsLostRecordsOnceIfLeftOutMeanwhile() {
            offsets.consumer.commitByHand(FIRST, 5, ID);
            offsets.start(FIRST, 8);
            offsets.assign(FIRST);
            OffsetTracker tracker = Objects.requireNonNull(assignment.findTracker(FIRST));
            offsets.consumer.onNextPosition(() -> startOffsets.discard(FIRST, tracker));
            offsets.resolve(FIRST);
            assertThat(offsets.lost()).isZero();

            startOffsets.refresh();
            assertThat(offsets.lost()).isEqualTo(3);
            assertThat(offsets.position(FIRST)).isEqualTo(8);
        }

        /** A second lookup that comes late must not take the durable offset back. */
        @Test
        void settlesAPartitionOnlyOnce() {
            offsets.consumer.commitByHand(FIRST, 5, ID);
            offsets.assign(FIRST);
            offsets.append(FIRST, 5, 8);
            ConsumerRecords<byte[], byte[]> poll = offsets.poll();
            OffsetTracker tracker = startOffsets.accept(poll).get(FIRST);
            offsets.channel.hold();
            startOffsets.resolve(List.of(FIRST)).subscribe().with(settled -> {});
            startOffsets.refresh();
            offsets.channel.runNext();
            finish(offsets.open(FIRST, tracker, poll), 3);
            offsets.channel.release();

            assertThat(offsets.durable(FIRST)).isEqualTo(8);
        }
    }
}
