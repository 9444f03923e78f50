package io.telltale.ingest.offsets;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.reactive.messaging.kafka.KafkaConsumerRebalanceListener;
import io.telltale.store.RecordOrigin;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The partitions that are assigned to this replica. Commits the durable offsets of a partition before it is revoked;
 * the next owner reads the remaining records again, which changes nothing.
 */
@ApplicationScoped
@Identifier(PartitionAssignment.NAME)
class PartitionAssignment implements KafkaConsumerRebalanceListener {

    /** The name of this listener in the configuration of the consumer. */
    static final String NAME = "assignment";

    private static final Logger log = Logger.getLogger(PartitionAssignment.class);

    /** Short, because polling stops meanwhile; uncommitted records are read again. */
    private static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(5);

    private final TopicMetadata topics;
    private final DeliveredOffsets deliveredOffsets;
    private final Map<TopicPartition, OwnedPartition> owned = new ConcurrentHashMap<>();

    @Inject
    PartitionAssignment(TopicMetadata topics, DeliveredOffsets deliveredOffsets) {
        this.topics = topics;
        this.deliveredOffsets = deliveredOffsets;
    }

    /** The state of a partition; null if it is not assigned to this replica. */
    @Nullable
    OwnedPartition find(TopicPartition partition) {
        return owned.get(partition);
    }

    /** Whether a partition is assigned to this replica, and its topic is not known yet. */
    boolean isUnresolved(TopicPartition partition) {
        OwnedPartition found = owned.get(partition);
        return found != null && !found.isResolved();
    }

    /** A snapshot of all assigned partitions. */
    Map<TopicPartition, OwnedPartition> all() {
        return Map.copyOf(owned);
    }

    /** Replaces the state of a partition; returns false if it has changed since. */
    boolean replace(TopicPartition partition, OwnedPartition before, OwnedPartition after) {
        return owned.replace(partition, before, after);
    }

    /** The tracker of a partition; null if it is not assigned to this replica. */
    @Nullable
    OffsetTracker findTracker(TopicPartition partition) {
        OwnedPartition found = owned.get(partition);
        return found == null ? null : found.tracker();
    }

    /** Whether this is the current tracker of a partition: not after a revocation or a seek, even if it came back. */
    boolean isCurrent(TopicPartition partition, @Nullable OffsetTracker tracker) {
        return tracker != null && findTracker(partition) == tracker;
    }

    /** The durable offsets that are not in {@code committed}. */
    Map<TopicPartition, CommittableOffset> uncommitted(Map<TopicPartition, CommittableOffset> committed) {
        Map<TopicPartition, CommittableOffset> uncommitted = new HashMap<>();
        owned.forEach((partition, state) -> {
            CommittableOffset offset = state.committable();
            if (offset != null && !offset.equals(committed.get(partition))) {
                uncommitted.put(partition, offset);
            }
        });
        return uncommitted;
    }

    @Override
    public void onPartitionsAssigned(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            topics.forget(partition.topic());
            deliveredOffsets.reset(partition);
            if (partition.partition() > RecordOrigin.MAX_PARTITION) {
                log.errorf(
                        "partition=%s is not ingested: the maximum partition number is %d",
                        partition, RecordOrigin.MAX_PARTITION);
            } else {
                owned.put(partition, OwnedPartition.assigned());
            }
        }
        if (!partitions.isEmpty()) {
            log.infof("Assigned partitions=%d total=%d: %s", partitions.size(), owned.size(), partitions);
        }
    }

    @Override
    public void onPartitionsRevoked(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : partitions) {
            OwnedPartition state = owned.remove(partition);
            CommittableOffset offset = state == null ? null : state.committable();
            // A commit for a deleted topic would be retried until the timeout.
            if (offset != null && consumer.subscription().contains(partition.topic())) {
                offsets.put(partition, offset.toCommit());
            }
        }
        if (offsets.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(offsets, COMMIT_TIMEOUT);
            log.infof("Revoked partitions=%d; their durable offsets are committed", partitions.size());
        } catch (KafkaException e) {
            // Also for lost partitions, which the messaging layer reports in the same way.
            log.warnf(
                    "Revoked partitions=%d without a commit; some records are read again: %s",
                    partitions.size(), e.getMessage());
        }
    }
}
