package io.telltale.bench;

import io.telltale.local.KafkaBroker;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** The topic that holds a backlog: read by everybody, as often as they like. */
public final class BacklogTopic {

    static final int PARTITIONS = 12;
    private static final int ANSWER_LIMIT_SECONDS = 30;

    private BacklogTopic() {}

    static void make(KafkaBroker kafka, String topic) {
        kafka.createTopic(topic, PARTITIONS, Map.of("message.timestamp.type", "LogAppendTime"));
    }

    /** Makes the topic of a backlog's type, and fills it. */
    static void fill(KafkaBroker kafka, Backlog backlog) {
        String topic = backlog.shape().type().topic();
        make(kafka, topic);
        fill(kafka, topic, backlog);
    }

    /** Puts a backlog behind whatever the topic holds, and returns when Kafka has acknowledged every record. */
    static void fill(KafkaBroker kafka, String topic, Backlog backlog) {
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

    /** Removes whatever the topic holds; what comes then has the offsets after it. */
    static void empty(KafkaBroker kafka, String topic) {
        Map<TopicPartition, RecordsToDelete> all = IntStream.range(0, PARTITIONS)
                .boxed()
                .collect(Collectors.toMap(
                        partition -> new TopicPartition(topic, partition),
                        // To Kafka, the end of the log.
                        partition -> RecordsToDelete.beforeOffset(-1)));
        try (Admin admin = kafka.admin()) {
            admin.deleteRecords(all).all().get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new BenchException("could not empty " + topic, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    /** Durable, each record once and in order; made for throughput. */
    static KafkaProducer<byte[], byte[]> producer(String bootstrapServers) {
        return producer(bootstrapServers, Duration.ofMillis(5));
    }

    /**
     * Durable, each record once and in order.
     *
     * @param linger how long a batch of a partition waits for more records
     */
    public static KafkaProducer<byte[], byte[]> producer(String bootstrapServers, Duration linger) {
        Map<String, Object> config = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                ProducerConfig.LINGER_MS_CONFIG,
                linger.toMillis(),
                ProducerConfig.BATCH_SIZE_CONFIG,
                128 * 1_024,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                64L << 20);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
