package io.telltale.ingest;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.KafkaClientService;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.telltale.kafka.Topic;
import io.telltale.kafka.TopicAdmin;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Whether Kafka's consumer brings what Kafka has. When its polls fail, the messaging layer tries again for ever and tells nobody
 * but the log; who may no longer read a topic or join the group would be a zombie that is well by all other signs. Asked of
 * Kafka itself, so that a Kafka that is away is no standstill: there is none without an answer.
 */
@Singleton
class ConsumerWatchdog {

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);
    private static final String ASKING = "asking Kafka how far its topics go";

    /** Whoever joins may have to wait for a member that does not answer, as long as that one may take for a poll: 5 min. */
    private static final Duration LONGEST_JOIN = Duration.ofMinutes(6);

    /** Between two polls it answers; one may take as long as Kafka's longest answer to it. */
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);

    private static final Duration LONGEST_STANDSTILL = Duration.ofMinutes(1);

    private final KafkaClientService clients;
    private final PartitionAssignment partitionAssignment;
    private final TopicAdmin admin;
    private final IngestHealth pulse;
    private final Vertx vertx;
    private final AtomicBoolean isLooking = new AtomicBoolean();

    /** Where the consumer stood at the last look. Only the thread that polls sees it. */
    private Map<TopicPartition, Long> positions = Map.of();

    /**
     * The consumer brings nothing.
     *
     * @param reason in words that follow its name
     * @param patience for how long that may be all right
     */
    record Standstill(String reason, Duration patience) {}

    @Inject
    ConsumerWatchdog(
            KafkaClientService clients,
            @Identifier(PartitionAssignment.NAME) PartitionAssignment partitionAssignment,
            TopicAdmin admin,
            IngestHealth pulse,
            Vertx vertx) {
        this.clients = clients;
        this.partitionAssignment = partitionAssignment;
        this.admin = admin;
        this.pulse = pulse;
        this.vertx = vertx;
    }

    void start(@Observes StartupEvent start) {
        vertx.setPeriodic(BETWEEN_LOOKS.toMillis(), timer -> look());
    }

    private void look() {
        KafkaConsumer<byte[], byte[]> consumer = clients.getConsumer(IngestPipeline.CHANNEL);
        if (consumer == null || !isLooking.compareAndSet(false, true)) {
            return;
        }
        // Whoever has no partition yet would otherwise ask for nothing, and take a Kafka that is away for an answer.
        admin.ping()
                .chain(() -> ends(partitionAssignment.all().keySet()))
                .invoke(ends -> pulse.recovered(ASKING))
                .onFailure()
                .invoke(failure -> pulse.failed(ASKING, failure))
                .chain(ends -> consumer.<Optional<Standstill>>runOnPollingThread(polling -> {
                            return standstill(polling, ends);
                        })
                        .ifNoItem()
                        .after(LONGEST_ANSWER)
                        .fail()
                        // Kafka has just answered: whatever keeps the consumer from saying where it stands, it reads
                        // nothing.
                        .onFailure()
                        .recoverWithItem(failure -> Optional.of(new Standstill(
                                "cannot say where it stands, %s".formatted(failure.getMessage()), LONGEST_STANDSTILL))))
                .onFailure()
                .recoverWithItem(Optional.empty())
                .onTermination()
                .invoke(() -> isLooking.set(false))
                .subscribe()
                .with(pulse::consumerIs);
    }

    /** Where these partitions end for a reader of committed records; a request for a deleted one would fail as a whole. */
    private Uni<Map<TopicPartition, Long>> ends(Set<TopicPartition> partitions) {
        return admin.describe(partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet()))
                .chain(topics -> admin.endOffsets(
                        partitions.stream()
                                .filter(partition -> exists(partition, topics.get(partition.topic())))
                                .toList(),
                        IsolationLevel.READ_COMMITTED));
    }

    private static boolean exists(TopicPartition partition, @Nullable Topic topic) {
        return topic != null && partition.partition() < topic.partitions();
    }

    /** Nothing has moved since the last look, though there is something to be read. */
    private Optional<Standstill> standstill(Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> before = positions;
        Map<TopicPartition, Long> now = new HashMap<>();
        consumer.assignment().forEach(partition -> now.put(partition, consumer.position(partition)));
        positions = now;
        if (consumer.groupMetadata().generationId() < 0) {
            return Optional.of(new Standstill("is no member of its group", LONGEST_JOIN));
        }
        if (!now.equals(before)) {
            return Optional.empty();
        }
        // Those that are paused wait for room, and whoever gives it is watched elsewhere.
        return now.keySet().stream()
                .filter(partition -> !consumer.paused().contains(partition))
                .filter(partition -> ends.getOrDefault(partition, 0L) > now.getOrDefault(partition, 0L))
                .findFirst()
                .map(behind -> new Standstill(
                        "does not bring what Kafka has, in partition %s from offset %d on"
                                .formatted(behind, now.get(behind)),
                        LONGEST_STANDSTILL));
    }
}
