package io.telltale.ingest.offsets;

import static io.telltale.ingest.offsets.OffsetsFixture.FIRST;
import static io.telltale.ingest.offsets.OffsetsFixture.ID;
import static io.telltale.ingest.offsets.OffsetsFixture.SECOND;
import static io.telltale.ingest.offsets.OffsetsFixture.finish;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class StartOffsetsWhileReadingTest {

    private final OffsetsFixture offsets = new OffsetsFixture();
    private final PartitionAssignment assignment = offsets.assignment;
    private final StartOffsets startOffsets = offsets.startOffsets;

    @Test
    void countsWhatRetentionRemovedInAGapAsLost() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.consumer.seek(FIRST, 7);
        offsets.start(FIRST, 7);
        offsets.ingest(FIRST, 7, 9);

        assertThat(offsets.lost()).isEqualTo(4);
        assertThat(offsets.durable(FIRST)).isEqualTo(9);
    }

    /** Retention reached offset 5; the gap from 5 to 7 has another cause, as compaction. */
    @Test
    void countsAGapOnlyUpToTheLogStart() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.start(FIRST, 5);
        offsets.consumer.seek(FIRST, 7);
        offsets.ingest(FIRST, 7, 9);

        assertThat(offsets.lost()).isEqualTo(2);
    }

    /** Retention passed these records after they were polled: they are not lost. */
    @Test
    void countsNoPolledRecordAsLost() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.consumer.seek(FIRST, 7);
        offsets.append(FIRST, 7, 9);
        ConsumerRecords<byte[], byte[]> poll = offsets.poll();
        offsets.start(FIRST, 20);
        startOffsets.accept(poll);

        assertThat(offsets.lost()).isEqualTo(4);
    }

    /** Compaction, a transaction marker or aborted records leave a gap within the log. */
    @Test
    void countsAGapWithinTheLogNotAsLost() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.ingest(FIRST, 7, 9);

        assertThat(offsets.lost()).isZero();
        assertThat(offsets.durable(FIRST)).isEqualTo(9);
    }

    @Test
    void takesAPollAfterAGapThoughTheLogStartIsUnknown() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.topics.loseLeader(FIRST);
        offsets.ingest(FIRST, 7, 9);

        assertThat(offsets.lost()).isZero();
        assertThat(offsets.durable(FIRST)).isEqualTo(9);
    }

    /** What is committed is of the log before: nothing between may be skipped. */
    @Test
    void readsFromTheResetOffsetAfterAPollFromBeforeTheSeek() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 5);
        offsets.commit();
        offsets.consumer.seek(FIRST, 2);
        offsets.append(FIRST, 2, 4);
        ConsumerRecords<byte[], byte[]> reset = offsets.poll();
        offsets.append(FIRST, 4, 6);
        ConsumerRecords<byte[], byte[]> waiting = offsets.poll();
        assertThat(startOffsets.accept(reset)).isEmpty();
        assertThat(startOffsets.accept(waiting)).isEmpty();

        assertThat(offsets.position(FIRST)).isEqualTo(2);
        offsets.ingest(FIRST, 2, 6);
        assertThat(offsets.durable(FIRST)).isEqualTo(6);
    }

    /** Its records may be of a deleted topic, too. */
    @Test
    void readsTheOtherPartitionsOfAResetTopicAgain() {
        offsets.assign(FIRST, SECOND);
        offsets.ingest(FIRST, 0, 5);
        offsets.ingest(SECOND, 0, 3);
        offsets.commit();
        offsets.consumer.seek(FIRST, 2);
        offsets.append(FIRST, 2, 4);
        offsets.append(SECOND, 3, 4);

        assertThat(startOffsets.accept(offsets.poll())).isEmpty();
        assertThat(offsets.position(SECOND)).isEqualTo(3);
    }

    /** As after an unclean leader election: the records are repeats, and change nothing. */
    @Test
    void takesTheSecondPollWhenTheOffsetIsSetBack() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 5);
        offsets.commit();
        int requests = offsets.topics.idRequests();
        offsets.consumer.seek(FIRST, 2);
        offsets.append(FIRST, 2, 6);
        assertThat(startOffsets.accept(offsets.poll())).isEmpty();
        assertThat(offsets.position(FIRST)).isEqualTo(2);
        offsets.append(FIRST, 2, 6);
        Slice slice = offsets.take(FIRST);

        assertThat(offsets.topics.idRequests())
                .as("looks for a recreated topic")
                .isEqualTo(requests + 1);
        assertThat(offsets.lost()).isZero();
        finish(slice, 4);
        assertThat(offsets.durable(FIRST)).isEqualTo(6);
    }

    @Test
    void doesNotLookAgainWhileOffsetsFollowEachOther() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.ingest(FIRST, 3, 6);

        assertThat(offsets.topics.idRequests()).isZero();
    }

    @Nested
    class AfterLeavingRecordsOut {

        private OffsetTracker tracker() {
            return Objects.requireNonNull(assignment.findTracker(FIRST));
        }

        private void leaveOut() {
            startOffsets.discard(FIRST, tracker());
        }

        @Test
        void readsAgainFromTheCommittedOffset() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 5);
            offsets.commit();
            offsets.ingest(FIRST, 5, 8);
            leaveOut();
            startOffsets.refresh();

            assertThat(offsets.position(FIRST)).isEqualTo(5);
            assertThat(offsets.durable(FIRST)).isEqualTo(5);
            assertThat(offsets.delivered.find(FIRST)).isNull();
        }

        @Test
        void readsAgainFromTheLogStartThatPassedTheCommit() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 5);
            offsets.commit();
            offsets.ingest(FIRST, 5, 12);
            leaveOut();
            offsets.start(FIRST, 9);
            startOffsets.refresh();

            assertThat(offsets.position(FIRST)).isEqualTo(9);
            assertThat(offsets.lost()).isEqualTo(4);
        }

        @Test
        void takesNothingUntilItIsReadAgain() {
            offsets.assign(FIRST, SECOND);
            offsets.ingest(FIRST, 0, 5);
            offsets.append(FIRST, 5, 8);
            offsets.append(SECOND, 0, 3);
            ConsumerRecords<byte[], byte[]> poll = offsets.poll();
            leaveOut();

            assertThat(startOffsets.accept(poll)).containsOnlyKeys(SECOND);
        }

        @Test
        void ignoresTheRequestOfAFormerAssignment() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 5);
            OffsetTracker former = tracker();
            offsets.assign();
            startOffsets.discard(FIRST, former);
            offsets.assign(FIRST);
            startOffsets.discard(FIRST, former);

            assertThat(offsets.owned(FIRST).isSeekPending()).isFalse();
        }

        /** It waited in the messaging layer, and would leave a hole if it was taken. */
        @Test
        void discardsAPollFromBeforeTheSeek() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 5);
            offsets.commit();
            offsets.append(FIRST, 5, 8);
            offsets.poll();
            offsets.append(FIRST, 8, 10);
            ConsumerRecords<byte[], byte[]> waiting = offsets.poll();
            leaveOut();
            startOffsets.refresh();

            assertThat(startOffsets.accept(waiting)).isEmpty();
            assertThat(offsets.position(FIRST)).isEqualTo(5);
            offsets.ingest(FIRST, 5, 10);
            assertThat(offsets.durable(FIRST)).isEqualTo(10);
        }

        /** Compaction removed the record at the committed offset: each reading begins after it. */
        @Test
        void takesTheSecondPollThatBeginsAfterAGap() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 5);
            offsets.commit();
            leaveOut();
            startOffsets.refresh();
            offsets.append(FIRST, 7, 9);
            assertThat(startOffsets.accept(offsets.poll())).isEmpty();
            assertThat(offsets.position(FIRST)).isEqualTo(5);

            offsets.ingest(FIRST, 7, 9);
            assertThat(offsets.durable(FIRST)).isEqualTo(9);
            assertThat(offsets.lost()).isZero();
        }

        @Test
        void commitsTheSameOffsetAgainOnceItIsDurableAgain() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 5);
            offsets.commit();
            offsets.consumer.commitByHand(FIRST, 2, ID);
            leaveOut();
            startOffsets.refresh();
            offsets.ingest(FIRST, 2, 5);
            offsets.commit();

            assertThat(offsets.committed(FIRST)).isEqualTo(new OffsetAndMetadata(5, ID));
            assertThat(offsets.consumer.commits())
                    .containsExactly(
                            Map.of(FIRST, new OffsetAndMetadata(5, ID)), Map.of(FIRST, new OffsetAndMetadata(5, ID)));
        }
    }
}
