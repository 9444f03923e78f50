package io.telltale.letters;

import io.smallrye.common.annotation.Identifier;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends records in order and without duplicates, on an idempotent producer of its own: a replay is rare, and must not
 * take the capacity of POSTs.
 */
@Singleton
class ReplaySender {

    private final Supplier<Producer<byte[], byte[]>> producers;

    @Inject
    ReplaySender(@Identifier("default-kafka-broker") Map<String, Object> kafka) {
        this(() -> open(kafka));
    }

    /** @param producers opens a producer */
    ReplaySender(Supplier<Producer<byte[], byte[]>> producers) {
        this.producers = producers;
    }

    private static Producer<byte[], byte[]> open(Map<String, Object> kafka) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ProducerConfig.CLIENT_ID_CONFIG, "telltale-replays");
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        // Keeps the order of a partition's records despite retries, with up to five requests in flight.
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
        // The topic decides what is too large.
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 16 << 20);
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * Sends records until one cannot be sent. Blocks until Kafka has acknowledged or refused each, at most about 15 s.
     *
     * @return for each record why it failed; empty if Kafka has acknowledged it
     */
    List<Optional<Exception>> send(List<ProducerRecord<byte[], byte[]>> records) {
        AtomicReferenceArray<Optional<Exception>> results = new AtomicReferenceArray<>(records.size());
        Exception notSent = new KafkaException("not sent, since an earlier record failed");
        for (int i = 0; i < records.size(); i++) {
            results.set(i, Optional.of(notSent));
        }
        Producer<byte[], byte[]> producer = producers.get();
        try {
            send(records, producer, results);
            producer.flush();
        } finally {
            producer.close(Duration.ZERO);
        }
        List<Optional<Exception>> copy = new ArrayList<>();
        for (int i = 0; i < records.size(); i++) {
            copy.add(results.get(i));
        }
        return copy;
    }

    private static void send(
            List<ProducerRecord<byte[], byte[]>> records,
            Producer<byte[], byte[]> producer,
            AtomicReferenceArray<Optional<Exception>> results) {
        for (int i = 0; i < records.size(); i++) {
            int index = i;
            try {
                Future<RecordMetadata> sent = producer.send(
                        records.get(i), (metadata, failure) -> results.set(index, Optional.ofNullable(failure)));
                if (sent.isDone()
                        && results.get(i).filter(ReplaySender::isOfAll).isPresent()) {
                    return;
                }
            } catch (KafkaException e) {
                // The records behind it must not overtake it, nor block as long as it did.
                results.set(index, Optional.of(e));
                return;
            }
        }
    }

    /** Whether the next records would fail too, each after as long a wait: Kafka does not answer. */
    private static boolean isOfAll(Exception failure) {
        return !(failure instanceof RecordTooLargeException);
    }
}
