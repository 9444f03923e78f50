package io.telltale.kafka;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Settings of Kafka consumers that read assigned partitions and commit nothing. */
public final class ConsumerSettings {

    private ConsumerSettings() {}

    /**
     * Settings that a caller may add to: raw bytes, committed records only, no commits, no creation of topics.
     *
     * @param kafka the connection to the cluster
     * @param clientId names the consumer in the brokers' logs and quotas
     * @param offsetReset what an offset outside the log leads to: {@code earliest}, or {@code none} for an exception
     */
    public static Map<String, Object> withoutCommits(Map<String, Object> kafka, String clientId, String offsetReset) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, offsetReset);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        return settings;
    }

    /**
     * Settings of {@link #withoutCommits} for a consumer that reads parts of logs, one after another. At the end of a
     * log, Kafka holds a request for half a second by default, and the next part waits for its end.
     */
    public static Map<String, Object> ofParts(Map<String, Object> kafka, String clientId, String offsetReset) {
        Map<String, Object> settings = withoutCommits(kafka, clientId, offsetReset);
        settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 10);
        return settings;
    }
}
