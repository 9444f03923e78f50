package io.telltale.ingest.offsets;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * The offsets of the partitions that this replica ingests: from a delivered poll to committed offsets.
 *
 * <p>Guarantee: an offset is committed only when every record before it is acknowledged, and only for the topic
 * incarnation it was read from. A revoked or lost partition is never committed later.
 */
@Singleton
public class PartitionOffsets {

    /** The Reactive Messaging channel that delivers the polls. */
    public static final String CHANNEL = "sensors";

    /** Records are stored also if Kafka does not tell where the topics end. */
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private final PartitionAssignment assignment;
    private final TopicMetadata topics;
    private final StartOffsets startOffsets;
    private final RecreationCheck recreation;
    private final OffsetCommitter committer;

    @Inject
    PartitionOffsets(
            @Identifier(PartitionAssignment.NAME) PartitionAssignment assignment,
            TopicMetadata topics,
            StartOffsets startOffsets,
            RecreationCheck recreation,
            OffsetCommitter committer) {
        this.assignment = assignment;
        this.topics = topics;
        this.startOffsets = startOffsets;
        this.recreation = recreation;
        this.committer = committer;
    }

    /** The partitions that are assigned to this replica. */
    public Set<TopicPartition> assigned() {
        return assignment.all().keySet();
    }

    /** Accepts a poll from the messaging layer. */
    public AssignedPoll accept(ConsumerRecords<byte[], byte[]> delivered) {
        ConsumerRecords<byte[], byte[]> records = PartitionBatch.split(delivered);
        Map<TopicPartition, OffsetTracker> trackers = startOffsets.accept(records);
        return new AssignedPoll(
                records,
                trackers,
                trackers.keySet().stream().filter(assignment::isUnresolved).collect(Collectors.toSet()));
    }

    /**
     * Resolves the topics of a poll, by name. Discards records that are not of the topic that exists; the consumer
     * returns to its start. Fails if Kafka or Cassandra is unavailable. Requests only partitions that are still
     * assigned: Kafka never answers for a deleted topic.
     */
    public Uni<Map<String, TopicIncarnation>> resolveTopics(AssignedPoll poll) {
        return recreation
                .find(poll.trackers().keySet())
                .chain(() -> startOffsets.resolve(assigned(poll)))
                .call(() -> discardOfDeletedTopics(poll));
    }

    /**
     * Discards what was polled before the id of its topic was known, if it is of a deleted topic: some of it is behind
     * the end of the topic that exists. Completes when the consumer has returned to the start.
     */
    private Uni<Void> discardOfDeletedTopics(AssignedPoll poll) {
        List<TopicPartition> unknown = poll.ofUnknownTopics().stream()
                .filter(partition ->
                        assignment.isCurrent(partition, poll.trackers().get(partition)))
                .toList();
        return unknown.isEmpty()
                ? Uni.createFrom().voidItem()
                : topics.ends(unknown)
                        .ifNoItem()
                        .after(LIMIT)
                        .recoverWithItem(Map.of())
                        .onFailure()
                        .recoverWithItem(Map.of())
                        .chain(ends -> discard(poll, unknown, ends));
    }

    private Uni<Void> discard(AssignedPoll poll, List<TopicPartition> unknown, Map<TopicPartition, Long> ends) {
        Set<String> deleted = unknown.stream()
                .filter(partition -> last(poll, partition) >= ends.getOrDefault(partition, Long.MAX_VALUE))
                .map(TopicPartition::topic)
                .collect(Collectors.toSet());
        List<TopicPartition> discarded = unknown.stream()
                .filter(partition -> deleted.contains(partition.topic()))
                .toList();
        if (discarded.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        discarded.forEach(partition -> startOffsets.discard(
                partition, Objects.requireNonNull(poll.trackers().get(partition))));
        return startOffsets.resolve(discarded).replaceWithVoid();
    }

    private static long last(AssignedPoll poll, TopicPartition partition) {
        List<ConsumerRecord<byte[], byte[]>> records = poll.records().records(partition);
        return records.get(records.size() - 1).offset();
    }

    private List<TopicPartition> assigned(AssignedPoll poll) {
        Map<TopicPartition, OffsetTracker> trackers = poll.trackers();
        return trackers.keySet().stream()
                .filter(partition -> assignment.isCurrent(partition, trackers.get(partition)))
                .toList();
    }

    /**
     * Opens the slice of a partition for records of a poll. Returns null if the records are read again later: the
     * partition was revoked since the poll, or its topic is unknown.
     *
     * @param records not empty
     */
    public @Nullable Slice open(
            AssignedPoll poll,
            TopicPartition partition,
            @Nullable TopicIncarnation topic,
            List<ConsumerRecord<byte[], byte[]>> records) {
        OffsetTracker tracker = poll.trackers().get(partition);
        if (tracker == null || !assignment.isCurrent(partition, tracker)) {
            return null;
        }
        if (topic == null) {
            startOffsets.discard(partition, tracker);
            return null;
        }
        ConsumerRecord<byte[], byte[]> last = records.get(records.size() - 1);
        return tracker.open(last.offset() + 1, recordTimeOf(last), records.size());
    }

    /** Only the broker's clock bounds the record times that follow; a producer's clock does not. */
    private static long recordTimeOf(ConsumerRecord<byte[], byte[]> last) {
        return last.timestampType() == TimestampType.LOG_APPEND_TIME ? last.timestamp() : DurableOffset.NO_RECORD_TIME;
    }

    /** Starts a commit of the durable offsets unless one is in progress. */
    public void commit() {
        committer.commit();
    }

    /** Completes when the offsets that are durable now are committed, or when the commit has failed. */
    public Uni<Void> commitDurable() {
        return committer.commitDurable();
    }
}
