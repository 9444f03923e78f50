package io.telltale.ingest;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import io.telltale.store.Layout;
import io.telltale.store.Layouts;
import io.telltale.store.TopicEpochs;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What ingest has to know of a topic before it can place its readings, and the topics that Telltale makes. */
@Singleton
class KafkaTopics {

    /** Where rejected records go. */
    static final String DEAD_LETTERS = "sensor-dead-letters";

    private static final Logger log = Logger.getLogger(KafkaTopics.class);
    private static final int DEAD_LETTER_PARTITIONS = 3;

    /** Telltale makes a topic only for a POST of a type that has none; whoever wants another size makes it first. */
    private static final int PARTITIONS = 12;

    private static final String LOG_APPEND_TIME = "LogAppendTime";

    private final Admin admin;
    private final TopicEpochs epochs;
    private final Layouts layouts;
    private final Map<String, IngestTopic> known = new ConcurrentHashMap<>();
    private final Set<String> warnedOf = ConcurrentHashMap.newKeySet();

    /**
     * A topic that is being ingested.
     *
     * @param epoch tells it from topics that had its name before
     */
    record IngestTopic(SensorType type, int epoch, Layout layout) {}

    @Inject
    KafkaTopics(@Identifier("default-kafka-broker") Map<String, Object> kafka, TopicEpochs epochs, Layouts layouts) {
        this.admin = Admin.create(Map.copyOf(kafka));
        this.epochs = epochs;
        this.layouts = layouts;
    }

    @PreDestroy
    void close() {
        admin.close(Duration.ZERO);
    }

    /**
     * What is known of the topics of these partitions, as it is now: what is forgotten later stays in the answer. Asked
     * for where it is not known yet.
     */
    Uni<Map<String, IngestTopic>> of(Collection<TopicPartition> partitions) {
        List<String> unknown = partitions.stream()
                .map(TopicPartition::topic)
                .distinct()
                .filter(topic -> !known.containsKey(topic))
                .toList();
        if (unknown.isEmpty()) {
            return Uni.createFrom().item(Map.copyOf(known));
        }
        return describe(unknown)
                .onItem()
                .transformToMulti(topics -> Multi.createFrom().iterable(topics.values()))
                .onItem()
                .transformToUniAndConcatenate(this::learn)
                .collect()
                .in(
                        () -> new HashMap<>(known),
                        (all, topic) -> all.put(topic.type().topic(), topic))
                .map(Map::copyOf);
    }

    /** What is known of a topic, or null. */
    @Nullable
    IngestTopic known(String topic) {
        return known.get(topic);
    }

    /** Asks again about a topic when it is needed next: its partitions were given away, so it may have been made anew. */
    void forget(String topic) {
        known.remove(topic);
    }

    private Uni<IngestTopic> learn(TopicDescription topic) {
        SensorType type = SensorType.ofTopic(topic.name());
        return warnOfCreateTime(topic.name()).chain(() -> learn(topic, type));
    }

    private Uni<Void> warnOfCreateTime(String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return uni(() -> admin.describeConfigs(List.of(resource)).all())
                .map(configs -> Objects.requireNonNull(configs.get(resource))
                        .get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG)
                        .value())
                .invoke(type -> {
                    if (!LOG_APPEND_TIME.equals(type) && warnedOf.add(topic)) {
                        log.warnf(
                                "Topic %s has %s=%s: which of two records wins is up to its producers' clocks; %s is better",
                                topic, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, type, LOG_APPEND_TIME);
                    }
                })
                .onFailure()
                .invoke(failure -> log.debugf("Whose clock topic %s goes by is not known: %s", topic, failure))
                .onFailure()
                .recoverWithNull()
                .replaceWithVoid();
    }

    private Uni<IngestTopic> learn(TopicDescription topic, SensorType type) {
        return Uni.combine()
                .all()
                .unis(epochs.of(topic.name(), topic.topicId().toString()), layouts.of(type))
                .asTuple()
                .map(found -> new IngestTopic(type, found.getItem1(), found.getItem2()))
                .invoke(found -> known.put(topic.name(), found));
    }

    private Uni<Map<String, TopicDescription>> describe(List<String> topics) {
        return uni(() -> admin.describeTopics(topics).allTopicNames());
    }

    /** Makes sure that a type has a topic. */
    Uni<Void> make(SensorType type) {
        return make(new NewTopic(type.topic(), Optional.of(PARTITIONS), Optional.empty())
                .configs(Map.of(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, LOG_APPEND_TIME)));
    }

    /** Makes sure that there is a topic for dead letters. */
    Uni<Void> makeDeadLetters() {
        return make(new NewTopic(DEAD_LETTERS, Optional.of(DEAD_LETTER_PARTITIONS), Optional.empty())
                // A letter is its record and up to a few KiB of headers: room for the largest that topics take by
                // default.
                .configs(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "2097152")));
    }

    private Uni<Void> make(NewTopic topic) {
        return uni(() -> admin.createTopics(List.of(topic)).all())
                .invoke(() -> log.infof("Made topic %s with %d partitions", topic.name(), topic.numPartitions()))
                .onFailure(TopicExistsException.class)
                .recoverWithNull()
                .replaceWithVoid();
    }

    /** Whether a type has a topic. */
    Uni<Boolean> exists(SensorType type) {
        return uni(() -> admin.listTopics().names()).map(names -> names.contains(type.topic()));
    }

    /** Whether Kafka answers at this moment. */
    Uni<Void> ping() {
        return uni(() -> admin.describeCluster().clusterId()).replaceWithVoid();
    }

    private static <T> Uni<T> uni(Supplier<KafkaFuture<T>> call) {
        return Uni.createFrom().completionStage(() -> call.get().toCompletionStage());
    }
}
