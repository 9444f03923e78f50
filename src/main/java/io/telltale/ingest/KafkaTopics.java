package io.telltale.ingest;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import io.telltale.store.TopicEpochs;
import io.telltale.streams.Concatenation;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
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

    private static final Duration FIRST_LOOK = Duration.ofMillis(20);
    private static final Duration LONGEST_LOOK = Duration.ofMillis(200);
    private static final int LOOKS = 10;

    private static final String LOG_APPEND_TIME = "LogAppendTime";

    /** Kafka's own would be a minute, during which nobody could say what ingest waits for. */
    private static final Map<String, Object> PATIENCE = Map.of(
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
            5_000,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            10_000);

    private final Admin admin;
    private final TopicEpochs epochs;
    private final Map<String, IngestTopic> known = new ConcurrentHashMap<>();
    private final Set<String> warnedOf = ConcurrentHashMap.newKeySet();
    /** How often something was forgotten: an answer asked for before that is not remembered. */
    private final AtomicLong forgotten = new AtomicLong();

    private volatile @Nullable String withoutDeadLetters;
    private volatile boolean isReady;

    /**
     * A topic that is being ingested.
     *
     * @param id in Kafka, where a topic that is made anew gets another
     * @param epoch tells it from topics that had its name before
     */
    record IngestTopic(SensorType type, String id, int epoch) {}

    @Inject
    KafkaTopics(@Identifier("default-kafka-broker") Map<String, Object> kafka, TopicEpochs epochs) {
        Map<String, Object> settings = new HashMap<>(PATIENCE);
        settings.putAll(kafka);
        this.admin = Admin.create(settings);
        this.epochs = epochs;
    }

    @PreDestroy
    void close() {
        admin.close(Duration.ZERO);
    }

    /**
     * What is known of the topics of these partitions, as it is now: what is forgotten later stays in the answer. Asked
     * for where it is not known yet; a topic that is not there is left out.
     */
    Uni<Map<String, IngestTopic>> of(Collection<TopicPartition> partitions) {
        // Once: what is forgotten while this looks would be neither known nor asked for.
        Map<String, IngestTopic> before = Map.copyOf(known);
        List<String> unknown = partitions.stream()
                .map(TopicPartition::topic)
                .distinct()
                .filter(topic -> !before.containsKey(topic))
                .toList();
        if (unknown.isEmpty()) {
            return Uni.createFrom().item(before);
        }
        long asked = forgotten.get();
        return describe(unknown)
                .plug(Concatenation.unis(topic -> learn(topic, asked)))
                .collect()
                .in(
                        () -> new HashMap<>(before),
                        (all, topic) -> all.put(topic.type().topic(), topic))
                .map(Map::copyOf);
    }

    /** The ids in Kafka of these topics at this moment, by name; a topic that is not there is left out. */
    Uni<Map<String, String>> ids(Collection<String> names) {
        return describe(names).collect().asMap(TopicDescription::name, topic -> topic.topicId()
                .toString());
    }

    /** Where these partitions end for those who read what is committed; those that are not there are left out. */
    Uni<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions) {
        return describe(partitions.stream()
                        .map(TopicPartition::topic)
                        .distinct()
                        .toList())
                .collect()
                .asMap(TopicDescription::name, topic -> topic.partitions().size())
                .chain(there -> offsets(
                        partitions.stream()
                                .filter(partition -> partition.partition() < there.getOrDefault(partition.topic(), 0))
                                .toList(),
                        OffsetSpec.latest()));
    }

    /** Where the logs of these partitions begin; fails if one of them has no leader that says so. */
    Uni<Map<TopicPartition, Long>> starts(Collection<TopicPartition> partitions) {
        return offsets(partitions, OffsetSpec.earliest());
    }

    private Uni<Map<TopicPartition, Long>> offsets(Collection<TopicPartition> partitions, OffsetSpec which) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, which));
        return uni(() -> admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .all())
                .map(found -> {
                    Map<TopicPartition, Long> offsets = new HashMap<>();
                    found.forEach((partition, offset) -> offsets.put(partition, offset.offset()));
                    return offsets;
                });
    }

    /** Asks again about a topic when it is needed next: it may have been made anew. */
    void forget(String topic) {
        forgotten.incrementAndGet();
        known.remove(topic);
    }

    private Uni<IngestTopic> learn(TopicDescription topic, long asked) {
        SensorType type = SensorType.ofTopic(topic.name());
        return warnOfCreateTime(topic.name()).chain(() -> learn(topic, type, asked));
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

    private Uni<IngestTopic> learn(TopicDescription topic, SensorType type, long asked) {
        String id = topic.topicId().toString();
        return epochs.of(topic.name(), id)
                .map(epoch -> new IngestTopic(type, id, epoch))
                .invoke(found -> {
                    if (forgotten.get() == asked) {
                        known.put(topic.name(), found);
                    }
                });
    }

    /** Each by itself: one that is missing says nothing about the others. */
    private Multi<TopicDescription> describe(Collection<String> names) {
        return Multi.createFrom()
                .deferred(() -> Multi.createFrom()
                        .iterable(admin.describeTopics(names).topicNameValues().values()))
                .plug(Concatenation.unis(topic -> uni(() -> topic)
                        .onFailure(UnknownTopicOrPartitionException.class)
                        .recoverWithNull()));
    }

    /** Makes sure that a type has a topic. */
    Uni<Void> make(SensorType type) {
        return make(new NewTopic(type.topic(), Optional.of(PARTITIONS), Optional.empty())
                .configs(Map.of(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, LOG_APPEND_TIME)));
    }

    /**
     * Makes sure that there is a topic for dead letters. One that somebody else made is taken as it is: whoever makes it
     * need not let Telltale make topics.
     */
    Uni<Void> makeDeadLetters() {
        return ids(List.of(DEAD_LETTERS))
                .chain(there -> there.isEmpty()
                        ? makeMissingDeadLetters()
                        : Uni.createFrom().voidItem())
                .invoke(() -> {
                    withoutDeadLetters = null;
                    isReady = true;
                });
    }

    private Uni<Void> makeMissingDeadLetters() {
        return make(new NewTopic(DEAD_LETTERS, Optional.of(DEAD_LETTER_PARTITIONS), Optional.empty())
                        // A letter is its record and up to a few KiB of headers: room for the largest that topics take
                        // by default.
                        .configs(Map.of(
                                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                                "2097152",
                                TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                                LOG_APPEND_TIME)))
                // That Kafka is away says nothing; that it refuses does.
                .onFailure(KafkaTopics::isRefusal)
                .invoke(refusal -> withoutDeadLetters =
                        "topic %s is missing and cannot be made: %s".formatted(DEAD_LETTERS, refusal.getMessage()));
    }

    private static boolean isRefusal(Throwable failure) {
        return failure instanceof ApiException && !(failure instanceof RetriableException);
    }

    /** Whether the topics that Telltale itself needs were there; that Kafka is away since changes nothing. */
    boolean wasReady() {
        return isReady;
    }

    /** Why there is no topic for dead letters, if there is none and Kafka refuses to make one. */
    Optional<String> withoutDeadLetters() {
        return Optional.ofNullable(withoutDeadLetters);
    }

    private Uni<Void> make(NewTopic topic) {
        return uni(() -> admin.createTopics(List.of(topic)).all())
                .invoke(() -> log.infof("Made topic %s with %d partitions", topic.name(), topic.numPartitions()))
                .onFailure(TopicExistsException.class)
                .recoverWithNull()
                .chain(() -> takesRecords(topic));
    }

    /**
     * Completes when every partition takes records. A topic is known a moment earlier, and an idempotent producer that
     * sends in between may see its batches refused as out of order until it gives them up.
     */
    private Uni<Void> takesRecords(NewTopic topic) {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (int partition = 0; partition < topic.numPartitions(); partition++) {
            ends.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
        }
        return uni(() -> admin.listOffsets(ends).all())
                .onFailure(RetriableException.class)
                .retry()
                .withBackOff(FIRST_LOOK, LONGEST_LOOK)
                .atMost(LOOKS)
                // Made by somebody else with fewer partitions: then it is not new.
                .onFailure(RetriableException.class)
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
