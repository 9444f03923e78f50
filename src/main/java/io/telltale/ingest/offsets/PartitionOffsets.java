package io.telltale.ingest.offsets;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    private final PartitionAssignment assignment;
    private final StartOffsets startOffsets;
    private final OffsetCommitter committer;

    @Inject
    PartitionOffsets(
            @Identifier(PartitionAssignment.NAME) PartitionAssignment assignment,
            StartOffsets startOffsets,
            OffsetCommitter committer) {
        this.assignment = assignment;
        this.startOffsets = startOffsets;
        this.committer = committer;
    }

    /** The partitions that are assigned to this replica. */
    public Set<TopicPartition> assigned() {
        return assignment.all().keySet();
    }

    /** Accepts a poll from the messaging layer. */
    public AssignedPoll accept(ConsumerRecords<byte[], byte[]> delivered) {
        ConsumerRecords<byte[], byte[]> records = PartitionBatch.unbundle(delivered);
        return new AssignedPoll(records, startOffsets.accept(records));
    }

    /**
     * Resolves the topics of a poll, by name. Fails if Kafka or Cassandra is unavailable. Requests only partitions that
     * are still assigned: Kafka never answers for a deleted topic.
     */
    public Uni<Map<String, TopicIncarnation>> resolveTopics(AssignedPoll poll) {
        Map<TopicPartition, OffsetTracker> trackers = poll.trackers();
        return Uni.createFrom()
                .deferred(() -> startOffsets.resolve(trackers.keySet().stream()
                        .filter(partition -> assignment.isCurrent(partition, trackers.get(partition)))
                        .toList()));
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
