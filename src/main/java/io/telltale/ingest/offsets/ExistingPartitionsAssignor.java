package io.telltale.ingest.offsets;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Kafka's cooperative assignor without owned partitions that no longer exist. A member keeps claiming the partitions of
 * a topic that was recreated with fewer. Kafka's assignor then tries to keep them, finds no capacity for others, and
 * fails at every attempt, so that the whole group stops.
 *
 * <p>The protocol has the same name, so members with either assignor work in one group.
 */
@RegisterForReflection
public final class ExistingPartitionsAssignor extends CooperativeStickyAssignor {

    @Override
    public Map<String, List<TopicPartition>> assignPartitions(
            Map<String, List<PartitionInfo>> partitionsPerTopic, Map<String, Subscription> subscriptions) {
        Map<String, Subscription> members = new HashMap<>();
        subscriptions.forEach((member, original) -> {
            List<TopicPartition> owned = original.ownedPartitions().stream()
                    .filter(partition -> exists(partition, partitionsPerTopic))
                    .toList();
            Subscription subscription = new Subscription(
                    original.topics(),
                    original.userData(),
                    owned,
                    original.generationId().orElse(-1),
                    original.rackId());
            subscription.setGroupInstanceId(original.groupInstanceId());
            members.put(member, subscription);
        });
        return super.assignPartitions(partitionsPerTopic, members);
    }

    private static boolean exists(TopicPartition partition, Map<String, List<PartitionInfo>> partitionsPerTopic) {
        return partitionsPerTopic.getOrDefault(partition.topic(), List.of()).stream()
                .anyMatch(existing -> existing.partition() == partition.partition());
    }
}
