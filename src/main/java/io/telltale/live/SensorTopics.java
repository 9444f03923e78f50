package io.telltale.live;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import io.telltale.streams.Concatenation;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Which topics of readings there are in Kafka, with their ids: a consumer knows them by name alone. */
@Singleton
class SensorTopics {

    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final Admin admin;

    /** What came of a question; one of the two is there. */
    private record Answer(
            Map<String, LiveTopic> topics, @Nullable Throwable failure) {}

    @Inject
    SensorTopics(@Identifier("default-kafka-broker") Map<String, Object> kafka) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(AdminClientConfig.CLIENT_ID_CONFIG, "telltale-live");
        config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) ANSWER.toMillis());
        config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) ANSWER.toMillis());
        this.admin = Admin.create(config);
    }

    @PreDestroy
    void close() {
        admin.close(Duration.ZERO);
    }

    /** Those that are there now, by name. */
    Uni<Map<String, LiveTopic>> now() {
        return Uni.createFrom()
                .completionStage(() -> admin.listTopics().names().toCompletionStage())
                .onItem()
                .transformToMulti(names -> Multi.createFrom()
                        .iterable(admin.describeTopics(names.stream()
                                        .filter(SensorType::isTopic)
                                        .toList())
                                .topicNameValues()
                                .values()))
                .plug(Concatenation.unis(topic -> Uni.createFrom()
                        .completionStage(topic.toCompletionStage())
                        // Deleted between the two questions.
                        .onFailure(UnknownTopicOrPartitionException.class)
                        .recoverWithNull()))
                .collect()
                .asMap(TopicDescription::name, SensorTopics::topic);
    }

    /** The offsets of the first records that Kafka still has. */
    Uni<Map<TopicPartition, Long>> starts(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, OffsetSpec.earliest()));
        return Uni.createFrom()
                .completionStage(() -> admin.listOffsets(asked).all().toCompletionStage())
                .map(found -> {
                    Map<TopicPartition, Long> starts = new HashMap<>();
                    found.forEach((partition, offset) -> starts.put(partition, offset.offset()));
                    return starts;
                });
    }

    private static LiveTopic topic(TopicDescription topic) {
        return new LiveTopic(topic.name(), topic.topicId(), topic.partitions().size());
    }

    /**
     * The same for a thread that reads Kafka, which waits for it as it waits for all else there.
     *
     * @throws KafkaException if Kafka does not answer
     */
    Map<String, LiveTopic> awaited() {
        BlockingQueue<Answer> answers = new ArrayBlockingQueue<>(1);
        now().subscribe()
                .with(
                        topics -> answers.add(new Answer(topics, null)),
                        failure -> answers.add(new Answer(Map.of(), failure)));
        try {
            Answer answer = answers.poll(2 * ANSWER.toMillis(), TimeUnit.MILLISECONDS);
            if (answer == null) {
                throw new TimeoutException("Kafka did not say which topics there are");
            }
            if (answer.failure() != null) {
                throw new KafkaException("which topics there are is not known", answer.failure());
            }
            return answer.topics();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
