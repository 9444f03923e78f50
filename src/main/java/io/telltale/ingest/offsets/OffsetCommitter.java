package io.telltale.ingest.offsets;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.KafkaClientService;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.telltale.ingest.offsets.DeliveredOffsets.OffsetRange;
import io.telltale.store.IngestProgress;
import io.telltale.store.IngestProgress.PartitionProgress;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Commits durable offsets to Kafka, and stores them as progress for readers. A failed commit only means that records
 * are read again.
 */
@Singleton
class OffsetCommitter {

    private static final Logger log = Logger.getLogger(OffsetCommitter.class);

    /** Short, because polling stops meanwhile; the request is repeated. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private static final String COMMITTING = "committing offsets";

    private final KafkaClientService clients;
    private final PartitionAssignment assignment;
    private final DeliveredOffsets deliveredOffsets;
    private final ProgressLog progress;
    private final ConsumerLag lag;
    private final OutageListener outages;
    private volatile Map<TopicPartition, CommittableOffset> committed = Map.of();
    /** The commit in progress, if there is one. */
    private final AtomicReference<@Nullable Uni<Void>> inProgress = new AtomicReference<>();

    /** Where readers find the progress of ingest. */
    @FunctionalInterface
    interface ProgressLog {
        Uni<Void> advance(String topic, Collection<PartitionProgress> partitions);
    }

    @Inject
    OffsetCommitter(
            KafkaClientService clients,
            @Identifier(PartitionAssignment.NAME) PartitionAssignment assignment,
            DeliveredOffsets deliveredOffsets,
            IngestProgress progress,
            ConsumerLag lag,
            OutageListener outages) {
        this(clients, assignment, deliveredOffsets, progress::advance, lag, outages);
    }

    OffsetCommitter(
            KafkaClientService clients,
            PartitionAssignment assignment,
            DeliveredOffsets deliveredOffsets,
            ProgressLog progress,
            ConsumerLag lag,
            OutageListener outages) {
        this.clients = clients;
        this.assignment = assignment;
        this.deliveredOffsets = deliveredOffsets;
        this.progress = progress;
        this.lag = lag;
        this.outages = outages;
    }

    /** Starts a commit of the durable offsets unless one is in progress. */
    void commit() {
        if (inProgress.get() == null) {
            commitDurable()
                    .subscribe()
                    .with(done -> {}, failure -> log.debugf("The consumer lag is unknown: %s", failure));
        }
    }

    /**
     * Completes when the offsets that are durable now are committed, or when the commit has failed. Waits for a commit
     * in progress first, since that one began earlier.
     */
    Uni<Void> commitDurable() {
        return Uni.createFrom().deferred(() -> {
            Uni<Void> mine = commitOnce()
                    .onTermination()
                    .invoke(() -> inProgress.set(null))
                    .memoize()
                    .indefinitely();
            Uni<Void> other = inProgress.compareAndExchange(null, mine);
            return other == null ? mine : other.onFailure().recoverWithNull().chain(this::commitDurable);
        });
    }

    private Uni<Void> commitOnce() {
        return Uni.createFrom().deferred(() -> {
            KafkaConsumer<byte[], byte[]> consumer = clients.getConsumer(PartitionOffsets.CHANNEL);
            return consumer == null ? Uni.createFrom().voidItem() : commitAndMeasure(consumer);
        });
    }

    private Uni<Void> commitAndMeasure(KafkaConsumer<byte[], byte[]> consumer) {
        return commit(consumer, assignment.uncommitted(committed))
                .invoke(() -> outages.recovered(COMMITTING))
                .onFailure()
                .invoke(failure -> outages.failed(COMMITTING, failure))
                .onFailure()
                .recoverWithNull()
                .chain(() -> consumer.runOnPollingThread(this::measureLag));
    }

    private Uni<Void> commit(
            KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, CommittableOffset> uncommitted) {
        if (uncommitted.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        // Progress first: if this replica stopped after a commit to Kafka, no replica would store the progress until
        // more records arrive. After a failure of either, both are repeated.
        return Multi.createFrom()
                .iterable(progressByTopic(uncommitted).entrySet())
                .onItem()
                .transformToUniAndMerge(topic -> progress.advance(topic.getKey(), topic.getValue()))
                .collect()
                .last()
                .chain(() -> commitAsync(consumer, uncommitted))
                .invoke(() -> {
                    Map<TopicPartition, CommittableOffset> all = new HashMap<>(committed);
                    // Bounds the map. A revoked partition that comes back has another tracker, so no entry equals it.
                    all.keySet().retainAll(assignment.all().keySet());
                    all.putAll(uncommitted);
                    committed = Map.copyOf(all);
                })
                .replaceWithVoid();
    }

    /** Checks the assignment on the polling thread, which also handles revocations. */
    private Uni<Void> commitAsync(
            KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, CommittableOffset> uncommitted) {
        return Uni.createFrom().emitter(committing -> consumer.runOnPollingThread((Consumer<byte[], byte[]> polling) ->
                        polling.commitAsync(currentOffsets(uncommitted), (offsets, failure) -> {
                            if (failure == null) {
                                committing.complete(null);
                            } else {
                                committing.fail(failure);
                            }
                        }))
                .subscribe()
                .with(started -> {}, committing::fail));
    }

    /** Omits partitions that were revoked meanwhile: the next owner may have committed a later offset. */
    private Map<TopicPartition, OffsetAndMetadata> currentOffsets(Map<TopicPartition, CommittableOffset> uncommitted) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        uncommitted.forEach((partition, offset) -> {
            if (assignment.isCurrent(partition, offset.tracker())) {
                offsets.put(partition, offset.toCommit());
            }
        });
        return offsets;
    }

    private static Map<String, List<PartitionProgress>> progressByTopic(
            Map<TopicPartition, CommittableOffset> uncommitted) {
        Map<String, List<PartitionProgress>> byTopic = new HashMap<>();
        uncommitted.forEach(
                (partition, offset) -> byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                        .add(new PartitionProgress(
                                partition.partition(),
                                offset.topic().epoch(),
                                offset.durable().nextOffset(),
                                offset.durable().recordTime())));
        return byTopic;
    }

    private void measureLag(Consumer<byte[], byte[]> consumer) {
        Map<String, Long> lagByTopic = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            OptionalLong behindPosition = consumer.currentLag(partition);
            OffsetTracker tracker = assignment.findTracker(partition);
            if (behindPosition.isPresent() && tracker != null) {
                long position = consumer.position(partition);
                long durable = durableOffset(consumer, partition, tracker, position);
                // The client's end offset may be older than the durable offset.
                lagByTopic.merge(
                        partition.topic(), Math.max(0, position + behindPosition.getAsLong() - durable), Long::sum);
            }
        }
        lag.set(lagByTopic);
    }

    private long durableOffset(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, OffsetTracker tracker, long position) {
        OffsetRange delivered = deliveredOffsets.find(partition);
        long durable = tracker.durable().nextOffset();
        if (durable < 0) {
            return delivered == null ? position : delivered.first();
        }
        boolean isAllDurable = delivered == null || durable == delivered.next();
        if (isAllDurable && position > durable && isInLog(consumer, partition, durable)) {
            // Transaction markers or aborted records: committed with the rest, they count as no lag.
            tracker.skipTo(position);
            return position;
        }
        return durable;
    }

    /** Whether Kafka still has this offset; if not, the gap behind it is a loss, which is reported elsewhere. */
    private static boolean isInLog(Consumer<byte[], byte[]> consumer, TopicPartition partition, long offset) {
        List<TopicPartition> one = new ArrayList<>(List.of(partition));
        return consumer.beginningOffsets(one, TIMEOUT).getOrDefault(partition, Long.MAX_VALUE) <= offset;
    }
}
