package io.telltale.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.kafka.Topic;
import io.telltale.sensors.SensorType;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** The topics of a Kafka cluster in memory, with transaction markers, retention and topic ids. Not thread-safe. */
final class KafkaLog {

    /** The event time of value 0; later values are one second apart. */
    static final long FIRST_MILLIS = Instant.parse("2025-12-01T00:00:00Z").toEpochMilli();

    private final Clock clock;
    private final Map<String, Incarnation> topics = new TreeMap<>();
    private long created;
    private @Nullable KafkaException failure;

    KafkaLog(Clock clock) {
        this.clock = clock;
    }

    private static final class Incarnation {
        private final Uuid id;
        private final List<Partition> partitions = new ArrayList<>();

        Incarnation(Uuid id) {
            this.id = id;
        }
    }

    private static final class Partition {
        /** By offset; empty where a transaction marker is. */
        private final List<Optional<ConsumerRecord<byte[], byte[]>>> entries = new ArrayList<>();

        private long start;
    }

    long nowMillis() {
        return clock.millis();
    }

    /** Creates a topic; one of the same name is deleted before. */
    void create(SensorType type, int partitions) {
        created++;
        topics.put(type.topic(), new Incarnation(new Uuid(created * 7_919, created)));
        addPartitions(type, partitions);
    }

    void addPartitions(SensorType type, int more) {
        for (int partition = 0; partition < more; partition++) {
            topic(type.topic()).partitions.add(new Partition());
        }
    }

    void delete(SensorType type) {
        topics.remove(type.topic());
    }

    /** Appends a reading of a sensor and returns its offset. */
    long send(SensorType type, int partition, String sensor, int value) {
        return send(type, partition, sensor, millis(value), value);
    }

    /** Appends a reading with an event time of its own. */
    long send(SensorType type, int partition, String sensor, long timestampMillis, int value) {
        String body = "{\"sensorId\":\"%s\",\"timestamp\":%d,\"value\":%d}".formatted(sensor, timestampMillis, value);
        return append(type, partition, sensor, new RecordHeaders(), body);
    }

    /** Appends a reading that claims a site. */
    long sendFrom(String site, SensorType type, String sensor, int value) {
        String body = "{\"sensorId\":\"%s\",\"timestamp\":%d,\"value\":%d,\"site\":\"%s\"}"
                .formatted(sensor, millis(value), value, site);
        return append(type, 0, sensor, new RecordHeaders(), body);
    }

    /** Appends one record with a reading of each value. */
    long sendPack(SensorType type, int partition, String sensor, int... values) {
        List<String> readings = new ArrayList<>();
        for (int value : values) {
            readings.add("{\"n\":\"%s\",\"t\":%d,\"v\":%d}".formatted(sensor, millis(value) / 1_000, value));
        }
        RecordHeaders headers = new RecordHeaders();
        headers.add(new RecordHeader("content-type", "application/senml+json".getBytes(UTF_8)));
        return append(type, partition, sensor, headers, "[" + String.join(",", readings) + "]");
    }

    static long millis(int value) {
        return FIRST_MILLIS + value * 1_000L;
    }

    private long append(SensorType type, int partition, String key, RecordHeaders headers, String body) {
        Partition to = topic(type.topic()).partitions.get(partition);
        long offset = to.entries.size();
        byte[] keyBytes = key.getBytes(UTF_8);
        byte[] bodyBytes = body.getBytes(UTF_8);
        to.entries.add(Optional.of(new ConsumerRecord<>(
                type.topic(),
                partition,
                offset,
                clock.millis(),
                TimestampType.LOG_APPEND_TIME,
                keyBytes.length,
                bodyBytes.length,
                keyBytes,
                bodyBytes,
                headers,
                Optional.empty())));
        return offset;
    }

    /** Appends the marker that ends a transaction: it has an offset, and no consumer receives it. */
    void endTransaction(SensorType type, int partition) {
        topic(type.topic()).partitions.get(partition).entries.add(Optional.empty());
    }

    /** Removes the records before an offset, as retention does. */
    void removeBefore(SensorType type, int partition, long offset) {
        topic(type.topic()).partitions.get(partition).start = offset;
    }

    /** Every request fails with this from now on; null for none. */
    void failWith(@Nullable KafkaException next) {
        failure = next;
    }

    void requireAnswer() {
        KafkaException next = failure;
        if (next != null) {
            throw next;
        }
    }

    Map<String, Topic> topics() {
        Map<String, Topic> found = new HashMap<>();
        topics.forEach((name, topic) -> found.put(name, new Topic(name, topic.id, topic.partitions.size())));
        return found;
    }

    boolean has(TopicPartition partition) {
        Incarnation topic = topics.get(partition.topic());
        return topic != null && partition.partition() < topic.partitions.size();
    }

    long start(TopicPartition partition) {
        return partition(partition).start;
    }

    long end(TopicPartition partition) {
        return partition(partition).entries.size();
    }

    /** The records of a partition from an offset on. */
    List<ConsumerRecord<byte[], byte[]>> records(TopicPartition partition, long from, int max) {
        List<Optional<ConsumerRecord<byte[], byte[]>>> entries = partition(partition).entries;
        return entries.subList((int) from, entries.size()).stream()
                .flatMap(Optional::stream)
                .limit(max)
                .collect(Collectors.toList());
    }

    /** The position of a consumer at an offset after it has skipped markers. */
    long behindMarkers(TopicPartition partition, long offset) {
        List<Optional<ConsumerRecord<byte[], byte[]>>> entries = partition(partition).entries;
        long next = offset;
        while (next < entries.size() && entries.get((int) next).isEmpty()) {
            next++;
        }
        return next;
    }

    private Incarnation topic(String name) {
        return Objects.requireNonNull(topics.get(name), name);
    }

    private Partition partition(TopicPartition partition) {
        return topic(partition.topic()).partitions.get(partition.partition());
    }
}
