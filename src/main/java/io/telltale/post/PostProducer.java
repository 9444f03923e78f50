package io.telltale.post;

import io.smallrye.common.annotation.Identifier;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorType;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends posted readings to Kafka, in order and without duplicates. Uses an idempotent Kafka producer: the messaging
 * layer would retry records that the producer gave up, so a record could be sent twice or overtaken by later ones.
 *
 * <p>{@code KafkaProducer.send} blocks while it fetches the metadata of a topic, so it runs on a thread of its own. The
 * queue of that thread is bounded: each POST limits what it has in flight.
 */
@Singleton
class PostProducer {

    private final PostTopics topics;
    private final Supplier<Producer<byte[], byte[]>> producers;
    private volatile @Nullable Producer<byte[], byte[]> producer;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "telltale-posts"));

    /**
     * The result of a batch.
     *
     * @param acknowledged the number of records that Kafka acknowledged
     * @param failure why it did not acknowledge the others; null if it acknowledged all
     */
    record Sent(int acknowledged, @Nullable Exception failure) {}

    @Inject
    PostProducer(@Identifier("default-kafka-broker") Map<String, Object> kafka, PostTopics topics) {
        this(() -> create(kafka), topics);
    }

    PostProducer(Producer<byte[], byte[]> producer, PostTopics topics) {
        this(() -> producer, topics);
    }

    private PostProducer(Supplier<Producer<byte[], byte[]>> producers, PostTopics topics) {
        this.producers = producers;
        this.topics = topics;
    }

    private static Producer<byte[], byte[]> create(Map<String, Object> kafka) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ProducerConfig.CLIENT_ID_CONFIG, "telltale-posts");
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        // Keeps the order of a partition's records despite retries, with up to five requests in flight.
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
        config.put(ProducerConfig.LINGER_MS_CONFIG, 2);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, 32_768);
        // The client waits for the answer: after 10 s it gets a 503 and may retry.
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000);
        config.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1_000);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @PreDestroy
    void close() {
        thread.shutdown();
        Producer<byte[], byte[]> created = producer;
        if (created != null) {
            created.close(Duration.ZERO);
        }
    }

    /**
     * Creates the producer for the first record, whose topic Kafka has just described. An idempotent producer that
     * Kafka refuses at its start, for example since it does not trust its certificate yet, stays unusable.
     */
    private Producer<byte[], byte[]> producer() {
        Producer<byte[], byte[]> created = producer;
        if (created == null) {
            Thread.currentThread().setContextClassLoader(PostProducer.class.getClassLoader());
            created = producers.get();
            producer = created;
        }
        return created;
    }

    /**
     * Sends readings in order, after all batches that were sent before.
     *
     * @param batch not empty
     * @param settled called once, on any thread, when each record is acknowledged or has failed
     */
    void send(List<PostedElement> batch, Consumer<Sent> settled) {
        InFlight inFlight = new InFlight(batch.size(), settled);
        try {
            thread.execute(() -> sendAll(batch, inFlight));
        } catch (RejectedExecutionException e) {
            inFlight.fail(batch.size(), new KafkaException("the service is shutting down", e));
        }
    }

    private void sendAll(List<PostedElement> batch, InFlight inFlight) {
        for (int i = 0; i < batch.size(); i++) {
            Reading reading =
                    Objects.requireNonNull(batch.get(i).accepted(), "accepted").reading();
            Exception failure = sendRecord(reading, batch.get(i).record(), inFlight);
            if (failure != null) {
                // The records behind it must not overtake it, nor block as long as it did.
                inFlight.fail(batch.size() - i, failure);
                return;
            }
        }
    }

    /** Returns why the record could not be sent; null if it was, and its result follows by callback. */
    private @Nullable Exception sendRecord(Reading reading, byte[] record, InFlight inFlight) {
        SensorType type = reading.type();
        if (!topics.knows(type)) {
            return new KafkaException("topic %s has just failed".formatted(type.topic()));
        }
        byte[] key = reading.sensorId().value().getBytes(StandardCharsets.US_ASCII);
        try {
            var unused = producer().send(new ProducerRecord<>(type.topic(), key, record), (metadata, failure) -> {
                if (failure == null) {
                    inFlight.acknowledge();
                } else {
                    topics.forget(type);
                    inFlight.fail(1, failure);
                }
            });
            return null;
        } catch (RuntimeException e) {
            // Each record needs a result, or its POST would hold its memory forever.
            // Not always the topic's fault, but to check it again does no harm.
            topics.forget(type);
            return e;
        }
    }

    /** Counts the records of a batch down until each is acknowledged or has failed. */
    private static final class InFlight {

        private final Consumer<Sent> settled;
        private final AtomicInteger pending;
        private final AtomicInteger acknowledged = new AtomicInteger();
        private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

        InFlight(int records, Consumer<Sent> settled) {
            this.pending = new AtomicInteger(records);
            this.settled = settled;
        }

        void acknowledge() {
            acknowledged.incrementAndGet();
            complete(1);
        }

        void fail(int records, Exception reason) {
            failure.compareAndSet(null, reason);
            complete(records);
        }

        private void complete(int records) {
            if (pending.addAndGet(-records) == 0) {
                settled.accept(new Sent(acknowledged.get(), failure.get()));
            }
        }
    }
}
