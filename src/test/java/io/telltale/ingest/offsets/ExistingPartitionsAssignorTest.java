package io.telltale.ingest.offsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ExistingPartitionsAssignorTest {

    /** The topic "a" had three partitions and was recreated with one. */
    private static final Map<String, List<PartitionInfo>> THERE =
            Map.of("a", partitions("a", 1), "b", partitions("b", 3));

    private final Map<String, Subscription> members = Map.of(
            "member",
            new Subscription(
                    List.of("a", "b"),
                    new CooperativeStickyAssignor().subscriptionUserData(Set.of("a", "b")),
                    List.of(
                            new TopicPartition("a", 0),
                            new TopicPartition("a", 1),
                            new TopicPartition("a", 2),
                            new TopicPartition("b", 0)),
                    -1,
                    Optional.empty()));

    @Test
    void assignsAllExistingPartitions() {
        assertThat(new ExistingPartitionsAssignor()
                        .assignPartitions(THERE, members)
                        .get("member"))
                .containsExactlyInAnyOrder(
                        new TopicPartition("a", 0),
                        new TopicPartition("b", 0),
                        new TopicPartition("b", 1),
                        new TopicPartition("b", 2));
    }

    /** When this test fails, Kafka has fixed its assignor, and ours can be removed. */
    @Test
    void showsThatKafkasAssignorFails() {
        assertThatThrownBy(() -> new CooperativeStickyAssignor().assignPartitions(THERE, members))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("No more unfilled consumers");
    }

    private static List<PartitionInfo> partitions(String topic, int count) {
        Node[] nobody = {};
        return IntStream.range(0, count)
                .mapToObj(partition -> new PartitionInfo(topic, partition, Node.noNode(), nobody, nobody))
                .toList();
    }
}
