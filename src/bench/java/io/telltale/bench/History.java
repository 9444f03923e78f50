package io.telltale.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.telltale.local.KafkaBroker;
import io.telltale.sensors.Description;
import io.telltale.sensors.Value;
import io.telltale.simulate.BodyWriter;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.awaitility.Awaitility;

/** Readings of the past, sent to Kafka as any others and stored by the service that is then asked for them. */
final class History {

    private static final int MAX_STEP_CENTS = 15;
    private static final Description DESCRIPTION = new Description("Cel", "plant-2");
    private static final Duration LIMIT = Duration.ofMinutes(20);

    private History() {}

    /**
     * Returns when all of it is durable.
     *
     * @param stored how many readings the service has made durable
     */
    static void store(KafkaBroker kafka, String topic, List<StoredSensor> sensors, LongSupplier stored, long seed) {
        long before = stored.getAsLong();
        AtomicLong failed = new AtomicLong();
        try (KafkaProducer<byte[], byte[]> producer = BacklogTopic.producer(kafka.bootstrapServers())) {
            for (StoredSensor sensor : sensors) {
                send(producer, topic, sensor, new SplittableRandom(seed), failed);
            }
            producer.flush();
        }
        if (failed.get() > 0) {
            throw new BenchException("Kafka did not take %d readings of the history".formatted(failed.get()));
        }
        long all = before + sensors.stream().mapToLong(StoredSensor::readings).sum();
        Awaitility.await().atMost(LIMIT).pollInterval(Duration.ofMillis(250)).until(() -> stored.getAsLong() >= all);
    }

    private static void send(
            KafkaProducer<byte[], byte[]> producer,
            String topic,
            StoredSensor sensor,
            SplittableRandom random,
            AtomicLong failed) {
        byte[] key = sensor.id().value().getBytes(US_ASCII);
        BodyWriter bodies = new BodyWriter(sensor.id(), null, DESCRIPTION);
        int cents = random.nextInt(1_000, 9_000);
        for (int i = 0; i < sensor.readings(); i++) {
            cents += random.nextInt(-MAX_STEP_CENTS, MAX_STEP_CENTS + 1);
            byte[] body =
                    bodies.write(sensor.startMillis() + i * StoredSensor.STEP_MILLIS, new Value.Numeric(cents / 100.0));
            Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(topic, key, body), (sent, failure) -> {
                if (failure != null) {
                    failed.incrementAndGet();
                }
            });
        }
    }
}
