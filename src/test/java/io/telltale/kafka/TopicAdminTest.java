package io.telltale.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.Test;

class TopicAdminTest {

    private static final TopicPartition LED = new TopicPartition("a", 0);
    private static final TopicPartition OTHER = new TopicPartition("b", 0);
    private static final Duration SOON = Duration.ofMillis(50);

    @Test
    void returnsTheOffsetsOfAllPartitions() {
        assertThat(endOffsets(KafkaFuture.completedFuture(offset(9)))).isEqualTo(Map.of(LED, 7L, OTHER, 9L));
    }

    @Test
    void omitsAPartitionWithoutALeader() {
        assertThat(endOffsets(new KafkaFutureImpl<>())).isEqualTo(Map.of(LED, 7L));
    }

    @Test
    void omitsAPartitionThatDoesNotExist() {
        KafkaFutureImpl<ListOffsetsResultInfo> failed = new KafkaFutureImpl<>();
        failed.completeExceptionally(new UnknownTopicOrPartitionException());
        assertThat(endOffsets(failed)).isEqualTo(Map.of(LED, 7L));
    }

    private static Map<TopicPartition, Long> endOffsets(KafkaFuture<ListOffsetsResultInfo> ofOther) {
        ListOffsetsResult listed =
                new ListOffsetsResult(Map.of(LED, KafkaFuture.completedFuture(offset(7)), OTHER, ofOther));
        Admin admin = (Admin) Proxy.newProxyInstance(
                TopicAdminTest.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("listOffsets");
                    return listed;
                });
        return new TopicAdmin(admin)
                .availableEndOffsets(List.of(LED, OTHER), SOON)
                .await()
                .atMost(Duration.ofSeconds(10));
    }

    private static ListOffsetsResultInfo offset(long offset) {
        return new ListOffsetsResultInfo(offset, 0, Optional.empty());
    }
}
