package io.telltale.live;

import io.smallrye.mutiny.Uni;
import io.telltale.kafka.Topic;
import io.telltale.kafka.TopicAdmin;
import io.telltale.sensors.SensorType;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;

/** Lists the sensor topics with their ids, which Kafka's consumer does not know. */
@Singleton
class SensorTopics {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** Shorter than the admin client's: a replay reports the outage, and the tail's thread is free again. */
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

    private final TopicAdmin admin;

    @Inject
    SensorTopics(TopicAdmin admin) {
        this.admin = admin;
    }

    /** The sensor topics that exist, by name. */
    Uni<Map<String, Topic>> find() {
        return limited(admin.names())
                .chain(names -> limited(admin.describe(
                        names.stream().filter(SensorType::isTopic).toList())));
    }

    /** The topics of these names that exist, by name. */
    Uni<Map<String, Topic>> find(Collection<String> names) {
        return limited(admin.describe(names));
    }

    Uni<Map<TopicPartition, Long>> startOffsets(Collection<TopicPartition> partitions) {
        return limited(admin.startOffsets(partitions));
    }

    /** The offsets after the last record that a consumer of committed records receives. */
    Uni<Map<TopicPartition, Long>> endOffsets(Collection<TopicPartition> partitions) {
        return limited(admin.endOffsets(partitions, IsolationLevel.READ_COMMITTED));
    }

    private static <T> Uni<T> limited(Uni<T> request) {
        return request.ifNoItem()
                .after(REQUEST_TIMEOUT)
                .failWith(() -> new TimeoutException("Kafka did not answer within %s".formatted(REQUEST_TIMEOUT)));
    }

    /**
     * As {@link #find()}. Blocks for at most 10 s, so only for a thread that blocks in calls of its Kafka consumer
     * anyway.
     *
     * @throws KafkaException if Kafka does not answer
     */
    Map<String, Topic> await() {
        return await(find());
    }

    /** As {@link #find(Collection)}. Blocks and fails as {@link #await()}. */
    Map<String, Topic> await(Collection<String> names) {
        return names.isEmpty() ? Map.of() : await(find(names));
    }

    private static Map<String, Topic> await(Uni<Map<String, Topic>> found) {
        try {
            return found.subscribeAsCompletionStage().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new KafkaException("the sensor topics are unknown", e.getCause());
        } catch (java.util.concurrent.TimeoutException e) {
            throw new TimeoutException("Kafka did not list the sensor topics within %s".formatted(TIMEOUT), e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
