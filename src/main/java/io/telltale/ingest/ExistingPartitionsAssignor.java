package io.telltale.ingest;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Kafka's cooperative assignor, which is told only of partitions that exist. A member goes on owning the partitions of a
 * topic that was deleted and made anew with fewer; Kafka's own takes them for partitions to be kept, finds no room for
 * others that exist, and fails at every attempt, so that the group reads nothing of any topic any more.
 *
 * <p>The same protocol by the same name: members with the one and the other work in one group.
 */
@RegisterForReflection
public final class ExistingPartitionsAssignor extends CooperativeStickyAssignor {

    @Override
    public Map<String, List<TopicPartition>> assignPartitions(
            Map<String, List<PartitionInfo>> partitionsPerTopic, Map<String, Subscription> subscriptions) {
        Map<String, Subscription> members = new HashMap<>();
        subscriptions.forEach((member, said) -> {
            List<TopicPartition> owned = said.ownedPartitions().stream()
                    .filter(partition -> exists(partition, partitionsPerTopic))
                    .toList();
            Subscription subscription = new Subscription(
                    said.topics(), said.userData(), owned, said.generationId().orElse(-1), said.rackId());
            subscription.setGroupInstanceId(said.groupInstanceId());
            members.put(member, subscription);
        });
        return super.assignPartitions(partitionsPerTopic, members);
    }

    private static boolean exists(TopicPartition partition, Map<String, List<PartitionInfo>> partitionsPerTopic) {
        return partitionsPerTopic.getOrDefault(partition.topic(), List.of()).stream()
                .anyMatch(there -> there.partition() == partition.partition());
    }
}
