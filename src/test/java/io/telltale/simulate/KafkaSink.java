package io.telltale.simulate;

import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends to Kafka, durably ({@code acks=all}), each record once and those of a partition in order
 * ({@code enable.idempotence}), without waiting for acknowledgements. What is unacknowledged is bounded in records and
 * bytes, well below the producer's memory, so that handing over a record does not block; only while Kafka names no
 * leader for a topic, as it may after an outage, does it hold up the sender, for up to 45 s.
 */
final class KafkaSink implements RecordSink {

    private static final long MAX_UNACKNOWLEDGED = 100_000;
    private static final long BUFFER_BYTES = 96L << 20;
    private static final long MAX_UNACKNOWLEDGED_BYTES = BUFFER_BYTES / 3;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final KafkaProducer<byte[], byte[]> producer;
    private final @Nullable Ledger ledger;
    private final AtomicLong unacknowledged = new AtomicLong();
    private final AtomicLong unacknowledgedBytes = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    private KafkaSink(KafkaProducer<byte[], byte[]> producer, @Nullable Ledger ledger) {
        this.producer = producer;
        this.ledger = ledger;
    }

    /**
     * Makes the topics where they are missing, and connects.
     *
     * @param connection the address of Kafka, and credentials if it needs any
     * @param ledger where to write down what was acknowledged, if anywhere
     */
    static KafkaSink open(Map<String, Object> connection, Collection<SensorType> types, @Nullable Ledger ledger) {
        SensorTopics.ensure(connection, types);
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config(connection), new ByteArraySerializer(), new ByteArraySerializer());
        return new KafkaSink(producer, ledger);
    }

    private static Map<String, Object> config(Map<String, Object> connection) {
        Map<String, Object> config = new HashMap<>(connection);
        config.putAll(Map.of(
                ProducerConfig.CLIENT_ID_CONFIG,
                "telltale-simulate",
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                // With several, the second batch of a partition whose leader is not ready yet may be taken before the
                // first; Kafka then refuses the first as out of order, again and again, until it is given up.
                ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
                1,
                ProducerConfig.LINGER_MS_CONFIG,
                5,
                ProducerConfig.BATCH_SIZE_CONFIG,
                64 * 1_024,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                BUFFER_BYTES,
                // A producer that has forgotten its broker waits for metadata before it takes a record: through a
                // restart.
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                45_000,
                // A record outlives an outage of the broker: given up, nobody could say whether it was stored.
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                15 * 60_000));
        return config;
    }

    @Override
    public boolean hasRoom() {
        return unacknowledged.get() < MAX_UNACKNOWLEDGED && unacknowledgedBytes.get() < MAX_UNACKNOWLEDGED_BYTES;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // The callback hears of success and failure alike.
    public void send(OutgoingRecord record) {
        unacknowledged.incrementAndGet();
        unacknowledgedBytes.addAndGet(record.sizeBytes());
        producer.send(
                new ProducerRecord<>(record.topic(), record.key(), record.body()),
                (metadata, failure) -> completed(record, metadata, failure));
    }

    private void completed(OutgoingRecord record, @Nullable RecordMetadata metadata, @Nullable Exception failure) {
        if (failure != null) {
            failed.incrementAndGet();
            if (ledger != null) {
                ledger.unsettled(record.outcome());
            }
        } else {
            if (ledger != null) {
                enter(record, metadata, ledger);
            }
            acknowledged.incrementAndGet();
        }
        unacknowledgedBytes.addAndGet(-record.sizeBytes());
        unacknowledged.decrementAndGet();
    }

    /** Of a batch that it has already, a broker may not say where it is. */
    private static void enter(OutgoingRecord record, @Nullable RecordMetadata metadata, Ledger ledger) {
        if (metadata != null && metadata.hasOffset()) {
            ledger.acknowledged(
                    record.outcome(), Ledger.origin(metadata.topic(), metadata.partition(), metadata.offset()));
        } else {
            ledger.acknowledged(record.outcome());
        }
    }

    @Override
    public long acknowledged() {
        return acknowledged.get();
    }

    @Override
    public long failed() {
        return failed.get();
    }

    /** Waits up to 30 s; what is unacknowledged then has failed. */
    @Override
    public void close() {
        producer.close(CLOSE_TIMEOUT);
    }
}
