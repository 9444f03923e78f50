package io.telltale.ingest;

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
 * The Kafka partitions that are this replica's to ingest, each with what of it is durable. What is durable is committed
 * before a partition is given away; what is not, the next owner reads again, which changes nothing.
 */
@ApplicationScoped
@Identifier(PartitionAssignment.NAME)
class PartitionAssignment implements KafkaConsumerRebalanceListener {

    /** The name by which the consumer's configuration refers to it. */
    static final String NAME = "assignment";

    private static final Logger log = Logger.getLogger(PartitionAssignment.class);

    /** Nothing is polled meanwhile, of no topic; what is not committed is read again. */
    private static final Duration LONGEST_COMMIT = Duration.ofSeconds(5);

    private final TopicMetadata topics;
    private final DeliveredOffsets deliveredOffsets;
    private final Map<TopicPartition, OwnedPartition> owned = new ConcurrentHashMap<>();

    /**
     * How far a partition is durable, and of which topic of its name that is said. Read a second time and to the same end,
     * as when its offset was set back, it is not the same: what is committed of it is not known any more.
     */
    record Durable(OffsetTracker prefix, OffsetTracker.End end, TopicIncarnation topic) {
        /** With the topic's id, by which whoever reads on can tell whether the offset is of the topic that he finds. */
        OffsetAndMetadata toCommit() {
            return new OffsetAndMetadata(end.nextOffset(), topic.id());
        }
    }

    @Inject
    PartitionAssignment(TopicMetadata topics, DeliveredOffsets deliveredOffsets) {
        this.topics = topics;
        this.deliveredOffsets = deliveredOffsets;
    }

    /** A partition of this replica; null if it is not, or no longer, its own. */
    @Nullable
    OwnedPartition of(TopicPartition partition) {
        return owned.get(partition);
    }

    /** All partitions of this replica, as they are now. */
    Map<TopicPartition, OwnedPartition> all() {
        return Map.copyOf(owned);
    }

    /** Changes what is known of a partition, unless that has changed meanwhile. Whether it did. */
    boolean replace(TopicPartition partition, OwnedPartition before, OwnedPartition after) {
        return owned.replace(partition, before, after);
    }

    /** How much of a partition is durable; null if it is not, or no longer, this replica's. */
    @Nullable
    OffsetTracker prefix(TopicPartition partition) {
        OwnedPartition ownership = owned.get(partition);
        return ownership == null ? null : ownership.prefix();
    }

    /**
     * Whether this is still how much of a partition is durable: not if it was given away since, even if it came back, or
     * has to be read from elsewhere.
     */
    boolean isCurrent(TopicPartition partition, @Nullable OffsetTracker prefix) {
        return prefix != null && prefix(partition) == prefix;
    }

    /** What is durable of each partition, where that is not what {@code committed} says. */
    Map<TopicPartition, Durable> beyond(Map<TopicPartition, Durable> committed) {
        Map<TopicPartition, Durable> beyond = new HashMap<>();
        owned.forEach((partition, ownership) -> {
            Durable durable = ownership.durable();
            if (durable != null && !durable.equals(committed.get(partition))) {
                beyond.put(partition, durable);
            }
        });
        return beyond;
    }

    @Override
    public void onPartitionsAssigned(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            topics.forget(partition.topic());
            deliveredOffsets.beginAnew(partition);
            if (partition.partition() > RecordOrigin.MAX_PARTITION) {
                log.errorf(
                        "Partition %s is not ingested: of a topic, partitions 0 to %d are",
                        partition, RecordOrigin.MAX_PARTITION);
            } else {
                owned.put(partition, OwnedPartition.justAssigned());
            }
        }
        if (!partitions.isEmpty()) {
            log.infof("Ingesting %d more partitions, %d in all: %s", partitions.size(), owned.size(), partitions);
        }
    }

    @Override
    public void onPartitionsRevoked(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : partitions) {
            OwnedPartition ownership = owned.remove(partition);
            Durable durable = ownership == null ? null : ownership.durable();
            // Of a topic that was deleted Kafka knows nothing, and would be asked in vain for as long as that may take.
            if (durable != null && consumer.subscription().contains(partition.topic())) {
                offsets.put(partition, durable.toCommit());
            }
        }
        if (offsets.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(offsets, LONGEST_COMMIT);
            log.infof("Gave up %d partitions, all that is durable of them committed", partitions.size());
        } catch (KafkaException e) {
            // Of partitions that were lost to others, too: the messaging layer tells of those in the same way.
            log.warnf("Gave up %d partitions, some of which will be read again: %s", partitions.size(), e.getMessage());
        }
    }
}
