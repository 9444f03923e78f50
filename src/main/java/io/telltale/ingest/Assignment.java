package io.telltale.ingest;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.reactive.messaging.kafka.KafkaConsumerRebalanceListener;
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
@Identifier(Assignment.NAME)
class Assignment implements KafkaConsumerRebalanceListener {

    /** The name by which the consumer's configuration refers to it. */
    static final String NAME = "assignment";

    private static final Logger log = Logger.getLogger(Assignment.class);

    /** Nothing is polled meanwhile, of no topic; what is not committed is read again. */
    private static final Duration LONGEST_COMMIT = Duration.ofSeconds(5);

    private final KafkaTopics topics;
    private final Map<TopicPartition, DurablePrefix> prefixes = new ConcurrentHashMap<>();

    @Inject
    Assignment(KafkaTopics topics) {
        this.topics = topics;
    }

    /** How much of a partition is durable; null if it is not, or no longer, this replica's. */
    @Nullable
    DurablePrefix prefix(TopicPartition partition) {
        return prefixes.get(partition);
    }

    /** How much of each of these partitions is durable, where it is this replica's. */
    Map<TopicPartition, DurablePrefix> prefixes(Collection<TopicPartition> partitions) {
        Map<TopicPartition, DurablePrefix> mine = new HashMap<>();
        for (TopicPartition partition : partitions) {
            DurablePrefix prefix = prefixes.get(partition);
            if (prefix != null) {
                mine.put(partition, prefix);
            }
        }
        return mine;
    }

    /** Whether this is still how much of a partition is durable: not if it was given away since, even if it came back. */
    boolean isCurrent(TopicPartition partition, @Nullable DurablePrefix prefix) {
        return prefix != null && prefixes.get(partition) == prefix;
    }

    /** What is durable of each partition, where that is more than {@code committed} says. */
    Map<TopicPartition, DurablePrefix.End> beyond(Map<TopicPartition, DurablePrefix.End> committed) {
        Map<TopicPartition, DurablePrefix.End> beyond = new HashMap<>();
        prefixes.forEach((partition, prefix) -> {
            DurablePrefix.End end = prefix.end();
            if (!end.isNothing() && !end.equals(committed.get(partition))) {
                beyond.put(partition, end);
            }
        });
        return beyond;
    }

    @Override
    public void onPartitionsAssigned(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            topics.forget(partition.topic());
            prefixes.put(partition, new DurablePrefix());
        }
        if (!partitions.isEmpty()) {
            log.infof("Ingesting %d more partitions, %d in all: %s", partitions.size(), prefixes.size(), partitions);
        }
    }

    @Override
    public void onPartitionsRevoked(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : partitions) {
            DurablePrefix prefix = prefixes.remove(partition);
            // Of a topic that was deleted Kafka knows nothing; were it made again meanwhile, the offset would be wrong
            // there.
            boolean isThere = consumer.subscription().contains(partition.topic());
            if (prefix != null && !prefix.end().isNothing() && isThere) {
                offsets.put(partition, new OffsetAndMetadata(prefix.end().nextOffset()));
            }
        }
        if (offsets.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(offsets, LONGEST_COMMIT);
            log.infof("Gave up %d partitions, all that is durable of them committed", partitions.size());
        } catch (KafkaException e) {
            log.warnf("Gave up %d partitions, some of which will be read again: %s", partitions.size(), e.getMessage());
        }
    }

    @Override
    public void onPartitionsLost(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        partitions.forEach(prefixes::remove);
        log.warnf(
                "Lost %d partitions to other replicas; what was not committed is read again there", partitions.size());
    }
}
