package io.telltale.ingest;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.KafkaClientService;
import io.smallrye.reactive.messaging.kafka.KafkaConsumer;
import io.telltale.ingest.DeliveredOffsets.Stretch;
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
 * Sees to it that each partition is read from where it has to be. Kafka's consumer knows topics by name: of one that was
 * deleted and made anew it goes on at the offset where it was in the old one, or at the end, and what is before is never
 * read. And where records were removed that nobody had read, it goes on behind them without a word. So a committed offset
 * carries the id of its topic; a topic with another id is read from its first record; and what is lost is said.
 */
@Singleton
class StartOffsets {

    private static final Logger log = Logger.getLogger(StartOffsets.class);
    /** Each transaction of a producer leaves such an offset behind. */
    private static final RateLimitedLog UNEXPLAINED = new RateLimitedLog(log, Logger.Level.WARN);

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final int SETTLED_AT_ONCE = 16;

    /** Nothing is polled meanwhile, of no topic; it is tried again. */
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

    private final KafkaClientService clients;
    private final PartitionAssignment partitionAssignment;
    private final TopicMetadata topics;
    private final DeliveredOffsets deliveredOffsets;
    private final LostRecords lostRecords;
    private final Vertx vertx;
    private final AtomicBoolean isLooking = new AtomicBoolean();

    @Inject
    StartOffsets(
            KafkaClientService clients,
            @Identifier(PartitionAssignment.NAME) PartitionAssignment partitionAssignment,
            TopicMetadata topics,
            DeliveredOffsets deliveredOffsets,
            LostRecords lostRecords,
            Vertx vertx) {
        this.clients = clients;
        this.partitionAssignment = partitionAssignment;
        this.topics = topics;
        this.deliveredOffsets = deliveredOffsets;
        this.lostRecords = lostRecords;
        this.vertx = vertx;
    }

    void start(@Observes StartupEvent start) {
        vertx.setPeriodic(BETWEEN_LOOKS.toMillis(), timer -> look());
    }

    /**
     * The partitions of a poll that are to be taken, each with how much of it is durable: not those of other replicas,
     * nor what was polled before reading was made to begin elsewhere.
     */
    Map<TopicPartition, OffsetTracker> prefixes(ConsumerRecords<byte[], byte[]> poll) {
        Map<TopicPartition, OffsetTracker> prefixes = new HashMap<>();
        for (TopicPartition partition : poll.partitions()) {
            OwnedPartition ownership = partitionAssignment.of(partition);
            if (ownership == null || ownership.isToSeek()) {
                continue;
            }
            var records = poll.records(partition);
            long first = records.get(0).offset();
            if (!ownership.isFollowedBy(first)) {
                partitionAssignment.replace(partition, ownership, ownership.unsettled(first));
                look();
                continue;
            }
            long next =
                    ownership.next().getAndSet(records.get(records.size() - 1).offset() + 1);
            if (next >= 0 && first > next) {
                explain(partition, next, first);
            } else if (first < next) {
                look(); // The consumer began anew by itself. Perhaps the topic did too.
            }
            prefixes.put(partition, ownership.prefix());
        }
        return prefixes;
    }

    /**
     * Settles where these partitions are read from, where it is not settled yet.
     *
     * @return the topics that are there, by name; fails if Kafka or Cassandra cannot say
     */
    Uni<Map<String, TopicIncarnation>> settle(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OwnedPartition> unsettled = unsettled(partitions);
        return topics.of(partitions).call(known -> settle(unsettled, known));
    }

    /** The same, each by itself: that one has no leader holds up no other. */
    private Uni<Void> settleEach(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OwnedPartition> unsettled = unsettled(partitions);
        return topics.of(partitions).chain(known -> Multi.createFrom()
                .iterable(unsettled.entrySet())
                .onItem()
                .transformToUni(one -> settle(Map.of(one.getKey(), one.getValue()), known)
                        .onFailure()
                        .invoke(failure -> log.debugf("Where %s begins is not known: %s", one.getKey(), failure))
                        .onFailure()
                        .recoverWithNull())
                .merge(SETTLED_AT_ONCE)
                .collect()
                .last());
    }

    private Map<TopicPartition, OwnedPartition> unsettled(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OwnedPartition> unsettled = new HashMap<>();
        for (TopicPartition partition : partitions) {
            OwnedPartition ownership = partitionAssignment.of(partition);
            if (ownership != null && !ownership.isSettled()) {
                unsettled.put(partition, ownership);
            }
        }
        return unsettled;
    }

    private Uni<Void> settle(Map<TopicPartition, OwnedPartition> unsettled, Map<String, TopicIncarnation> known) {
        KafkaConsumer<byte[], byte[]> consumer = clients.getConsumer(IngestPipeline.CHANNEL);
        if (unsettled.isEmpty() || consumer == null) {
            return Uni.createFrom().voidItem();
        }
        // Asked before the thread that polls would have to wait for it.
        return topics.starts(unsettled.keySet().stream()
                        .filter(partition -> known.containsKey(partition.topic()))
                        .toList())
                .chain(starts -> consumer.runOnPollingThread(polling -> {
                    settle(polling, unsettled, known, starts);
                }));
    }

    /**
     * Sees to it that what was polled of a partition and cannot be taken is read again: Kafka does not know its topic at
     * this moment. What follows it is not taken before, or it would be committed with it.
     */
    void leaveOut(TopicPartition partition, OffsetTracker prefix) {
        OwnedPartition ownership = partitionAssignment.of(partition);
        if (ownership != null && ownership.prefix() == prefix) {
            partitionAssignment.replace(partition, ownership, ownership.unsettled(ownership.leftOut()));
        }
    }

    private void settle(
            Consumer<byte[], byte[]> consumer,
            Map<TopicPartition, OwnedPartition> unsettled,
            Map<String, TopicIncarnation> known,
            Map<TopicPartition, Long> starts) {
        Set<TopicPartition> there = new HashSet<>();
        unsettled.forEach((partition, ownership) -> {
            if (!known.containsKey(partition.topic())) {
                // Gone, or not known everywhere yet. What was polled of it is left out, and read again once it is.
                partitionAssignment.replace(partition, ownership, ownership.unsettled(ownership.leftOut()));
            } else if (consumer.assignment().contains(partition)) {
                there.add(partition);
            }
        });
        if (there.isEmpty()) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(there, LONGEST_ANSWER);
        for (TopicPartition partition : there) {
            OwnedPartition ownership = unsettled.get(partition);
            TopicIncarnation topic = known.get(partition.topic());
            Long start = starts.get(partition);
            if (ownership != null && topic != null && start != null) {
                settle(consumer, partition, ownership, topic, committed.get(partition), start);
            }
        }
    }

    private void settle(
            Consumer<byte[], byte[]> consumer,
            TopicPartition partition,
            OwnedPartition ownership,
            TopicIncarnation topic,
            @Nullable OffsetAndMetadata committed,
            long start) {
        if (!ownership.equals(partitionAssignment.of(partition))) {
            return; // It was settled meanwhile, or given away.
        }
        boolean isRemade =
                !isOf(topic, ownership.readBefore()) || (committed != null && !isOf(topic, committed.metadata()));
        long offset = committed == null || isRemade ? start : Math.max(committed.offset(), start);
        boolean isToSeek = isRemade || ownership.isToSeek();
        OwnedPartition settled = isToSeek ? ownership.readFrom(topic, offset) : ownership.settled(topic);
        if (committed != null
                && committed.metadata().equals(topic.id())
                && (isToSeek || isReadFrom(consumer, partition, offset))) {
            // Whoever gave it away had no time to note its progress, and if no record comes nobody else does.
            settled.prefix().begin(offset);
        }
        if (!partitionAssignment.replace(partition, ownership, settled)) {
            return;
        }
        if (isToSeek) {
            consumer.seek(partition, offset);
            deliveredOffsets.beginAnew(partition);
        }
        if (isRemade) {
            log.warnf(
                    "Topic %s was made anew: partition %s is read from offset %d",
                    partition.topic(), partition, offset);
        } else if (committed != null && committed.offset() < start) {
            lostRecords.lost(partition, committed.offset(), start);
        }
    }

    /** Whether nothing before an offset was handed out: what was is held, and not durable yet. */
    private boolean isReadFrom(Consumer<byte[], byte[]> consumer, TopicPartition partition, long offset) {
        Stretch handed = deliveredOffsets.of(partition);
        return handed == null ? consumer.position(partition, LONGEST_ANSWER) >= offset : handed.first() >= offset;
    }

    /** Before ids were written with offsets, or by somebody who set an offset by hand, there is none. */
    private static boolean isOf(TopicIncarnation topic, @Nullable String id) {
        return id == null || id.isEmpty() || id.equals(topic.id());
    }

    /** Looks whether topics were made anew, and settles what nothing was polled of: both may go without a rebalance. */
    void look() {
        if (!isLooking.compareAndSet(false, true)) {
            return;
        }
        Map<TopicPartition, OwnedPartition> owned = partitionAssignment.all();
        Set<String> names = owned.keySet().stream().map(TopicPartition::topic).collect(Collectors.toSet());
        topics.ids(names)
                .invoke(ids -> owned.forEach((partition, ownership) -> compare(partition, ownership, ids)))
                .chain(() -> settleEach(owned.keySet()))
                .onTermination()
                .invoke(() -> isLooking.set(false))
                .subscribe()
                .with(known -> {}, failure -> log.debugf("Whether topics were made anew is not known: %s", failure));
    }

    private void compare(TopicPartition partition, OwnedPartition ownership, Map<String, String> ids) {
        TopicIncarnation topic = ownership.topic();
        String id = ids.get(partition.topic());
        if (topic != null && id != null && !id.equals(topic.id())) {
            topics.forget(partition.topic());
            partitionAssignment.replace(partition, ownership, ownership.unsettled(ownership.leftOut()));
        }
    }

    /** A gap is what compaction, a transaction or its abort leaves; unless the log begins behind it. */
    private void explain(TopicPartition partition, long from, long to) {
        topics.starts(List.of(partition))
                .map(starts -> starts.getOrDefault(partition, from))
                .subscribe()
                .with(
                        start -> {
                            if (start > from) {
                                lostRecords.lost(partition, from, Math.min(start, to));
                            }
                        },
                        failure -> UNEXPLAINED.say(
                                "Offsets %d to %d of partition %s were not there to be read; whether they are lost is not known: %s"
                                        .formatted(from, to - 1, partition, failure)));
    }
}
