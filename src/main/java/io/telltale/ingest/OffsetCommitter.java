package io.telltale.ingest;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.KafkaClientService;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.telltale.ingest.DeliveredOffsets.Stretch;
import io.telltale.ingest.PartitionAssignment.Durable;
import io.telltale.store.IngestProgress;
import io.telltale.store.IngestProgress.PartitionProgress;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
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
 * Tells Kafka what is durable, and the store how far ingest has come. Both only ever learn of what is durable already,
 * so a commit that fails costs nothing but repeats.
 */
@Singleton
class OffsetCommitter {

    private static final Logger log = Logger.getLogger(OffsetCommitter.class);

    /** Nothing is polled meanwhile; it is asked again. */
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

    private static final String COMMITTING = "committing what is durable";

    private final KafkaClientService clients;
    private final PartitionAssignment partitionAssignment;
    private final DeliveredOffsets deliveredOffsets;
    private final IngestProgress progress;
    private final IngestMetrics metrics;
    private final IngestHealth pulse;
    private volatile Map<TopicPartition, Durable> committed = Map.of();
    /** The commit under way, if there is one. */
    private final AtomicReference<@Nullable Uni<Void>> underWay = new AtomicReference<>();

    @Inject
    OffsetCommitter(
            KafkaClientService clients,
            @Identifier(PartitionAssignment.NAME) PartitionAssignment partitionAssignment,
            DeliveredOffsets deliveredOffsets,
            IngestProgress progress,
            IngestMetrics metrics,
            IngestHealth pulse) {
        this.clients = clients;
        this.partitionAssignment = partitionAssignment;
        this.deliveredOffsets = deliveredOffsets;
        this.progress = progress;
        this.metrics = metrics;
        this.pulse = pulse;
    }

    /** Commits what is durable since the last time, unless a commit is under way. To be called now and then. */
    void commit() {
        if (underWay.get() == null) {
            commitDurable().subscribe().with(done -> {}, failure -> log.debugf("The lag is not known: %s", failure));
        }
    }

    /** Completes when what is durable now is committed, or could not be. A commit under way is waited for: it began before. */
    Uni<Void> commitDurable() {
        return Uni.createFrom().deferred(() -> {
            Uni<Void> mine = commitOnce()
                    .onTermination()
                    .invoke(() -> underWay.set(null))
                    .memoize()
                    .indefinitely();
            Uni<Void> other = underWay.compareAndExchange(null, mine);
            return other == null ? mine : other.onFailure().recoverWithNull().chain(this::commitDurable);
        });
    }

    private Uni<Void> commitOnce() {
        return Uni.createFrom().deferred(() -> {
            KafkaConsumer<byte[], byte[]> consumer = clients.getConsumer(IngestPipeline.CHANNEL);
            return consumer == null ? Uni.createFrom().voidItem() : commit(consumer);
        });
    }

    private Uni<Void> commit(KafkaConsumer<byte[], byte[]> consumer) {
        return commit(consumer, partitionAssignment.beyond(committed))
                .invoke(() -> pulse.recovered(COMMITTING))
                .onFailure()
                .invoke(failure -> pulse.failed(COMMITTING, failure))
                .onFailure()
                .recoverWithNull()
                .chain(() -> consumer.runOnPollingThread(this::measureLag));
    }

    private Uni<Void> commit(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Durable> durable) {
        if (durable.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        // Progress first: were the offset committed and this replica to die, nobody would note it until more records
        // come. What either of the two did not take is told to both again.
        return Multi.createFrom()
                .iterable(byTopic(durable).entrySet())
                .onItem()
                .transformToUniAndMerge(topic -> progress.advance(topic.getKey(), topic.getValue()))
                .collect()
                .last()
                .chain(() -> commitAsync(consumer, durable))
                .invoke(() -> {
                    Map<TopicPartition, Durable> all = new HashMap<>(committed);
                    // Of what was given away nothing is held: should it come back, it is read anew.
                    all.keySet().retainAll(partitionAssignment.all().keySet());
                    all.putAll(durable);
                    committed = Map.copyOf(all);
                })
                .replaceWithVoid();
    }

    /** What is still this replica's is looked up by the thread that polls, and so gives partitions away. */
    private Uni<Void> commitAsync(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Durable> durable) {
        return Uni.createFrom().emitter(committing -> consumer.runOnPollingThread((Consumer<byte[], byte[]> polling) ->
                        polling.commitAsync(offsets(durable), (offsets, failure) -> {
                            if (failure == null) {
                                committing.complete(null);
                            } else {
                                committing.fail(failure);
                            }
                        }))
                .subscribe()
                .with(told -> {}, committing::fail));
    }

    /** Not of what was given away meanwhile: whoever has it now may have come further. */
    private Map<TopicPartition, OffsetAndMetadata> offsets(Map<TopicPartition, Durable> durable) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        durable.forEach((partition, far) -> {
            if (partitionAssignment.isCurrent(partition, far.prefix())) {
                offsets.put(partition, far.toCommit());
            }
        });
        return offsets;
    }

    private static Map<String, List<PartitionProgress>> byTopic(Map<TopicPartition, Durable> durable) {
        Map<String, List<PartitionProgress>> steps = new HashMap<>();
        durable.forEach((partition, far) -> steps.computeIfAbsent(partition.topic(), first -> new ArrayList<>())
                .add(new PartitionProgress(
                        partition.partition(),
                        far.topic().epoch(),
                        far.end().nextOffset(),
                        far.end().recordTime())));
        return steps;
    }

    private void measureLag(Consumer<byte[], byte[]> consumer) {
        Map<String, Long> lag = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            OptionalLong behind = consumer.currentLag(partition);
            OffsetTracker prefix = partitionAssignment.prefix(partition);
            if (behind.isPresent() && prefix != null) {
                long position = consumer.position(partition);
                long durable = durable(consumer, partition, prefix, position);
                // What the client knows of the end of the log may be older than what is durable since.
                lag.merge(partition.topic(), Math.max(0, position + behind.getAsLong() - durable), Long::sum);
            }
        }
        metrics.lag(lag);
    }

    /** The offset before which nothing of a partition is left to be made durable, as far as it was read. */
    private long durable(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, OffsetTracker prefix, long position) {
        Stretch handed = deliveredOffsets.of(partition);
        long durable = prefix.end().nextOffset();
        if (durable < 0) {
            return handed == null ? position : handed.first();
        }
        boolean isAllDurable = handed == null || durable == handed.next();
        if (isAllDurable && position > durable && isThere(consumer, partition, durable)) {
            // What lies between is a transaction's marker, or was aborted: committed with the rest, it lags nowhere.
            prefix.pass(position);
            return position;
        }
        return durable;
    }

    /** Whether Kafka's log still begins at an offset or before it; otherwise what is behind was removed, and is to be told. */
    private static boolean isThere(Consumer<byte[], byte[]> consumer, TopicPartition partition, long offset) {
        List<TopicPartition> one = new ArrayList<>(List.of(partition));
        return consumer.beginningOffsets(one, LONGEST_ANSWER).getOrDefault(partition, Long.MAX_VALUE) <= offset;
    }
}
