package io.telltale.bench;

import io.telltale.local.KafkaBroker;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;

/**
 * The consumer group of a contestant, and where it reads on. It is moved while its members run, so that the same warm
 * process drains the same records again: the members are put out of the group, the offsets set, and the members come
 * back by themselves, at their next heartbeat, to read from there.
 */
public final class ConsumerGroup implements AutoCloseable {

    private static final int ANSWER_LIMIT_SECONDS = 30;
    private static final int MOST_ATTEMPTS = 50;

    private final Admin admin;
    private final String group;
    private final String topic;
    private final int partitions;

    ConsumerGroup(KafkaBroker kafka, String group, String topic) {
        this(kafka.admin(), group, topic, BacklogTopic.PARTITIONS);
    }

    /**
     * A group of a topic.
     *
     * @param admin closed with the group
     * @param partitions of the topic
     */
    public ConsumerGroup(Admin admin, String group, String topic, int partitions) {
        this.admin = admin;
        this.group = group;
        this.topic = topic;
        this.partitions = partitions;
    }

    /** Waits until it has members that have shared out the partitions. */
    void awaitMembers(Duration limit) {
        awaitMembers(1, limit);
    }

    /** Waits until it has at least this number of members and all partitions are assigned. */
    public void awaitMembers(int least, Duration limit) {
        Awaitility.await()
                .atMost(limit)
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptionsInstanceOf(BenchException.class)
                .until(() -> {
                    ConsumerGroupDescription described = described();
                    return described.groupState() == GroupState.STABLE
                            && described.members().size() >= least
                            && described.members().stream()
                                            .mapToInt(member -> member.assignment()
                                                    .topicPartitions()
                                                    .size())
                                            .sum()
                                    == partitions;
                });
    }

    /** Its members read everything again. */
    void moveToBeginning() {
        move(offsets(OffsetSpec.earliest()));
    }

    /** Its members have nothing to read. */
    void moveToEnd() {
        move(offsets(OffsetSpec.latest()));
    }

    /** Waits until everything is committed. */
    public void awaitAllCommitted(Duration limit) {
        Map<TopicPartition, OffsetAndMetadata> ends = offsets(OffsetSpec.latest());
        Awaitility.await()
                .atMost(limit)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> ends.equals(
                        plain(answer(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()))));
    }

    private void move(Map<TopicPartition, OffsetAndMetadata> offsets) {
        for (int attempt = 1; ; attempt++) {
            try {
                removeMembers();
                answer(admin.alterConsumerGroupOffsets(group, offsets).all());
                return;
            } catch (BenchException e) {
                // A member may come back in between.
                if (attempt == MOST_ATTEMPTS || !(e.getCause() instanceof KafkaException)) {
                    throw e;
                }
            }
        }
    }

    private void removeMembers() {
        boolean isThere = answer(admin.listGroups().all()).stream()
                .anyMatch(listing -> listing.groupId().equals(group));
        if (isThere && !described().members().isEmpty()) {
            answer(admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
                    .all());
        }
    }

    private ConsumerGroupDescription described() {
        return Objects.requireNonNull(
                answer(admin.describeConsumerGroups(List.of(group)).all()).get(group));
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets(OffsetSpec where) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int i = 0; i < partitions; i++) {
            asked.put(new TopicPartition(topic, i), where);
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        answer(admin.listOffsets(asked).all())
                .forEach((partition, found) -> offsets.put(partition, new OffsetAndMetadata(found.offset())));
        return offsets;
    }

    /** Without what clients write beside an offset. */
    private static Map<TopicPartition, OffsetAndMetadata> plain(Map<TopicPartition, OffsetAndMetadata> offsets) {
        Map<TopicPartition, OffsetAndMetadata> plain = new HashMap<>();
        offsets.forEach((partition, offset) -> {
            if (offset != null) {
                plain.put(partition, new OffsetAndMetadata(offset.offset()));
            }
        });
        return plain;
    }

    private <T> T answer(KafkaFuture<T> future) {
        try {
            return future.get(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new BenchException("group %s: %s".formatted(group, e.getCause()), e.getCause());
        } catch (TimeoutException e) {
            throw new BenchException("group %s: Kafka does not answer".formatted(group), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }
}
