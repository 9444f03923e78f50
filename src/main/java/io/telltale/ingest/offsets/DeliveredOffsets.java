package io.telltale.ingest.offsets;

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
 * Knows which offsets of each partition the Kafka consumer has delivered. {@code position()} is not usable: it also
 * skips transaction markers and aborted records, and it passes records that still wait in the messaging layer.
 *
 * <p>Written and read on the polling thread, so nothing is delivered in between.
 */
@Singleton
class DeliveredOffsets implements ClientCustomizer<Map<String, Object>> {

    private static final String NAME = "telltale.delivered.offsets";

    private final Map<TopicPartition, OffsetRange> ranges = new ConcurrentHashMap<>();

    /**
     * A range of delivered offsets.
     *
     * @param first the offset of the first record
     * @param next the offset after the last record
     */
    record OffsetRange(long first, long next) {
        OffsetRange extendedBy(OffsetRange later) {
            return new OffsetRange(first, later.next);
        }
    }

    /** Adds the interceptor to the consumer of ingest. */
    @Override
    public Map<String, Object> customize(String channel, Config channelConfig, Map<String, Object> consumer) {
        if (!channel.equals(PartitionOffsets.CHANNEL)) {
            return consumer;
        }
        Map<String, Object> intercepted = new HashMap<>(consumer);
        intercepted.put(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, Interceptor.class.getName());
        intercepted.put(NAME, this);
        return intercepted;
    }

    /** The delivered range of a partition since its assignment or the last seek; null if there is none. */
    @Nullable
    OffsetRange find(TopicPartition partition) {
        return ranges.get(partition);
    }

    /** Forgets the range of a partition after an assignment or a seek. */
    void reset(TopicPartition partition) {
        ranges.remove(partition);
    }

    private void add(ConsumerRecords<byte[], byte[]> poll) {
        for (TopicPartition partition : poll.partitions()) {
            var records = poll.records(partition);
            OffsetRange range = new OffsetRange(
                    records.get(0).offset(), records.get(records.size() - 1).offset() + 1);
            ranges.merge(partition, range, OffsetRange::extendedBy);
        }
    }

    /** Kafka creates it by its class name. */
    @RegisterForReflection
    public static final class Interceptor implements ConsumerInterceptor<byte[], byte[]> {

        private @Nullable DeliveredOffsets delivered;

        @Override
        public void configure(Map<String, ?> consumer) {
            delivered = (DeliveredOffsets) consumer.get(NAME);
        }

        @Override
        public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> poll) {
            Objects.requireNonNull(delivered).add(poll);
            return PartitionBatch.batch(poll);
        }

        @Override
        public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

        @Override
        public void close() {}
    }
}
