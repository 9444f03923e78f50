package io.telltale.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.local.SharedStack;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Sends records to a topic, one by one, and waits for the acknowledgment. */
final class RecordSender implements AutoCloseable {

    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<Future<RecordMetadata>> inFlight = new ArrayList<>();

    private RecordSender(String topic, KafkaProducer<byte[], byte[]> producer) {
        this.topic = topic;
        this.producer = producer;
    }

    /** Creates a topic with three partitions. */
    static RecordSender toNewTopic(String type, String timestampType) {
        SharedStack.get().kafka().createTopic("sensors." + type, 3, Map.of("message.timestamp.type", timestampType));
        return toTopic(type);
    }

    /** Uses an existing topic. */
    static RecordSender toTopic(String type) {
        return new RecordSender(
                "sensors." + type,
                new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                SharedStack.get().kafka().bootstrapServers(),
                                "acks",
                                "all",
                                "max.request.size",
                                8 << 20),
                        new ByteArraySerializer(),
                        new ByteArraySerializer()));
    }

    RecordMetadata send(@Nullable String key, @Nullable String body) throws Exception {
        return send(record(0, null, key, body));
    }

    RecordMetadata sendAt(int partition, long recordTime, @Nullable String key, String body) throws Exception {
        return send(record(partition, recordTime, key, body));
    }

    ProducerRecord<byte[], byte[]> record(
            int partition, @Nullable Long recordTime, @Nullable String key, @Nullable String body) {
        return new ProducerRecord<>(
                topic,
                partition,
                recordTime,
                key == null ? null : key.getBytes(UTF_8),
                body == null ? null : body.getBytes(UTF_8));
    }

    RecordMetadata send(ProducerRecord<byte[], byte[]> record) throws Exception {
        return producer.send(record).get(30, TimeUnit.SECONDS);
    }

    /** Sends to any partition without waiting; {@link #flush} waits. */
    void sendWithoutWaiting(@Nullable String key, String body) {
        inFlight.add(producer.send(
                new ProducerRecord<>(topic, null, key == null ? null : key.getBytes(UTF_8), body.getBytes(UTF_8))));
    }

    /** The same to a partition, with a record time that counts in CreateTime topics. */
    void sendWithoutWaiting(int partition, long recordTime, String body) {
        inFlight.add(producer.send(record(partition, recordTime, null, body)));
    }

    /** Waits until Kafka has acknowledged all records. */
    void flush() throws Exception {
        for (Future<RecordMetadata> record : inFlight) {
            record.get(30, TimeUnit.SECONDS);
        }
        inFlight.clear();
    }

    @Override
    public void close() {
        producer.close();
    }
}
