package io.telltale.ingest;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.reactive.messaging.ClientCustomizer;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/**
 * Which stretch of each partition Kafka's consumer has handed out. Its position does not tell: it passes the marker behind a
 * producer's transaction, and what was aborted, of which nobody is given anything; and it has passed what still waits in
 * the messaging layer. Told and asked on the thread that polls, where nothing is on its way between the two.
 */
@Singleton
class DeliveredOffsets implements ClientCustomizer<Map<String, Object>> {

    private static final String NAME = "telltale.handed.out";

    private final Map<TopicPartition, Stretch> stretches = new ConcurrentHashMap<>();

    /**
     * What was handed out of a partition.
     *
     * @param first the offset of the first record
     * @param next the offset after the last one
     */
    record Stretch(long first, long next) {
        Stretch and(Stretch later) {
            return new Stretch(first, later.next);
        }
    }

    /** Makes the consumer of ingest tell. */
    @Override
    public Map<String, Object> customize(String channel, Config channelConfig, Map<String, Object> consumer) {
        if (!channel.equals(IngestPipeline.CHANNEL)) {
            return consumer;
        }
        Map<String, Object> telling = new HashMap<>(consumer);
        telling.put(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, Telling.class.getName());
        telling.put(NAME, this);
        return telling;
    }

    /** What was handed out of a partition since it was assigned, or made to be read from elsewhere; null if nothing was. */
    @Nullable
    Stretch of(TopicPartition partition) {
        return stretches.get(partition);
    }

    /** It is handed out anew, from wherever that may be. */
    void beginAnew(TopicPartition partition) {
        stretches.remove(partition);
    }

    private void note(ConsumerRecords<byte[], byte[]> poll) {
        for (TopicPartition partition : poll.partitions()) {
            var records = poll.records(partition);
            Stretch handed = new Stretch(
                    records.get(0).offset(), records.get(records.size() - 1).offset() + 1);
            stretches.merge(partition, handed, Stretch::and);
        }
    }

    /** Kafka makes it, by its name. */
    @RegisterForReflection
    public static final class Telling implements ConsumerInterceptor<byte[], byte[]> {

        private @Nullable DeliveredOffsets told;

        @Override
        public void configure(Map<String, ?> consumer) {
            told = (DeliveredOffsets) consumer.get(NAME);
        }

        @Override
        public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> poll) {
            Objects.requireNonNull(told).note(poll);
            return PartitionBatch.bundled(poll);
        }

        @Override
        public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

        @Override
        public void close() {}
    }
}
