package io.telltale.ingest;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.KafkaClientService;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.telltale.ingest.offsets.PartitionOffsets;
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
 * Detects a Kafka consumer that delivers nothing although there are records. The messaging layer retries failed polls
 * forever and reports them only in the log, so a replica without the right to read, or without its group, would look
 * healthy. Compares with Kafka's own end offsets: an unavailable Kafka is an outage, not a standstill.
 */
@Singleton
class ConsumerWatchdog {

    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(10);
    private static final String READING_ENDS = "reading end offsets";

    /**
     * Longer than max.poll.interval.ms, 5 min by default: a rebalance waits that long for a member without heartbeat.
     */
    private static final Duration MAX_JOIN = Duration.ofMinutes(6);

    /** The consumer answers between two polls; a poll may take as long as a request to Kafka. */
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static final Duration MAX_STANDSTILL = Duration.ofMinutes(1);

    private final KafkaClientService clients;
    private final PartitionOffsets offsets;
    private final TopicAdmin admin;
    private final IngestHealth health;
    private final Vertx vertx;
    private final AtomicBoolean isChecking = new AtomicBoolean();

    /** The positions at the last check. Only the polling thread uses them. */
    private Map<TopicPartition, Long> positions = Map.of();

    /**
     * An observation that the consumer delivers nothing.
     *
     * @param reason in words that follow "the Kafka consumer"
     * @param patience how long this may be normal
     */
    record Standstill(String reason, Duration patience) {}

    @Inject
    ConsumerWatchdog(
            KafkaClientService clients, PartitionOffsets offsets, TopicAdmin admin, IngestHealth health, Vertx vertx) {
        this.clients = clients;
        this.offsets = offsets;
        this.admin = admin;
        this.health = health;
        this.vertx = vertx;
    }

    void start(@Observes StartupEvent start) {
        vertx.setPeriodic(CHECK_INTERVAL.toMillis(), timer -> check());
    }

    private void check() {
        KafkaConsumer<byte[], byte[]> consumer = clients.getConsumer(PartitionOffsets.CHANNEL);
        if (consumer == null || !isChecking.compareAndSet(false, true)) {
            return;
        }
        // The ping matters without partitions: a request for none succeeds even if Kafka is unavailable.
        admin.ping()
                .chain(() -> ends(offsets.assigned()))
                .invoke(ends -> health.recovered(READING_ENDS))
                .onFailure()
                .invoke(failure -> health.failed(READING_ENDS, failure))
                .chain(ends -> consumer.<Optional<Standstill>>runOnPollingThread(polling -> {
                            return standstill(polling, ends);
                        })
                        .ifNoItem()
                        .after(TIMEOUT)
                        .fail()
                        // Kafka has just answered, so a consumer that cannot report its position does not read.
                        .onFailure()
                        .recoverWithItem(failure -> Optional.of(new Standstill(
                                "cannot report its position: %s".formatted(failure.getMessage()), MAX_STANDSTILL))))
                .onFailure()
                .recoverWithItem(Optional.empty())
                .onTermination()
                .invoke(() -> isChecking.set(false))
                .subscribe()
                .with(health::consumerIs);
    }

    /**
     * The end offsets for a reader of committed records. Omits deleted partitions, since one would fail the request.
     */
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

    /** A standstill if no position has changed since the last check although there are records. */
    private Optional<Standstill> standstill(Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> before = positions;
        Map<TopicPartition, Long> now = new HashMap<>();
        consumer.assignment().forEach(partition -> now.put(partition, consumer.position(partition)));
        positions = now;
        if (consumer.groupMetadata().generationId() < 0) {
            return Optional.of(new Standstill("is not a member of its group", MAX_JOIN));
        }
        if (!now.equals(before)) {
            return Optional.empty();
        }
        // Paused partitions wait for capacity; IngestHealth observes the stages that free it.
        return now.keySet().stream()
                .filter(partition -> !consumer.paused().contains(partition))
                .filter(partition -> ends.getOrDefault(partition, 0L) > now.getOrDefault(partition, 0L))
                .findFirst()
                .map(behind -> new Standstill(
                        "does not deliver partition=%s from offset=%d".formatted(behind, now.get(behind)),
                        MAX_STANDSTILL));
    }
}
