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
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends what was posted. Kafka's own producer, because the messaging layer sends a record again, on its own account, that
 * the producer gave up: twice perhaps, and after those that were posted behind it. An idempotent producer alone does neither.
 *
 * <p>Sending blocks while the producer does not know a topic, so it has a thread of its own. What waits for that thread is
 * bounded by what each POST may have under way.
 */
@Singleton
class PostProducer {

    private final PostTopics topics;
    private final Producer<byte[], byte[]> producer;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "telltale-posts"));

    /**
     * What became of a portion.
     *
     * @param taken how many records Kafka acknowledged
     * @param failure why it did not acknowledge the others; null if it has all
     */
    record Sent(int taken, @Nullable Exception failure) {}

    @Inject
    PostProducer(@Identifier("default-kafka-broker") Map<String, Object> kafka, PostTopics topics) {
        this.topics = topics;
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ProducerConfig.CLIENT_ID_CONFIG, "telltale-posts");
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        // With up to five requests in flight this keeps the order of a partition's records, retries or not.
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
        config.put(ProducerConfig.LINGER_MS_CONFIG, 2);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, 32_768);
        // Whoever posts waits for the answer: after 10 s it is a 503, to be tried again.
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000);
        config.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1_000);
        this.producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @PreDestroy
    void close() {
        thread.shutdown();
        producer.close(Duration.ZERO);
    }

    /**
     * Sends good readings, in order; of what is sent while another portion is under way, that portion comes first.
     *
     * @param portion not empty
     * @param settled told once, on any thread, when Kafka has said yes or no to each
     */
    void send(List<PostedElement> portion, Consumer<Sent> settled) {
        Portion sending = new Portion(portion.size(), settled);
        try {
            thread.execute(() -> send(portion, sending));
        } catch (RejectedExecutionException e) {
            sending.failed(portion.size(), new KafkaException("the service is going", e));
        }
    }

    private void send(List<PostedElement> portion, Portion sending) {
        for (int i = 0; i < portion.size(); i++) {
            Reading reading = Objects.requireNonNull(portion.get(i).accepted(), "accepted")
                    .reading();
            Exception failure = send(reading, portion.get(i).record(), sending);
            if (failure != null) {
                // What comes behind must not overtake it, nor wait as long as it did.
                sending.failed(portion.size() - i, failure);
                return;
            }
        }
    }

    /** Gives what kept the record from being sent; what becomes of it afterwards the portion is told. */
    private @Nullable Exception send(Reading reading, byte[] record, Portion sending) {
        SensorType type = reading.type();
        if (!topics.knows(type)) {
            return new KafkaException("topic %s failed a moment ago".formatted(type.topic()));
        }
        byte[] key = reading.sensorId().value().getBytes(StandardCharsets.US_ASCII);
        try {
            var unused = producer.send(new ProducerRecord<>(type.topic(), key, record), (metadata, failure) -> {
                if (failure == null) {
                    sending.taken();
                } else {
                    topics.forget(type);
                    sending.failed(1, failure);
                }
            });
            return null;
        } catch (KafkaException | IllegalStateException e) {
            // A bug of ours is no matter of the topic, but asking about it once more does no harm.
            topics.forget(type);
            return e;
        }
    }

    /** The records of a portion that Kafka has not answered for yet. */
    private static final class Portion {

        private final Consumer<Sent> settled;
        private final AtomicInteger open;
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

        Portion(int records, Consumer<Sent> settled) {
            this.open = new AtomicInteger(records);
            this.settled = settled;
        }

        void taken() {
            taken.incrementAndGet();
            close(1);
        }

        void failed(int records, Exception reason) {
            failure.compareAndSet(null, reason);
            close(records);
        }

        private void close(int records) {
            if (open.addAndGet(-records) == 0) {
                settled.accept(new Sent(taken.get(), failure.get()));
            }
        }
    }
}
