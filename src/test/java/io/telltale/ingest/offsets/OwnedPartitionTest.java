package io.telltale.ingest.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorType;
import java.util.Objects;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class OwnedPartitionTest {

    private static final TopicIncarnation TOPIC =
            new TopicIncarnation(new SensorType("temperature"), "first-incarnation", 1);

    private final OwnedPartition assigned = OwnedPartition.assigned();

    @Test
    void isUnsettledWhenAssigned() {
        assertThat(assigned.isResolved()).isFalse();
        assertThat(assigned.isSeekPending()).isFalse();
        assertThat(assigned.isNext(0)).isTrue();
        assertThat(assigned.isNext(1_000)).isTrue();
    }

    /** Without its topic, the incarnation of the offset is unknown. */
    @Test
    void hidesDurableOffsetUntilItsTopicIsKnown() {
        assigned.tracker().open(10, 1_000, 1).acknowledge();

        assertThat(assigned.committable()).isNull();
        assertThat(assigned.resolved(TOPIC).committable()).isNotNull();
    }

    @Test
    void hasNoDurableOffsetBeforeARecordIsDurable() {
        OwnedPartition resolved = assigned.resolved(TOPIC);
        resolved.tracker().open(10, 1_000, 1);

        assertThat(resolved.isResolved()).isTrue();
        assertThat(resolved.committable()).isNull();
    }

    @Test
    void commitsTheOffsetWithTheIdOfItsTopic() {
        OwnedPartition resolved = assigned.resolved(TOPIC);
        resolved.tracker().open(10, 1_000, 1).acknowledge();

        assertThat(Objects.requireNonNull(resolved.committable()).toCommit())
                .isEqualTo(new OffsetAndMetadata(10, "first-incarnation"));
    }

    @Test
    void keepsItsRecordsInFlightWhenSettled() {
        assertThat(assigned.resolved(TOPIC).tracker()).isSameAs(assigned.tracker());
    }

    @Test
    void dropsItsRecordsInFlightWhenReadFromElsewhere() {
        assertThat(assigned.restartedAt(TOPIC, 5).tracker()).isNotSameAs(assigned.tracker());
        assertThat(assigned.unresolved(5).tracker()).isNotSameAs(assigned.tracker());
    }

    /** In the next topic of the name, the offset would skip records. */
    @Test
    void keepsAResetOffsetWithinItsTopicOnly() {
        OwnedPartition reset = assigned.resolved(TOPIC).reset(5);
        TopicIncarnation next = new TopicIncarnation(TOPIC.type(), "second-incarnation", 2);

        assertThat(reset.restartedAt(TOPIC, 5).resetOffset()).isEqualTo(5);
        assertThat(reset.restartedAt(next, 0).resetOffset()).isNegative();
    }

    @Test
    void acceptsOnlyAPollThatBeginsAtTheStartOffset() {
        OwnedPartition sought = assigned.restartedAt(TOPIC, 5);

        assertThat(sought.isNext(4)).isFalse();
        assertThat(sought.isNext(6)).isFalse();
        assertThat(sought.isNext(5)).isTrue();
    }

    /** Once a poll began at the start offset, no poll of before the seek can follow. */
    @Test
    void acceptsAnyPollAfterTheFirst() {
        OwnedPartition sought = assigned.restartedAt(TOPIC, 5);
        sought.nextOffset().set(8);

        assertThat(sought.isNext(8)).isTrue();
        assertThat(sought.isNext(11)).isTrue();
        assertThat(sought.isNext(2)).isTrue();
    }

    /** Of a poll before the seek nothing may be left that would let another one pass. */
    @Test
    void forgetsTheNextOffsetWhenReadFromElsewhere() {
        assigned.nextOffset().set(8);

        assertThat(assigned.restartedAt(TOPIC, 5).isNext(8)).isFalse();
    }

    /** Compaction removes the record at the start offset: every poll begins at the same later offset. */
    @Test
    void acceptsAPollThatComesTwiceAfterTheStartOffset() {
        OwnedPartition again = assigned.restartedAt(TOPIC, 5).unresolved(7).restartedAt(TOPIC, 5);

        assertThat(again.isNext(7)).isTrue();
        assertThat(again.isNext(6)).isFalse();
    }

    @Test
    void remembersTheTopicItWasReadOf() {
        OwnedPartition unresolved = assigned.resolved(TOPIC).unresolved(-1);

        assertThat(unresolved.isResolved()).isFalse();
        assertThat(unresolved.isSeekPending()).isTrue();
        assertThat(unresolved.previousTopicId()).isEqualTo("first-incarnation");
        assertThat(unresolved.unresolved(-1).previousTopicId()).isEqualTo("first-incarnation");
    }

    @Test
    void forgetsTheFormerTopicOnceSettled() {
        OwnedPartition unresolved = assigned.resolved(TOPIC).unresolved(-1);

        assertThat(unresolved.resolved(TOPIC).previousTopicId()).isNull();
        assertThat(unresolved.restartedAt(TOPIC, 5).previousTopicId()).isNull();
        assertThat(unresolved.restartedAt(TOPIC, 5).isSeekPending()).isFalse();
    }
}
