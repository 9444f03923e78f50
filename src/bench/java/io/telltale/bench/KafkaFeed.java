package io.telltale.bench;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A server that reads Kafka: Telltale, and what people write first. */
final class KafkaFeed implements FeedServer {

    private final String label;
    private final String topic;
    private final Running running;
    private final KafkaProducer<String, byte[]> producer;

    /** The process. */
    record Running(
            Runnable starts,
            LongSupplier pid,
            GarbageLog garbage,
            HttpAccess access,
            Supplier<URI> stream,
            Runnable ends) {}

    KafkaFeed(String label, String bootstrapServers, String topic, Running running) {
        this.label = label;
        this.topic = topic;
        this.running = running;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", "0"),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public void start() {
        running.starts().run();
    }

    @Override
    public long pid() {
        return running.pid().getAsLong();
    }

    @Override
    public long allocatedMegabytes() {
        return running.garbage().allocatedMegabytes();
    }

    @Override
    public URI stream() {
        return running.stream().get();
    }

    @Override
    public HttpAccess access() {
        return running.access();
    }

    @Override
    public void send(int sensor, long dueMicros) {
        String id = "sensor-" + sensor;
        String body = "{\"sensorId\":\"%s\",\"timestamp\":%d,\"value\":%d}"
                .formatted(id, 1_767_225_600_000L + dueMicros % 1_000_000_000, dueMicros);
        var unused = producer.send(new ProducerRecord<>(topic, id, body.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close();
        running.ends().run();
    }
}
