package io.telltale.ingest;

import static org.awaitility.Awaitility.await;

import io.telltale.local.KafkaBroker;
import io.telltale.sensors.SensorType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Reads and sets the committed offsets of a consumer group. */
final class CommittedOffsets {

    private static final int ANSWER_LIMIT_SECONDS = 30;

    private CommittedOffsets() {}

    /** The number of uncommitted records of each partition of the sensor topics that has any. */
    static Map<TopicPartition, Long> missing(KafkaBroker kafka, String group, Predicate<SensorType> types)
            throws Exception {
        try (Admin admin = kafka.admin()) {
            Map<TopicPartition, OffsetSpec> partitions = admin
                    .describeTopics(admin.listTopics().names().get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS).stream()
                            .filter(SensorType::isTopic)
                            .filter(topic -> types.test(SensorType.ofTopic(topic)))
                            .toList())
                    .allTopicNames()
                    .get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS)
                    .values()
                    .stream()
                    .flatMap(topic -> topic.partitions().stream()
                            .map(partition -> new TopicPartition(topic.name(), partition.partition())))
                    .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
            Map<TopicPartition, ListOffsetsResultInfo> ends =
                    admin.listOffsets(partitions).all().get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
            Map<TopicPartition, Long> missing =
                    new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
            ends.forEach((partition, end) -> {
                OffsetAndMetadata offset = committed.get(partition);
                long behind = end.offset() - (offset == null ? 0 : offset.offset());
                if (behind != 0) {
                    missing.put(partition, behind);
                }
            });
            return missing;
        }
    }

    /** Resets a topic to its beginning. Removes the members of the group, which rejoin. */
    static void setToBeginning(KafkaBroker kafka, String group, SensorType type) throws Exception {
        set(kafka, group, type, partition -> true, topic -> new OffsetAndMetadata(0));
    }

    /** Sets the offset of a partition as if the service had committed it. */
    static void setAsCommitted(KafkaBroker kafka, String group, SensorType type, int partition, long offset)
            throws Exception {
        set(
                kafka,
                group,
                type,
                number -> number == partition,
                topic -> new OffsetAndMetadata(offset, topic.topicId().toString()));
        // A removed member reads on until its next heartbeat.
        try (Admin admin = kafka.admin()) {
            await().atMost(Duration.ofSeconds(ANSWER_LIMIT_SECONDS))
                    .until(() -> admin
                            .describeConsumerGroups(List.of(group))
                            .all()
                            .get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS)
                            .values()
                            .stream()
                            .flatMap(described -> described.members().stream())
                            .anyMatch(member -> member.assignment()
                                    .topicPartitions()
                                    .contains(new TopicPartition(type.topic(), partition))));
        }
    }

    private static void set(
            KafkaBroker kafka,
            String group,
            SensorType type,
            IntPredicate partitions,
            Function<TopicDescription, OffsetAndMetadata> offset)
            throws Exception {
        try (Admin admin = kafka.admin()) {
            Map<TopicPartition, OffsetAndMetadata> offsets = admin
                    .describeTopics(List.of(type.topic()))
                    .allTopicNames()
                    .get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS)
                    .values()
                    .stream()
                    .flatMap(topic -> topic.partitions().stream()
                            .filter(partition -> partitions.test(partition.partition()))
                            .map(partition -> Map.entry(
                                    new TopicPartition(type.topic(), partition.partition()), offset.apply(topic))))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
            // Kafka accepts offsets only while the group is empty, and a member may rejoin immediately.
            await().atMost(Duration.ofSeconds(ANSWER_LIMIT_SECONDS))
                    .ignoreExceptionsMatching(failure -> failure.getCause() instanceof KafkaException)
                    .untilAsserted(() -> {
                        admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
                                .all()
                                .get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
                        admin.alterConsumerGroupOffsets(group, offsets)
                                .all()
                                .get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
                    });
        }
    }
}
