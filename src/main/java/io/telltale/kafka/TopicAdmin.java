package io.telltale.kafka;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.settings.RateLimitedLog;
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
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.record.TimestampType;
import org.jboss.logging.Logger;

/**
 * The gateway to Kafka's admin API, with the only admin client of the process. No method blocks.
 *
 * <p>A request fails after 10 s at the latest. A caller that has less time sets its own timeout.
 */
@Singleton
public class TopicAdmin {

    private static final Logger log = Logger.getLogger(TopicAdmin.class);

    /**
     * Kafka's defaults are 30 and 60 s: for so long, health could not name the outage. Leaves time for a second broker.
     */
    private static final Map<String, Object> DEFAULTS = Map.of(
            AdminClientConfig.CLIENT_ID_CONFIG,
            "telltale-admin",
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
            5_000,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            10_000);

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(20);
    private static final Duration MAX_BACKOFF = Duration.ofMillis(200);
    private static final int MAX_RETRIES = 10;

    private static final RateLimitedLog REFUSED = new RateLimitedLog(log, Logger.Level.ERROR);

    private final Admin admin;
    private final String address;

    @Inject
    TopicAdmin(@Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this(create(kafka), String.valueOf(kafka.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG)));
    }

    public TopicAdmin(Admin admin) {
        this(admin, "unknown");
    }

    private TopicAdmin(Admin admin, String address) {
        this.admin = admin;
        this.address = address;
    }

    private static Admin create(Map<String, Object> kafka) {
        Map<String, Object> settings = new HashMap<>(DEFAULTS);
        settings.putAll(kafka);
        return Admin.create(settings);
    }

    @PreDestroy
    void close() {
        admin.close(Duration.ZERO);
    }

    /** Completes if a broker answers. Logs why it is refused, if it is. */
    public Uni<Void> ping() {
        return uni(() -> admin.describeCluster().clusterId())
                .onFailure(AuthenticationException.class)
                .invoke(failure -> REFUSED.say(RefusedConnection.describe(address, failure)))
                .replaceWithVoid();
    }

    /** The names of all topics. */
    public Uni<Set<String>> names() {
        return uni(() -> admin.listTopics().names());
    }

    /** Describes topics, by name; omits those that do not exist. */
    public Uni<Map<String, Topic>> describe(Collection<String> names) {
        return Multi.createFrom()
                .deferred(() -> Multi.createFrom()
                        .iterable(admin.describeTopics(names).topicNameValues().values()))
                .plug(Concatenation.unis(description -> uni(() -> description)
                        .onFailure(UnknownTopicOrPartitionException.class)
                        .recoverWithNull()))
                .collect()
                .asMap(TopicDescription::name, TopicAdmin::topic);
    }

    private static Topic topic(TopicDescription description) {
        return new Topic(
                description.name(),
                description.topicId(),
                description.partitions().size());
    }

    /** The log start offsets; fails if a partition has no leader or does not exist. */
    public Uni<Map<TopicPartition, Long>> startOffsets(Collection<TopicPartition> partitions) {
        return offsets(partitions, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
    }

    /**
     * The offsets after the last record; fails if a partition has no leader or does not exist.
     *
     * @param isolation {@code READ_UNCOMMITTED}: the high watermark; {@code READ_COMMITTED}: the last stable offset,
     *     which excludes open transactions
     */
    public Uni<Map<TopicPartition, Long>> endOffsets(Collection<TopicPartition> partitions, IsolationLevel isolation) {
        return offsets(partitions, OffsetSpec.latest(), isolation);
    }

    /**
     * The first offsets with a record time not before an instant, or -1 for a partition without such a record; fails if
     * a partition has no leader or does not exist.
     *
     * @param millis the instant, after 1970
     */
    public Uni<Map<TopicPartition, Long>> offsetsSince(Collection<TopicPartition> partitions, long millis) {
        return offsets(partitions, OffsetSpec.forTimestamp(millis), IsolationLevel.READ_UNCOMMITTED);
    }

    private Uni<Map<TopicPartition, Long>> offsets(
            Collection<TopicPartition> partitions, OffsetSpec spec, IsolationLevel isolation) {
        return uni(() -> list(partitions, spec, isolation).all()).map(found -> {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            found.forEach((partition, offset) -> offsets.put(partition, offset.offset()));
            return offsets;
        });
    }

    /**
     * As {@link #startOffsets}, of the partitions whose leaders answer in time; omits the others. Never fails.
     *
     * @param timeout how long a partition without a leader delays the others
     */
    public Uni<Map<TopicPartition, Long>> availableStartOffsets(
            Collection<TopicPartition> partitions, Duration timeout) {
        return available(partitions, OffsetSpec.earliest(), timeout);
    }

    /** The high watermarks of the partitions whose leaders answer in time, as {@link #availableStartOffsets}. */
    public Uni<Map<TopicPartition, Long>> availableEndOffsets(Collection<TopicPartition> partitions, Duration timeout) {
        return available(partitions, OffsetSpec.latest(), timeout);
    }

    private Uni<Map<TopicPartition, Long>> available(
            Collection<TopicPartition> partitions, OffsetSpec spec, Duration timeout) {
        return Uni.createFrom().deferred(() -> {
            ListOffsetsResult listed = list(partitions, spec, IsolationLevel.READ_UNCOMMITTED);
            return uni(listed::all)
                    .ifNoItem()
                    .after(timeout)
                    .fail()
                    .onFailure()
                    .recoverWithNull()
                    .map(ignored -> known(partitions, listed));
        });
    }

    private static Map<TopicPartition, Long> known(Collection<TopicPartition> partitions, ListOffsetsResult listed) {
        Map<TopicPartition, Long> known = new HashMap<>();
        for (TopicPartition partition : partitions) {
            KafkaFuture<ListOffsetsResultInfo> offset = listed.partitionResult(partition);
            if (offset.isDone() && !offset.isCompletedExceptionally()) {
                ListOffsetsResultInfo found =
                        offset.toCompletionStage().toCompletableFuture().getNow(null);
                known.put(partition, found.offset());
            }
        }
        return known;
    }

    private ListOffsetsResult list(Collection<TopicPartition> partitions, OffsetSpec spec, IsolationLevel isolation) {
        Map<TopicPartition, OffsetSpec> requested = new HashMap<>();
        partitions.forEach(partition -> requested.put(partition, spec));
        return admin.listOffsets(requested, new ListOffsetsOptions(isolation));
    }

    /** Who sets the record times of a topic: its producers or the broker. */
    public Uni<TimestampType> timestampType(String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return uni(() -> admin.describeConfigs(List.of(resource)).all())
                .map(configs -> TimestampType.forName(Objects.requireNonNull(configs.get(resource))
                        .get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG)
                        .value()));
    }

    /**
     * Creates a topic with {@code LogAppendTime} and the broker's default replication, unless a topic of this name
     * exists. Completes when all its partitions accept records.
     *
     * @param config more configuration of the topic
     */
    public Uni<Void> create(String name, int partitions, Map<String, String> config) {
        Map<String, String> all = new HashMap<>(config);
        all.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, TimestampType.LOG_APPEND_TIME.name);
        NewTopic topic = new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(all);
        List<TopicPartition> created = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(name, partition))
                .toList();
        return uni(() -> admin.createTopics(List.of(topic)).all())
                .invoke(() -> log.infof("Created topic=%s partitions=%d", name, partitions))
                .onFailure(TopicExistsException.class)
                .recoverWithNull()
                .chain(() -> awaitLeaders(created));
    }

    /**
     * Kafka lists a topic a moment before its partitions have leaders. An idempotent producer that sends in between may
     * see its batches refused as out of order until it gives them up.
     */
    private Uni<Void> awaitLeaders(List<TopicPartition> created) {
        return endOffsets(created, IsolationLevel.READ_UNCOMMITTED)
                .onFailure(RetriableException.class)
                .retry()
                .withBackOff(FIRST_BACKOFF, MAX_BACKOFF)
                .atMost(MAX_RETRIES)
                // An existing topic with fewer partitions: it is not new.
                .onFailure(RetriableException.class)
                .recoverWithNull()
                .replaceWithVoid();
    }

    private static <T> Uni<T> uni(Supplier<KafkaFuture<T>> request) {
        return Uni.createFrom().completionStage(() -> request.get().toCompletionStage());
    }
}
