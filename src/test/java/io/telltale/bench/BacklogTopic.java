package io.telltale.bench;

import io.telltale.local.KafkaBroker;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** The topic that holds a backlog: filled once, read by everybody. */
final class BacklogTopic {

    static final int PARTITIONS = 12;

    private BacklogTopic() {}

    /** Makes the topic and returns when Kafka has acknowledged every record. */
    static void fill(KafkaBroker kafka, Backlog backlog) {
        String topic = backlog.shape().type().topic();
        kafka.createTopic(topic, PARTITIONS, Map.of("message.timestamp.type", "LogAppendTime"));
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = producer(kafka.bootstrapServers())) {
            backlog.forEach((key, body) -> {
                Future<RecordMetadata> unused =
                        producer.send(new ProducerRecord<>(topic, key, body), (sent, failed) -> {
                            if (failed != null) {
                                failure.compareAndSet(null, failed);
                            }
                        });
            });
            producer.flush();
        }
        if (failure.get() != null) {
            throw new BenchException("could not fill " + topic, failure.get());
        }
    }

    /** Durable, each record once and in order; made for throughput. */
    static KafkaProducer<byte[], byte[]> producer(String bootstrapServers) {
        Map<String, Object> config = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                ProducerConfig.LINGER_MS_CONFIG,
                5,
                ProducerConfig.BATCH_SIZE_CONFIG,
                128 * 1_024,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                64L << 20);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
