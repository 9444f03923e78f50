package io.telltale.simulate;

import io.telltale.sensors.SensorType;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/** Makes the topics of readings, as the contract wants those that Telltale makes. */
public final class SensorTopics {

    private static final int PARTITIONS = 12;
    private static final long TIMEOUT_SECONDS = 30;

    private SensorTopics() {}

    /**
     * Makes the topics of these types where they are missing; those that exist stay as they are.
     *
     * @throws IllegalStateException if Kafka does not make them within 30 s; the message says why
     */
    public static void ensure(String bootstrapServers, Collection<SensorType> types) {
        ensure(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers), types);
    }

    /** The same, of a Kafka that may need credentials. */
    public static void ensure(Map<String, Object> connection, Collection<SensorType> types) {
        try (Admin admin = Admin.create(connection)) {
            Map<String, KafkaFuture<Void>> made = admin.createTopics(
                            types.stream().map(SensorTopics::topic).toList())
                    .values();
            for (Map.Entry<String, KafkaFuture<Void>> topic : made.entrySet()) {
                awaitMade(topic.getKey(), topic.getValue());
            }
            made.keySet().forEach(topic -> FreshTopics.awaitPartitions(admin, topic));
        }
    }

    /** The replication factor is left to the broker, which knows how many there are. */
    private static NewTopic topic(SensorType type) {
        return new NewTopic(type.topic(), Optional.of(PARTITIONS), Optional.empty())
                .configs(Map.of(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime"));
    }

    private static void awaitMade(String topic, KafkaFuture<Void> made) {
        try {
            made.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException(
                        "Kafka did not make the topic %s: %s".formatted(topic, e.getCause()), e);
            }
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "Kafka did not make the topic %s within %d s".formatted(topic, TIMEOUT_SECONDS), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while Kafka made the topic %s".formatted(topic), e);
        }
    }
}
