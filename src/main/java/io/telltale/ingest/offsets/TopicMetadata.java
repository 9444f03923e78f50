package io.telltale.ingest.offsets;

import io.smallrye.mutiny.Uni;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * The ids, epochs and log starts of topics. An interface, so that the offset logic can be tested without Kafka and
 * Cassandra.
 */
interface TopicMetadata {

    /**
     * The topics of these partitions, by name. Answers from a cache where it can; omits a topic that does not exist.
     * The answer does not change when a topic is forgotten later.
     */
    Uni<Map<String, TopicIncarnation>> of(Collection<TopicPartition> partitions);

    /** The current Kafka ids of these topics, by name; omits a topic that does not exist. */
    Uni<Map<String, String>> ids(Collection<String> names);

    /** The log start offsets of these partitions; fails if one of them has no leader. */
    Uni<Map<TopicPartition, Long>> starts(Collection<TopicPartition> partitions);

    /** The offsets after the last record of these partitions; fails if one of them has no leader. */
    Uni<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions);

    /** Evicts a topic from the cache: it may have been recreated. */
    void forget(String topic);
}
