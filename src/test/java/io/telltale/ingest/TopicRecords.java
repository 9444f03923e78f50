package io.telltale.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.local.SharedStack;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the records of a topic. */
public final class TopicRecords {

    private TopicRecords() {}

    /** The current records, partition by partition; none if the topic does not exist. */
    public static List<ConsumerRecord<byte[], byte[]>> of(String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        SharedStack.get().kafka().bootstrapServers(),
                        "allow.auto.create.topics",
                        "false",
                        "fetch.max.wait.ms",
                        10),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.getOrDefault(one, 0L))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }

    /** The bodies of a sensor's records, in order. */
    public static List<JsonNode> bodies(String topic, String sensorId) throws IOException {
        List<JsonNode> bodies = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> one : of(topic)) {
            if (one.key() != null && new String(one.key(), UTF_8).equals(sensorId)) {
                bodies.add(new ObjectMapper().readTree(one.value()));
            }
        }
        return bodies;
    }
}
