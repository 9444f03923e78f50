package io.telltale.ingest.offsets;

import static io.telltale.ingest.offsets.OffsetsFixture.FIRST;
import static io.telltale.ingest.offsets.OffsetsFixture.ID;
import static io.telltale.ingest.offsets.OffsetsFixture.SECOND;
import static io.telltale.ingest.offsets.OffsetsFixture.finish;
import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.telltale.store.IngestProgress.PartitionProgress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RetriableCommitFailedException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class OffsetCommitterTest {

    private final OffsetsFixture offsets = new OffsetsFixture();

    private List<Map<TopicPartition, OffsetAndMetadata>> commits() {
        return offsets.consumer.commits();
    }

    private static Map<TopicPartition, OffsetAndMetadata> first(long offset) {
        return Map.of(FIRST, new OffsetAndMetadata(offset, ID));
    }

    @Test
    void commitsDurableOffsetsAndReportsTheProgress() {
        offsets.assign(FIRST, SECOND);
        offsets.ingest(FIRST, 0, 3);
        offsets.ingest(SECOND, 0, 5);
        offsets.commit();

        assertThat(commits())
                .containsExactly(Map.of(FIRST, new OffsetAndMetadata(3, ID), SECOND, new OffsetAndMetadata(5, ID)));
        assertThat(offsets.progress)
                .containsExactlyInAnyOrder(
                        new PartitionProgress(0, 1, 3, OptionalLong.of(2_000)),
                        new PartitionProgress(1, 1, 5, OptionalLong.of(4_000)));
    }

    @Test
    void commitsNothingWhileNothingIsDurable() {
        offsets.assign(FIRST);
        offsets.append(FIRST, 0, 3);
        Slice slice = offsets.take(FIRST);
        finish(slice, 2);
        offsets.commit();
        assertThat(commits()).isEmpty();
        assertThat(offsets.progress).isEmpty();

        slice.acknowledge();
        offsets.commit();
        assertThat(commits()).containsExactly(first(3));
    }

    @Test
    void commitsOnlyUpToTheFirstRecordInFlight() {
        offsets.assign(FIRST);
        offsets.append(FIRST, 0, 3);
        Slice early = offsets.take(FIRST);
        offsets.append(FIRST, 3, 5);
        Slice late = offsets.take(FIRST);
        finish(late, 2);
        offsets.commit();
        assertThat(commits()).isEmpty();

        finish(early, 3);
        offsets.commit();
        assertThat(commits()).containsExactly(first(5));
    }

    /** One record with several readings, of which each becomes durable by itself. */
    @Test
    void commitsASplitRecordOnceAllItsReadingsAreDurable() {
        offsets.assign(FIRST);
        offsets.append(FIRST, 0, 1);
        Slice slice = offsets.take(FIRST);
        slice.split(3);
        finish(slice, 2);
        offsets.commit();
        assertThat(commits()).isEmpty();

        slice.acknowledge();
        offsets.commit();
        assertThat(commits()).containsExactly(first(1));
    }

    @Test
    void commitsAnOffsetOnlyOnce() {
        offsets.assign(FIRST, SECOND);
        offsets.ingest(FIRST, 0, 3);
        offsets.commit();
        offsets.ingest(SECOND, 0, 5);
        offsets.commit();
        offsets.commit();

        assertThat(commits()).containsExactly(first(3), Map.of(SECOND, new OffsetAndMetadata(5, ID)));
        assertThat(offsets.progress).hasSize(2);
    }

    @Test
    void waitsForTheConsumerToBeCreated() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.channel.setCreated(false);
        offsets.commit();
        assertThat(commits()).isEmpty();

        offsets.channel.setCreated(true);
        offsets.commit();
        assertThat(commits()).containsExactly(first(3));
    }

    @Nested
    class WhenItFails {

        private final RetriableCommitFailedException refusal =
                new RetriableCommitFailedException("the coordinator moves");

        @Test
        void retriesTheCommit() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.consumer.failCommits(refusal);
            offsets.commit();
            assertThat(commits()).isEmpty();
            assertThat(offsets.outages.outage()).isPresent();

            offsets.consumer.failCommits(null);
            offsets.commit();
            assertThat(commits()).containsExactly(first(3));
            assertThat(offsets.outages.outage()).isEmpty();
        }

        @Test
        void goesOnReadingMeanwhile() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.consumer.failCommits(refusal);
            offsets.commit();
            offsets.ingest(FIRST, 3, 6);
            offsets.consumer.failCommits(null);
            offsets.commit();

            assertThat(commits()).containsExactly(first(6));
        }

        /** Else readers would not learn of it until the next record, if this replica stopped in between. */
        @Test
        void commitsNothingBeforeReadersKnow() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.failProgress(Optional.of(new IllegalStateException("no replica answers")));
            offsets.commit();
            assertThat(commits()).isEmpty();
            assertThat(offsets.outages.outage()).isPresent();

            offsets.failProgress(Optional.empty());
            offsets.commit();
            assertThat(commits()).containsExactly(first(3));
            assertThat(offsets.progress).hasSize(1);
        }

        /** The store keeps the latest; Kafka's refusal may concern only one of several partitions. */
        @Test
        void reportsTheProgressAgain() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.consumer.failCommits(refusal);
            offsets.commit();
            offsets.consumer.failCommits(null);
            offsets.commit();

            assertThat(offsets.progress).hasSize(2);
        }

        @Test
        void repeatsOnlyAfterARevocation() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.commit();
            offsets.ingest(FIRST, 3, 6);
            offsets.consumer.failCommits(refusal);
            offsets.assign();
            offsets.consumer.failCommits(null);
            offsets.assign(FIRST);

            assertThat(offsets.consumer.position(FIRST)).as("read again").isEqualTo(3);
            offsets.ingest(FIRST, 3, 6);
            offsets.commit();
            assertThat(offsets.committed(FIRST)).isEqualTo(new OffsetAndMetadata(6, ID));
        }

        @Test
        void commitsThoughTheLagIsUnknown() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.consumer.seek(FIRST, 4);
            offsets.consumer.setOffsetsException(new TimeoutException("no leader"));
            offsets.committer.commit();
            offsets.ingest(FIRST, 4, 6);
            offsets.committer.commit();

            assertThat(commits()).containsExactly(first(3), first(6));
        }
    }

    @Nested
    class DuringARebalance {

        /** The next owner may have committed more already. */
        @Test
        void doesNotCommitWhatWasRevokedMeanwhile() {
            offsets.assign(FIRST, SECOND);
            offsets.ingest(FIRST, 0, 3);
            offsets.ingest(SECOND, 0, 5);
            offsets.channel.hold();
            offsets.committer.commit();
            offsets.assign(SECOND);
            offsets.consumer.commitByHand(FIRST, 9, ID);
            offsets.channel.release();

            assertThat(commits()).containsExactly(first(3), Map.of(SECOND, new OffsetAndMetadata(5, ID)));
        }

        @Test
        void doesNotCommitForAnEarlierAssignment() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.channel.hold();
            offsets.committer.commit();
            offsets.assign();
            offsets.consumer.commitByHand(FIRST, 9, ID);
            offsets.assign(FIRST);
            offsets.channel.release();

            assertThat(offsets.committed(FIRST)).isEqualTo(new OffsetAndMetadata(9, ID));
        }
    }

    @Nested
    class WhileOneIsUnderWay {

        @Test
        void startsNoOther() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.append(FIRST, 3, 6);
            Slice slice = offsets.take(FIRST);
            offsets.channel.hold();
            offsets.committer.commit();
            finish(slice, 3);
            offsets.committer.commit();
            offsets.channel.release();
            assertThat(commits()).containsExactly(first(3));

            offsets.committer.commit();
            assertThat(commits()).containsExactly(first(3), first(6));
        }

        /** During shutdown the last commit has to include what became durable after the one under way began. */
        @Test
        void followsItWhenAllHasToBeCommitted() {
            offsets.assign(FIRST);
            offsets.ingest(FIRST, 0, 3);
            offsets.append(FIRST, 3, 6);
            Slice slice = offsets.take(FIRST);
            offsets.channel.hold();
            offsets.committer.commit();
            finish(slice, 3);
            UniAssertSubscriber<Void> last =
                    offsets.committer.commitDurable().subscribe().withSubscriber(UniAssertSubscriber.create());
            last.assertNotTerminated();
            offsets.channel.release();

            last.assertCompleted();
            assertThat(commits()).containsExactly(first(3), first(6));
        }
    }
}
