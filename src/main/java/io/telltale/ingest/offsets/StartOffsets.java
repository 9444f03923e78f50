package io.telltale.ingest.offsets;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.KafkaClientService;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.telltale.ingest.offsets.DeliveredOffsets.OffsetRange;
import io.telltale.settings.RateLimitedLog;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the start offset of each assigned partition. The Kafka consumer alone is not enough:
 *
 * <ul>
 *   <li>It knows topics by name. After a topic is recreated, it continues at the old position, or at the end. So a
 *       committed offset carries the topic id, and a topic with another id is read from its first record.
 *   <li>It silently skips records that Kafka removed before they were read. This class reports them as lost.
 * </ul>
 */
@Singleton
class StartOffsets {

    private static final Logger log = Logger.getLogger(StartOffsets.class);
    /** Rate-limited, because each transaction of a producer leaves a gap. */
    private static final RateLimitedLog UNKNOWN_GAP = new RateLimitedLog(log, Logger.Level.WARN);

    private static final Duration REFRESH_INTERVAL = Duration.ofSeconds(5);
    private static final int MAX_CONCURRENT = 16;

    /** Kafka answers within milliseconds, or retries for 10 s where a partition has no leader or is gone. */
    private static final Duration RESOLUTION_LIMIT = Duration.ofSeconds(2);

    /** Short, because polling stops meanwhile; the request is retried. */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final KafkaClientService clients;
    private final PartitionAssignment assignment;
    private final TopicMetadata topics;
    private final DeliveredOffsets deliveredOffsets;
    private final LostRecords lostRecords;
    private final AtomicBoolean isRefreshing = new AtomicBoolean();

    @Inject
    StartOffsets(
            KafkaClientService clients,
            @Identifier(PartitionAssignment.NAME) PartitionAssignment assignment,
            TopicMetadata topics,
            DeliveredOffsets deliveredOffsets,
            LostRecords lostRecords) {
        this.clients = clients;
        this.assignment = assignment;
        this.topics = topics;
        this.deliveredOffsets = deliveredOffsets;
        this.lostRecords = lostRecords;
    }

    void start(@Observes StartupEvent start, Vertx vertx) {
        vertx.setPeriodic(REFRESH_INTERVAL.toMillis(), timer -> refresh());
    }

    /**
     * Accepts the next records of each partition, and returns the trackers of those partitions. Omits partitions that
     * are not assigned, and records that were polled before a seek.
     */
    Map<TopicPartition, OffsetTracker> accept(ConsumerRecords<byte[], byte[]> poll) {
        boolean isReset = discardReset(poll);
        Map<TopicPartition, OffsetTracker> trackers = new HashMap<>();
        for (TopicPartition partition : poll.partitions()) {
            OwnedPartition owned = assignment.find(partition);
            if (owned == null || owned.isSeekPending()) {
                continue;
            }
            var records = poll.records(partition);
            long first = records.get(0).offset();
            if (!owned.isNext(first)) {
                assignment.replace(partition, owned, owned.unresolved(first));
                refresh();
                continue;
            }
            long expected =
                    owned.nextOffset().getAndSet(records.get(records.size() - 1).offset() + 1);
            if (expected >= 0 && first > expected) {
                reportGap(partition, expected, first);
            }
            trackers.put(partition, owned.tracker());
        }
        if (isReset) {
            refresh();
        }
        return trackers;
    }

    /**
     * Discards everything polled of a topic of which the consumer reset a position: perhaps it was recreated. A reading
     * that is stored in the epoch of the deleted topic, or of the next one, would fill the wrong gaps of streams.
     */
    private boolean discardReset(ConsumerRecords<byte[], byte[]> poll) {
        Set<String> reset = new HashSet<>();
        for (TopicPartition partition : poll.partitions()) {
            OwnedPartition owned = assignment.find(partition);
            long first = poll.records(partition).get(0).offset();
            if (owned != null && first < owned.nextOffset().get()) {
                assignment.replace(partition, owned, owned.reset(first));
                reset.add(partition.topic());
            }
        }
        if (reset.isEmpty()) {
            return false;
        }
        assignment.all().forEach((partition, owned) -> {
            if (reset.contains(partition.topic()) && owned.isResolved()) {
                assignment.replace(partition, owned, owned.unresolved(owned.discardedOffset()));
            }
        });
        reset.forEach(topics::forget);
        return true;
    }

    /**
     * Resolves the start offsets of these partitions where they are unresolved.
     *
     * @return the existing topics by name; fails if Kafka or Cassandra is unavailable
     */
    Uni<Map<String, TopicIncarnation>> resolve(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OwnedPartition> unresolved = unresolved(partitions);
        return topics.of(partitions).call(found -> resolve(unresolved, found));
    }

    /** The same one by one and for a limited time, so that a partition without a leader does not block the others. */
    private Uni<Void> resolveEach(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OwnedPartition> unresolved = unresolved(partitions);
        return topics.of(partitions).chain(found -> Multi.createFrom()
                .iterable(unresolved.entrySet())
                .onItem()
                .transformToUni(one -> resolve(Map.of(one.getKey(), one.getValue()), found)
                        .ifNoItem()
                        .after(RESOLUTION_LIMIT)
                        .fail()
                        .onFailure()
                        .invoke(failure ->
                                log.debugf("The start offset of partition=%s is unknown: %s", one.getKey(), failure))
                        .onFailure()
                        .recoverWithNull())
                .merge(MAX_CONCURRENT)
                .collect()
                .last());
    }

    private Map<TopicPartition, OwnedPartition> unresolved(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OwnedPartition> unresolved = new HashMap<>();
        for (TopicPartition partition : partitions) {
            OwnedPartition owned = assignment.find(partition);
            if (owned != null && !owned.isResolved()) {
                unresolved.put(partition, owned);
            }
        }
        return unresolved;
    }

    private Uni<Void> resolve(Map<TopicPartition, OwnedPartition> unresolved, Map<String, TopicIncarnation> found) {
        KafkaConsumer<byte[], byte[]> consumer = clients.getConsumer(PartitionOffsets.CHANNEL);
        if (unresolved.isEmpty() || consumer == null) {
            return Uni.createFrom().voidItem();
        }
        // Requested here, so that the polling thread need not wait for the answer.
        return topics.starts(unresolved.keySet().stream()
                        .filter(partition -> found.containsKey(partition.topic()))
                        .toList())
                .chain(starts -> consumer.runOnPollingThread(polling -> {
                    resolveOnPollingThread(polling, unresolved, found, starts);
                }));
    }

    /**
     * Discards polled records of a partition whose topic is unknown to Kafka at this moment, so that they are read
     * again. Later records are not accepted before them: their commit would include the discarded ones.
     */
    void discard(TopicPartition partition, OffsetTracker tracker) {
        OwnedPartition owned = assignment.find(partition);
        if (owned != null && owned.tracker() == tracker) {
            assignment.replace(partition, owned, owned.unresolved(owned.discardedOffset()));
        }
    }

    private void resolveOnPollingThread(
            Consumer<byte[], byte[]> consumer,
            Map<TopicPartition, OwnedPartition> unresolved,
            Map<String, TopicIncarnation> found,
            Map<TopicPartition, Long> starts) {
        Set<TopicPartition> existing = new HashSet<>();
        unresolved.forEach((partition, owned) -> {
            if (!found.containsKey(partition.topic())) {
                // Deleted, or not yet known to every broker. Its records are read again once it exists.
                assignment.replace(partition, owned, owned.unresolved(owned.discardedOffset()));
            } else if (consumer.assignment().contains(partition)) {
                existing.add(partition);
            }
        });
        if (existing.isEmpty()) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(existing, TIMEOUT);
        for (TopicPartition partition : existing) {
            OwnedPartition owned = unresolved.get(partition);
            TopicIncarnation topic = found.get(partition.topic());
            Long start = starts.get(partition);
            if (owned != null && topic != null && start != null) {
                resolve(consumer, partition, owned, topic, committed.get(partition), start);
            }
        }
    }

    private void resolve(
            Consumer<byte[], byte[]> consumer,
            TopicPartition partition,
            OwnedPartition owned,
            TopicIncarnation topic,
            @Nullable OffsetAndMetadata committed,
            long logStart) {
        if (!owned.equals(assignment.find(partition))) {
            return; // resolved or revoked meanwhile
        }
        boolean isRecreated =
                !isOf(topic, owned.previousTopicId()) || (committed != null && !isOf(topic, committed.metadata()));
        boolean isReset = owned.resetOffset() >= 0 && !isRecreated;
        long from = isReset ? owned.resetOffset() : committed == null || isRecreated ? logStart : committed.offset();
        long offset = Math.max(from, logStart);
        boolean isSeek = isRecreated || owned.isSeekPending();
        OwnedPartition resolved = isSeek ? owned.restartedAt(topic, offset) : owned.resolved(topic);
        if (committed != null
                && !isReset
                && committed.metadata().equals(topic.id())
                && (isSeek || isReadFrom(consumer, partition, offset))) {
            // The former owner may have stopped before it stored its progress, and perhaps no record follows.
            resolved.tracker().startAt(offset);
        }
        if (!assignment.replace(partition, owned, resolved)) {
            return;
        }
        if (isSeek) {
            consumer.seek(partition, offset);
            deliveredOffsets.reset(partition);
        }
        if (isRecreated) {
            log.warnf(
                    "topic=%s was recreated; partition=%d is read from offset=%d",
                    partition.topic(), partition.partition(), offset);
        } else if (committed != null && committed.offset() < logStart) {
            lostRecords.report(partition, committed.offset(), logStart);
        }
    }

    /** Whether nothing before an offset was delivered: delivered records are held, and not durable yet. */
    private boolean isReadFrom(Consumer<byte[], byte[]> consumer, TopicPartition partition, long offset) {
        OffsetRange delivered = deliveredOffsets.find(partition);
        return delivered == null ? consumer.position(partition, TIMEOUT) >= offset : delivered.first() >= offset;
    }

    /** An offset without an id matches: it is from an old version, or an administrator set it. */
    private static boolean isOf(TopicIncarnation topic, @Nullable String id) {
        return id == null || id.isEmpty() || id.equals(topic.id());
    }

    /** Detects recreated topics and resolves partitions without records; neither needs a rebalance. */
    void refresh() {
        if (!isRefreshing.compareAndSet(false, true)) {
            return;
        }
        Map<TopicPartition, OwnedPartition> owned = assignment.all();
        Set<String> names = owned.keySet().stream().map(TopicPartition::topic).collect(Collectors.toSet());
        findRecreated(names)
                .chain(() -> resolveEach(owned.keySet()))
                .onTermination()
                .invoke(() -> isRefreshing.set(false))
                .subscribe()
                .with(resolved -> {}, failure -> log.debugf("The topic ids are unknown: %s", failure));
    }

    /**
     * Compares the ids of topics, and discards what was polled of recreated ones. {@link #refresh} then reads these
     * from their first record.
     *
     * @return whether there are any; fails if Kafka is unavailable
     */
    Uni<Boolean> findRecreated(Collection<String> names) {
        Map<TopicPartition, OwnedPartition> owned = assignment.all();
        return topics.ids(names).map(ids -> {
            boolean isFound = false;
            for (Map.Entry<TopicPartition, OwnedPartition> one : owned.entrySet()) {
                isFound |= isDiscarded(
                        one.getKey(), one.getValue(), ids.get(one.getKey().topic()));
            }
            return isFound;
        });
    }

    private boolean isDiscarded(TopicPartition partition, OwnedPartition owned, @Nullable String id) {
        TopicIncarnation topic = owned.topic();
        if (topic == null || id == null || id.equals(topic.id())) {
            return false;
        }
        topics.forget(partition.topic());
        return assignment.replace(partition, owned, owned.unresolved(owned.discardedOffset()));
    }

    /** Compaction, a transaction or its abort leaves a gap; only offsets before the log start are lost. */
    private void reportGap(TopicPartition partition, long from, long to) {
        topics.starts(List.of(partition))
                .map(starts -> starts.getOrDefault(partition, from))
                .subscribe()
                .with(
                        logStart -> {
                            if (logStart > from) {
                                lostRecords.report(partition, from, Math.min(logStart, to));
                            }
                        },
                        failure -> UNKNOWN_GAP.say(
                                "Gap in partition=%s, offsets %d to %d; it is unknown whether records are lost: %s"
                                        .formatted(partition, from, to - 1, failure)));
    }
}
