package io.telltale.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.local.SharedStack;
import io.telltale.simulate.FreshTopics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Sensors of one type, on the shared stack. Their topic is made if it is not there. */
public final class TestFleet implements AutoCloseable {

    private static final int PARTITIONS = 3;
    private static final Duration STORED_WITHIN = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String type;
    private final SharedStack stack;
    private final Admin admin;
    private final KafkaProducer<String, String> producer;
    private final List<Future<?>> sent = new ArrayList<>();

    private TestFleet(String type, String compression, SharedStack stack) {
        this.type = type;
        this.stack = stack;
        this.admin = stack.kafka().admin();
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", stack.kafka().bootstrapServers(), "compression.type", compression),
                new StringSerializer(),
                new StringSerializer());
    }

    public static TestFleet ofType(String type) {
        return ofType(type, "none");
    }

    /** The same, with batches compressed the way that Kafka calls {@code compression}. */
    public static TestFleet ofType(String type, String compression) {
        TestFleet fleet = new TestFleet(type, compression, SharedStack.get());
        fleet.makeTopic();
        return fleet;
    }

    public String type() {
        return type;
    }

    /** The id of a sensor that nobody else has; the service knows it once a reading of it was sent. */
    public String newSensor() {
        return type + "-" + stack.nextNumber();
    }

    /**
     * Sends a reading.
     *
     * @param timestamp a string or a number
     * @param value a number, a boolean or a string
     */
    public void send(String sensorId, Object timestamp, Object value) {
        send(sensorId, timestamp, value, Map.of());
    }

    /** The same with further fields, such as {@code site}. */
    public void send(String sensorId, Object timestamp, Object value, Map<String, String> more) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("sensorId", sensorId);
        body.put("timestamp", timestamp);
        body.put("value", value);
        body.putAll(more);
        try {
            sendRecord(sensorId, JSON.writeValueAsString(body));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("reading %s is not JSON".formatted(body), e);
        }
    }

    /** Sends a record as it is. */
    public void sendRecord(@Nullable String key, String body) {
        sendRecord(key, body, Map.of());
    }

    /** The same with headers. */
    public void sendRecord(@Nullable String key, String body, Map<String, String> headers) {
        ProducerRecord<String, String> record = new ProducerRecord<>(topic(), key, body);
        headers.forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        sent.add(producer.send(record));
    }

    /** Returns when Kafka has all that was sent. */
    public void flush() {
        producer.flush();
        sent.forEach(TestFleet::requireDone);
        sent.clear();
    }

    private static void requireDone(Future<?> record) {
        try {
            record.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("Kafka did not take a record", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while sending", e);
        }
    }

    /** Returns when all that was sent is durable: only then does the service commit it. */
    public void awaitStored() {
        flush();
        await().atMost(STORED_WITHIN).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> assertThat(committed())
                .isEqualTo(ends()));
    }

    private Map<Integer, Long> ends() throws ExecutionException, InterruptedException, TimeoutException {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            latest.put(new TopicPartition(topic(), partition), OffsetSpec.latest());
        }
        Map<Integer, Long> ends = new TreeMap<>();
        admin.listOffsets(latest).all().get(10, TimeUnit.SECONDS).forEach((partition, end) -> {
            if (end.offset() > 0) {
                ends.put(partition.partition(), end.offset());
            }
        });
        return ends;
    }

    private Map<Integer, Long> committed() throws ExecutionException, InterruptedException, TimeoutException {
        Map<Integer, Long> committed = new TreeMap<>();
        admin.listConsumerGroupOffsets("telltale")
                .partitionsToOffsetAndMetadata()
                .get(10, TimeUnit.SECONDS)
                .forEach((partition, offset) -> {
                    if (partition.topic().equals(topic())) {
                        committed.put(partition.partition(), offset.offset());
                    }
                });
        return committed;
    }

    private void makeTopic() {
        NewTopic topic =
                new NewTopic(topic(), PARTITIONS, (short) 1).configs(Map.of("message.timestamp.type", "LogAppendTime"));
        try {
            admin.createTopics(List.of(topic)).all().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException("could not make topic " + topic(), e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while making topic " + topic(), e);
        }
        FreshTopics.awaitPartitions(admin, topic());
    }

    public String topic() {
        return "sensors." + type;
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
        admin.close(Duration.ofSeconds(5));
    }
}
