package io.telltale.ingest.offsets;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.kafka.Topic;
import io.telltale.kafka.TopicAdmin;
import io.telltale.sensors.SensorType;
import io.telltale.store.TopicEpochs;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.jboss.logging.Logger;

/** Caches the incarnations of the topics that are being ingested: ids from Kafka, epochs from Cassandra. */
@Singleton
class CachedTopicMetadata implements TopicMetadata {

    private static final Logger log = Logger.getLogger(CachedTopicMetadata.class);

    private final TopicAdmin admin;
    private final Epochs epochs;
    private final Map<String, TopicIncarnation> cache = new ConcurrentHashMap<>();
    private final Set<String> createTimeTopics = ConcurrentHashMap.newKeySet();
    /** The number of evictions: an answer that was requested before the last one is not cached. */
    private final AtomicLong evictions = new AtomicLong();

    /** Where replicas agree on epochs. */
    @FunctionalInterface
    interface Epochs {
        Uni<Optional<Integer>> of(String topic, String topicId, Uni<Boolean> exists);
    }

    @Inject
    CachedTopicMetadata(TopicAdmin admin, TopicEpochs epochs) {
        this(admin, epochs::of);
    }

    CachedTopicMetadata(TopicAdmin admin, Epochs epochs) {
        this.admin = admin;
        this.epochs = epochs;
    }

    @Override
    public Uni<Map<String, TopicIncarnation>> of(Collection<TopicPartition> partitions) {
        // One copy: a topic that is evicted meanwhile would be neither in the cache nor among the missing.
        Map<String, TopicIncarnation> cached = Map.copyOf(cache);
        List<String> missing = partitions.stream()
                .map(TopicPartition::topic)
                .distinct()
                .filter(topic -> !cached.containsKey(topic))
                .toList();
        if (missing.isEmpty()) {
            return Uni.createFrom().item(cached);
        }
        long requested = evictions.get();
        return admin.describe(missing)
                .onItem()
                .transformToMulti(topics -> Multi.createFrom().iterable(topics.values()))
                .plug(Concatenation.unis(topic -> read(topic, requested)))
                .filter(Optional::isPresent)
                .map(Optional::get)
                .collect()
                .in(
                        () -> new HashMap<>(cached),
                        (all, topic) -> all.put(topic.type().topic(), topic))
                .map(Map::copyOf);
    }

    @Override
    public Uni<Map<String, String>> ids(Collection<String> names) {
        return admin.describe(names).map(topics -> topics.values().stream()
                .collect(Collectors.toMap(Topic::name, topic -> topic.id().toString())));
    }

    @Override
    public Uni<Map<TopicPartition, Long>> starts(Collection<TopicPartition> partitions) {
        return admin.startOffsets(partitions);
    }

    @Override
    public Uni<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions) {
        return admin.endOffsets(partitions, IsolationLevel.READ_UNCOMMITTED);
    }

    @Override
    public void forget(String topic) {
        evictions.incrementAndGet();
        cache.remove(topic);
    }

    /** Empty if the topic was deleted meanwhile. */
    private Uni<Optional<TopicIncarnation>> read(Topic topic, long requested) {
        SensorType type = topic.type();
        String id = topic.id().toString();
        return warnOfCreateTime(topic.name())
                .chain(() -> epochs.of(topic.name(), id, exists(topic)))
                .map(epoch -> epoch.map(known -> new TopicIncarnation(type, id, known)))
                .invoke(found -> found.filter(any -> evictions.get() == requested)
                        .ifPresent(known -> cache.put(topic.name(), known)));
    }

    private Uni<Boolean> exists(Topic topic) {
        return Uni.createFrom()
                .deferred(() -> admin.describe(List.of(topic.name())))
                .map(now -> topic.isSame(now.get(topic.name())));
    }

    private Uni<Void> warnOfCreateTime(String topic) {
        return admin.timestampType(topic)
                .invoke(type -> {
                    if (type != TimestampType.LOG_APPEND_TIME && createTimeTopics.add(topic)) {
                        log.warnf(
                                "topic=%s has message.timestamp.type=%s: the producers' clocks decide which record "
                                        + "wins; set message.timestamp.type=LogAppendTime",
                                topic, type);
                    }
                })
                .onFailure()
                .invoke(failure -> log.debugf("The timestamp type of topic=%s is unknown: %s", topic, failure))
                .onFailure()
                .recoverWithNull()
                .replaceWithVoid();
    }
}
