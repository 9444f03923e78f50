package io.telltale.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.telltale.local.KafkaBroker;
import io.telltale.local.SharedStack;
import io.telltale.simulate.Ledger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Collects the dead letters since it was opened. */
public final class DeadLetterBox implements AutoCloseable {

    private static final Duration TOPIC_LIMIT = Duration.ofSeconds(30);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();

    private DeadLetterBox(KafkaConsumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /** Collects the future dead letters of the shared stack. */
    public static DeadLetterBox open() {
        return open(SharedStack.get().kafka());
    }

    /** Collects the future dead letters of a broker. */
    static DeadLetterBox open(KafkaBroker kafka) {
        DeadLetterBox box = fromTheBeginning(kafka);
        box.consumer.seekToEnd(box.consumer.assignment());
        box.consumer.assignment().forEach(box.consumer::position);
        return box;
    }

    /** Collects all dead letters of the shared stack. */
    static DeadLetterBox fromTheBeginning() {
        return fromTheBeginning(SharedStack.get().kafka());
    }

    private static DeadLetterBox fromTheBeginning(KafkaBroker kafka) {
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "fetch.max.wait.ms", 10),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        // The service creates the topic after its start.
        List<TopicPartition> partitions = await()
                .atMost(TOPIC_LIMIT)
                .until(() -> consumer.partitionsFor(DeadLetterTopic.NAME), found -> !found.isEmpty())
                .stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        partitions.forEach(consumer::position);
        return new DeadLetterBox(consumer);
    }

    /** The dead letters so far. */
    public List<ConsumerRecord<byte[], byte[]>> letters() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            consumer.poll(Duration.ofMillis(100)).forEach(letters::add);
        }
        return letters;
    }

    /**
     * The number of records with a dead letter so far, by reason. A record counts once: after an outage or a kill,
     * uncommitted records are read again, and a dead letter may be sent twice.
     */
    Map<String, Long> countsByReason() {
        Map<String, Long> counts = new TreeMap<>();
        reasonsByOrigin().values().forEach(reason -> counts.merge(reason, 1L, Long::sum));
        return counts;
    }

    /** The reason of each dead letter so far, by the origin of its record. */
    Map<String, String> reasonsByOrigin() {
        Map<String, String> reasons = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> letter : letters()) {
            reasons.putIfAbsent(origin(letter), header(letter, "dead-letter-reason"));
        }
        return reasons;
    }

    /** The number of dead letters whose record had one already. */
    long repeats() {
        return letters().size()
                - letters().stream().map(DeadLetterBox::origin).distinct().count();
    }

    private static String origin(ConsumerRecord<byte[], byte[]> letter) {
        Map<String, String> headers = headers(letter);
        return Ledger.origin(
                headers.getOrDefault("dead-letter-topic", ""),
                Integer.parseInt(headers.getOrDefault("dead-letter-partition", "-1")),
                Long.parseLong(headers.getOrDefault("dead-letter-offset", "-1")));
    }

    /** The headers of a dead letter, in order, as text. */
    static Map<String, String> headers(ConsumerRecord<byte[], byte[]> letter) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (Header header : letter.headers()) {
            headers.put(header.key(), new String(header.value(), UTF_8));
        }
        return headers;
    }

    public static String header(ConsumerRecord<byte[], byte[]> letter, String key) {
        return headers(letter).getOrDefault(key, "");
    }

    @Override
    public void close() {
        consumer.close();
    }
}
