package io.telltale.ingest.offsets;

import static io.telltale.ingest.offsets.OffsetsFixture.FIRST;
import static io.telltale.ingest.offsets.OffsetsFixture.ID;
import static io.telltale.ingest.offsets.OffsetsFixture.NEXT_ID;
import static io.telltale.ingest.offsets.OffsetsFixture.SECOND;
import static io.telltale.ingest.offsets.OffsetsFixture.TOPIC;
import static io.telltale.ingest.offsets.OffsetsFixture.finish;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.store.RecordOrigin;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PartitionAssignmentTest {

    private final OffsetsFixture offsets = new OffsetsFixture();
    private final PartitionAssignment assignment = offsets.assignment;

    @Test
    void ownsWhatIsAssignedUnsettled() {
        offsets.assign(FIRST);

        assertThat(offsets.owned(FIRST).isResolved()).isFalse();
        assertThat(assignment.find(SECOND)).isNull();
        assertThat(assignment.findTracker(SECOND)).isNull();
        assertThat(assignment.all()).containsOnlyKeys(FIRST);
    }

    /** While the partition belonged to another replica, the topic may have been recreated unnoticed. */
    @Test
    void looksUpTheTopicAgainWithEachAssignment() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.assign();
        offsets.topics.create(TOPIC, NEXT_ID);
        offsets.assign(FIRST);
        offsets.resolve(FIRST);

        assertThat(offsets.owned(FIRST).topic()).extracting(topic -> topic.id()).isEqualTo(NEXT_ID);
    }

    @Test
    void ignoresAPartitionNumberThatIsTooLarge() {
        TopicPartition last = new TopicPartition(TOPIC, RecordOrigin.MAX_PARTITION);
        TopicPartition tooLarge = new TopicPartition(TOPIC, RecordOrigin.MAX_PARTITION + 1);
        assignment.onPartitionsAssigned(offsets.consumer, List.of(last, tooLarge));

        assertThat(assignment.all()).containsOnlyKeys(last);
    }

    @Test
    void keepsItsPartitionsWhenMoreAreAssigned() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        OffsetTracker tracker = assignment.findTracker(FIRST);
        offsets.assign(FIRST, SECOND);

        assertThat(assignment.isCurrent(FIRST, tracker)).isTrue();
        assertThat(offsets.durable(FIRST)).isEqualTo(3);
        assertThat(offsets.consumer.commits()).isEmpty();
    }

    @Test
    void commitsWhatIsDurableWhenRevoked() {
        offsets.assign(FIRST, SECOND);
        offsets.ingest(FIRST, 0, 3);
        offsets.ingest(SECOND, 0, 5);
        offsets.assign(SECOND);

        assertThat(offsets.consumer.commits()).containsExactly(Map.of(FIRST, new OffsetAndMetadata(3, ID)));
        assertThat(assignment.all()).containsOnlyKeys(SECOND);
    }

    @Test
    void commitsNoRecordInFlightWhenRevoked() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        OffsetTracker tracker = assignment.findTracker(FIRST);
        offsets.append(FIRST, 3, 6);
        Slice inFlight = offsets.take(FIRST);
        inFlight.acknowledge();
        offsets.assign();

        assertThat(offsets.consumer.commits()).containsExactly(Map.of(FIRST, new OffsetAndMetadata(3, ID)));
        assertThat(assignment.isCurrent(FIRST, tracker)).isFalse();

        finish(inFlight, 2);
        offsets.commit();
        assertThat(offsets.consumer.commits()).as("after the revocation").hasSize(1);
    }

    @Test
    void commitsNothingWhenNothingOfTheRevokedIsDurable() {
        offsets.assign(FIRST, SECOND);
        offsets.append(FIRST, 0, 3);
        offsets.take(FIRST);
        offsets.assign();

        assertThat(offsets.consumer.commits()).isEmpty();
        assertThat(assignment.all()).isEmpty();
    }

    /** Kafka does not know the partitions of a deleted topic: a commit would only run into its timeout. */
    @Test
    void commitsNothingOfADeletedTopic() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.consumer.subscribe(List.of("sensors.humidity"));
        assignment.onPartitionsRevoked(offsets.consumer, List.of(FIRST));

        assertThat(offsets.consumer.commits()).isEmpty();
        assertThat(assignment.find(FIRST)).isNull();
    }

    @Test
    void toleratesACommitThatFailsWhenRevoked() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.consumer.failCommits(new CommitFailedException("the group has rebalanced"));
        offsets.assign();

        assertThat(assignment.find(FIRST)).isNull();
    }

    /** Kafka refuses the one attempt during the callback; afterwards nothing is left that could be committed. */
    @Test
    void commitsNothingOfALostPartition() {
        offsets.assign(FIRST, SECOND);
        offsets.ingest(FIRST, 0, 3);
        offsets.append(FIRST, 3, 6);
        Slice inFlight = offsets.take(FIRST);
        offsets.consumer.failCommits(new CommitFailedException("no member of the group any more"));
        assignment.onPartitionsLost(offsets.consumer, List.of(FIRST));
        offsets.consumer.failCommits(null);
        finish(inFlight, 3);
        offsets.commit();

        assertThat(offsets.consumer.commits()).isEmpty();
        assertThat(assignment.all()).containsOnlyKeys(SECOND);
    }

    @Test
    void startsAgainWhenHandedBackToTheSameReplica() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        offsets.append(FIRST, 3, 6);
        Slice inFlight = offsets.take(FIRST);
        OffsetTracker before = assignment.findTracker(FIRST);
        offsets.assign();
        offsets.assign(FIRST);
        finish(inFlight, 3);

        assertThat(assignment.isCurrent(FIRST, before)).isFalse();
        assertThat(offsets.durable(FIRST)).isEqualTo(-1);
        assertThat(offsets.consumer.position(FIRST))
                .as("where reading continues")
                .isEqualTo(3);
    }

    /** Kafka never does that; should it, records that it delivers again must not count as durable. */
    @Test
    void startsAgainWhenAssignedWithoutARevocation() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        assignment.onPartitionsAssigned(offsets.consumer, List.of(FIRST));

        assertThat(offsets.durable(FIRST)).isEqualTo(-1);
    }

    @Test
    void reportsOnlyWhatIsDurableBeyondTheCommitted() {
        offsets.assign(FIRST, SECOND);
        offsets.ingest(FIRST, 0, 3);
        offsets.ingest(SECOND, 0, 5);
        Map<TopicPartition, CommittableOffset> before = assignment.uncommitted(Map.of());
        offsets.ingest(SECOND, 5, 6);

        assertThat(before).containsOnlyKeys(FIRST, SECOND);
        assertThat(assignment.uncommitted(before)).containsOnlyKeys(SECOND);
        assertThat(assignment.uncommitted(Map.of())).containsOnlyKeys(FIRST, SECOND);
    }

    /** In between, somebody may have committed an earlier offset. */
    @Test
    void reportsTheSameOffsetAgainAfterASecondReading() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 3);
        Map<TopicPartition, CommittableOffset> committed = assignment.uncommitted(Map.of());
        assignment.replace(FIRST, offsets.owned(FIRST), offsets.owned(FIRST).unresolved(-1));
        offsets.consumer.commitByHand(FIRST, 1, ID);
        offsets.resolve(FIRST);
        offsets.ingest(FIRST, 1, 3);

        assertThat(offsets.durable(FIRST)).isEqualTo(3);
        assertThat(assignment.uncommitted(committed)).containsOnlyKeys(FIRST);
    }

    @Test
    void replacesOnlyWhatHasNotChanged() {
        offsets.assign(FIRST);
        OwnedPartition first = offsets.owned(FIRST);
        OwnedPartition second = first.unresolved(-1);

        assertThat(assignment.replace(FIRST, first, second)).isTrue();
        assertThat(assignment.replace(FIRST, first, first.unresolved(-1))).isFalse();
        assertThat(assignment.replace(SECOND, first, second)).isFalse();
        assertThat(assignment.find(FIRST)).isSameAs(second);
        assertThat(assignment.find(SECOND)).isNull();
    }
}
