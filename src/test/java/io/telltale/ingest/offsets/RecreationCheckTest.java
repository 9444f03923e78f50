package io.telltale.ingest.offsets;

import static io.telltale.ingest.offsets.OffsetsFixture.FIRST;
import static io.telltale.ingest.offsets.OffsetsFixture.NEXT_ID;
import static io.telltale.ingest.offsets.OffsetsFixture.SECOND;
import static io.telltale.ingest.offsets.OffsetsFixture.TOPIC;
import static io.telltale.ingest.offsets.OffsetsFixture.finish;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class RecreationCheckTest {

    private final OffsetsFixture offsets = new OffsetsFixture();
    private final AtomicLong nanos = new AtomicLong(-1);
    private final RecreationCheck recreation = new RecreationCheck(offsets.startOffsets, nanos::get);
    private final PartitionOffsets partitions = new PartitionOffsets(
            offsets.assignment, offsets.topics, offsets.startOffsets, recreation, offsets.committer);

    /** Polls, and resolves as ingest does. */
    private AssignedPoll poll() {
        AssignedPoll poll = partitions.accept(offsets.poll());
        partitions.resolveTopics(poll).await().atMost(Duration.ofSeconds(5));
        return poll;
    }

    private boolean isAccepted(AssignedPoll poll, TopicPartition partition) {
        return offsets.assignment.isCurrent(partition, poll.trackers().get(partition));
    }

    private void assignAndResolve(TopicPartition... partitions) {
        offsets.assign(partitions);
        offsets.resolve(partitions);
    }

    private void ingest(long from, long to) {
        offsets.append(FIRST, from, to);
        AssignedPoll poll = poll();
        assertThat(isAccepted(poll, FIRST)).isTrue();
        finish(offsets.open(FIRST, poll.trackers().get(FIRST), poll.records()), to - from);
    }

    private void recreate() {
        offsets.topics.create(TOPIC, NEXT_ID);
    }

    /** The consumer begins at the first record of both topics, so offsets do not tell. */
    @Test
    void discardsTheFirstRecordsOfANewTopicIfNoneWasReadBefore() {
        assignAndResolve(FIRST);
        assertThat(offsets.epoch(FIRST)).isEqualTo(1);
        recreate();
        offsets.append(FIRST, 0, 3);

        assertThat(isAccepted(poll(), FIRST)).isFalse();
        assertThat(offsets.epoch(FIRST)).isEqualTo(2);
        assertThat(offsets.position(FIRST)).isZero();
    }

    /** The consumer found its position by itself, behind the end of the new topic, and began again at its start. */
    @Test
    void discardsANewTopicThatIsReadBeforeAnythingOfTheOldOne() {
        offsets.assign(FIRST);
        offsets.ingest(FIRST, 0, 5);
        offsets.commit();
        offsets.assign();
        assignAndResolve(FIRST);
        recreate();
        offsets.consumer.seek(FIRST, 0);
        offsets.append(FIRST, 0, 3);

        assertThat(isAccepted(poll(), FIRST)).isFalse();
        assertThat(offsets.epoch(FIRST)).isEqualTo(2);
    }

    @Test
    void discardsALargerTopicThatIsReadOnAtTheSameOffset() {
        assignAndResolve(FIRST, SECOND);
        ingest(0, 3);
        nanos.addAndGet(RecreationCheck.TRUST.toNanos());
        recreate();
        offsets.append(FIRST, 3, 5);

        assertThat(isAccepted(poll(), FIRST)).isFalse();
        assertThat(offsets.position(FIRST)).isZero();
        assertThat(offsets.epoch(SECOND)).isEqualTo(2);
    }

    /** The next topic of the name has no such record. */
    @Test
    void discardsWhatWasPolledBeforeTheTopicWasKnownAndDeleted() {
        offsets.assign(FIRST, SECOND);
        offsets.append(FIRST, 0, 3);
        offsets.append(SECOND, 0, 1);
        AssignedPoll before = partitions.accept(offsets.poll());
        recreate();
        offsets.end(FIRST, 2);
        partitions.resolveTopics(before).await().atMost(Duration.ofSeconds(5));

        assertThat(isAccepted(before, FIRST)).isFalse();
        assertThat(isAccepted(before, SECOND)).isFalse();
        assertThat(offsets.position(FIRST)).isZero();
        assertThat(offsets.position(SECOND)).isZero();
        assertThat(offsets.epoch(FIRST)).isEqualTo(2);
        ingest(0, 2);
        assertThat(offsets.durable(FIRST)).isEqualTo(2);
    }

    @Test
    void acceptsWhatWasPolledBeforeTheTopicWasKnown() {
        offsets.assign(FIRST);
        ingest(0, 3);
        assertThat(offsets.durable(FIRST)).isEqualTo(3);
        assertThat(offsets.position(FIRST)).isEqualTo(3);
    }

    @Test
    void asksOnceWhileTheIdIsTrusted() {
        assignAndResolve(FIRST);
        ingest(0, 3);
        nanos.addAndGet(RecreationCheck.TRUST.toNanos() - 1);
        ingest(3, 6);
        assertThat(offsets.topics.idRequests()).isEqualTo(1);
        nanos.incrementAndGet();
        ingest(6, 9);
        assertThat(offsets.topics.idRequests()).isEqualTo(2);
    }

    @Test
    void acceptsRecordsThoughKafkaDoesNotTellTheIds() {
        assignAndResolve(FIRST);
        offsets.topics.setUnavailable(true);
        ingest(0, 3);
        assertThat(offsets.durable(FIRST)).isEqualTo(3);

        // Not for each poll: the requests may time out.
        offsets.topics.setUnavailable(false);
        int requests = offsets.topics.idRequests();
        nanos.addAndGet(RecreationCheck.TRUST.toNanos());
        ingest(3, 6);
        assertThat(offsets.topics.idRequests()).isEqualTo(requests);
        nanos.addAndGet(RecreationCheck.LIMIT.toNanos());
        ingest(6, 9);
        assertThat(offsets.topics.idRequests()).isEqualTo(requests + 1);
    }
}
