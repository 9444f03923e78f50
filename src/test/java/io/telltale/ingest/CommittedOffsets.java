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

/** How far Kafka knows the service to have come. */
final class CommittedOffsets {

    private static final int ANSWER_LIMIT_SECONDS = 30;

    private CommittedOffsets() {}

    /** For each partition of topics of readings that a group has not committed to its end: how many records are missing. */
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

    /** Has all partitions of a topic of readings read again by a group, whose members are removed and come back. */
    static void setToBeginning(KafkaBroker kafka, String group, SensorType type) throws Exception {
        set(kafka, group, type, partition -> true, topic -> new OffsetAndMetadata(0));
    }

    /** Has a partition of a topic of readings read from an offset on, as if the service had committed it. */
    static void setAsCommitted(KafkaBroker kafka, String group, SensorType type, int partition, long offset)
            throws Exception {
        set(
                kafka,
                group,
                type,
                number -> number == partition,
                topic -> new OffsetAndMetadata(offset, topic.topicId().toString()));
        // A member that was removed reads on until it hears of that.
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
            // Offsets are taken from outside only while the group has no member, and one may be back at once.
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
