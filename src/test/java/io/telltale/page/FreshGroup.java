package io.telltale.page;

import io.telltale.local.SharedStack;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Starts a consumer group behind the records of other tests, which use the same Kafka: its keyspace is empty then. */
final class FreshGroup {

    private FreshGroup() {}

    static void skipExistingRecords(String group) throws ExecutionException, InterruptedException {
        try (Admin admin = SharedStack.get().kafka().admin()) {
            List<String> topics = admin.listTopics().names().get().stream()
                    .filter(name -> name.startsWith("sensors."))
                    .toList();
            Map<String, TopicDescription> described =
                    admin.describeTopics(topics).allTopicNames().get();
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            described.forEach((name, topic) -> topic.partitions()
                    .forEach(one -> latest.put(new TopicPartition(name, one.partition()), OffsetSpec.latest())));
            Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
            admin.listOffsets(latest).all().get().forEach((partition, end) -> {
                String topicId = Objects.requireNonNull(described.get(partition.topic()))
                        .topicId()
                        .toString();
                ends.put(partition, new OffsetAndMetadata(end.offset(), topicId));
            });
            admin.alterConsumerGroupOffsets(group, ends).all().get();
        }
    }
}
