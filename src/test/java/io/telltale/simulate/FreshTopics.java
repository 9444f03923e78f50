package io.telltale.simulate;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/**
 * Topics that were made a moment ago. One is known before its partitions take records, and an idempotent producer that
 * sends in between may see its batches refused as out of order until it gives up after two minutes.
 */
public final class FreshTopics {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private FreshTopics() {}

    /** Returns when every partition of a topic takes records. */
    public static void awaitPartitions(Admin admin, String topic) {
        await("partitions of " + topic)
                .atMost(LIMIT)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsMatching(failure -> failure.getCause() instanceof RetriableException)
                .until(() -> haveEnds(admin, topic));
    }

    private static boolean haveEnds(Admin admin, String topic) throws Exception {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        admin.describeTopics(List.of(topic)).allTopicNames().get(LIMIT.toSeconds(), TimeUnit.SECONDS).values().stream()
                .flatMap(described -> described.partitions().stream())
                .forEach(partition -> ends.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest()));
        return admin.listOffsets(ends)
                        .all()
                        .get(LIMIT.toSeconds(), TimeUnit.SECONDS)
                        .size()
                == ends.size();
    }
}
