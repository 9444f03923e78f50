package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.kafka.Topic;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.live.EventId.TopicOffsets;
import io.telltale.live.ReplayCutover.Span;
import io.telltale.live.ReplaySource.Incarnation;
import io.telltale.sensors.SensorType;
import io.telltale.store.IngestProgress.PartitionProgress;
import io.telltale.store.IngestProgress.TopicProgress;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/** Determines the cutover of a replay, for the topics that exist now. */
@Singleton
class CutoverResolver {

    private static final int CONCURRENT_LOOKUPS = 32;

    /** Ingest stores its progress every second. */
    private static final Duration PROGRESS_POLL = Duration.ofMillis(100);

    /** Longer than ingest usually lags: behind a longer lag, Kafka supplies records in their own order. */
    private static final Duration PROGRESS_LIMIT = Duration.ofSeconds(3);

    /** The least wait of a gap fill: of a deleted topic, ingest stores no progress. */
    private static final Duration INGEST_TIME = Duration.ofSeconds(1);

    /** How often it is tested whether the tail knows a new topic, which the tail discovers within two seconds. */
    private static final Duration TOPIC_POLL = Duration.ofMillis(500);

    /** Longer than the takeover of the partitions of a replica that died. */
    private static final Duration INGEST_LIMIT = Duration.ofSeconds(15);

    private final SensorTopics topics;
    private final ReplaySource source;
    private final TailPosition tail;
    private final Clock clock;
    private final Vertx vertx;

    @Inject
    CutoverResolver(SensorTopics topics, ReplaySource source, TailPosition tail, Clock clock, Vertx vertx) {
        this.topics = topics;
        this.source = source;
        this.tail = tail;
        this.clock = clock;
        this.vertx = vertx;
    }

    /**
     * Where Kafka begins after a new replay: the durable offsets, or the start of the log for partitions without
     * progress.
     *
     * <p>Waits for the progress of the records that exist now. History supplies each of their readings once, in order;
     * Kafka would supply all records, in the order in which they were sent, also those that a range read shows already.
     */
    Uni<Positions> current(Subscription subscription) {
        long deadlineMillis = clock.millis() + PROGRESS_LIMIT.toMillis();
        return topics(subscription).chain(positions -> topics.endOffsets(partitions(positions))
                .chain(ends -> covering(ends, positions, deadlineMillis)));
    }

    private Uni<Positions> covering(Map<TopicPartition, Long> ends, Positions positions, long deadlineMillis) {
        return durable(positions).chain(next -> {
            Map<TopicPartition, Long> offsets = next.byPartition();
            boolean isCovered =
                    ends.entrySet().stream().allMatch(end -> offsets.getOrDefault(end.getKey(), 0L) >= end.getValue());
            return isCovered || clock.millis() >= deadlineMillis
                    ? Uni.createFrom().item(next)
                    : pause(PROGRESS_POLL).chain(() -> covering(ends, positions, deadlineMillis));
        });
    }

    /**
     * Waits before a gap fill, until ingest has stored what it had read when Kafka removed it. Waits at most 15 s: what
     * ingest had not read is lost, and then there may be no progress. Where the progress is unknown, it waits no
     * longer.
     */
    Uni<Void> awaitIngest(Subscription subscription, EventId id) {
        long deadlineMillis = clock.millis() + INGEST_LIMIT.toMillis();
        return pause(INGEST_TIME)
                .chain(() -> topics(subscription))
                .chain(positions -> awaitIngest(id, positions, deadlineMillis))
                .onFailure()
                .recoverWithNull();
    }

    private Uni<Void> awaitIngest(EventId id, Positions positions, long deadlineMillis) {
        return progress(positions)
                .chain(progress -> isIngested(id, positions, progress) || clock.millis() >= deadlineMillis
                        ? Uni.createFrom().voidItem()
                        : pause(PROGRESS_POLL).chain(() -> awaitIngest(id, positions, deadlineMillis)));
    }

    private static boolean isIngested(EventId id, Positions positions, Map<String, TopicProgress> progress) {
        return positions.topics().stream().allMatch(topic -> id.topics().stream()
                .filter(named -> named.topicIdHash() == topic.topic().idHash())
                .allMatch(named -> isIngested(named, of(progress, topic).partitions())));
    }

    private static boolean isIngested(TopicOffsets named, Map<Integer, PartitionProgress> progress) {
        for (int partition = 0; partition < named.seen().size(); partition++) {
            long next = named.next().get(partition);
            PartitionProgress durable = progress.get(partition);
            if (named.seen().get(partition) < next && (durable == null || durable.nextOffset() < next)) {
                return false;
            }
        }
        return true;
    }

    private Uni<Void> pause(Duration time) {
        return Uni.createFrom().emitter(emitter -> vertx.setTimer(time.toMillis(), timer -> emitter.complete(null)));
    }

    private Uni<Positions> durable(Positions positions) {
        return progress(positions)
                .chain(progress -> startOffsets(positions, progress).map(starts -> {
                    Positions next = positions.copy(any -> true);
                    positions.topics().forEach(topic -> {
                        long[] offsets = Positions.offsets(topic.topic(), 0, starts);
                        of(progress, topic).partitions().forEach((partition, durable) -> {
                            if (partition < offsets.length) {
                                offsets[partition] = durable.nextOffset();
                            }
                        });
                        next.put(topic.topic(), offsets);
                    });
                    return next;
                }));
    }

    /**
     * The cutover of a replay at an id. Kafka supplies all of a topic that the id does not name.
     *
     * @param types the types of the sensors that are replayed
     */
    Uni<ReplayCutover> of(EventId id, Set<SensorType> types) {
        return incarnations(types).map(found -> {
            EventId bounded = id;
            for (TopicIncarnations topics : found.values()) {
                bounded = topics.withEnd(bounded);
            }
            Map<String, Span> history = new HashMap<>();
            for (Map.Entry<String, TopicIncarnations> topics : found.entrySet()) {
                topics.getValue().history(bounded).ifPresent(span -> history.put(topics.getKey(), span));
            }
            return new ReplayCutover(bounded, history);
        });
    }

    /**
     * Where a stream continues behind a replay.
     *
     * @param id of the next gap fill, if topics were created and deleted during this one; otherwise that at which Kafka
     *     continues. It names the deleted topics that were filled in, so that the catch-up does not find them again
     * @param isComplete false if topics may be left out, because a deleted topic has no epoch
     */
    record Continuation(EventId id, boolean isComplete) {}

    /**
     * Where a stream continues behind a replay.
     *
     * <p>Waits while no topic of the subscription exists. Until then the id names the deleted topic, and no other would
     * tell that a topic was created and deleted before the tail read it.
     *
     * @param id of a replay that has ended
     */
    Uni<Continuation> behind(Subscription subscription, EventId id, Set<SensorType> types) {
        if (id.deleted().isEmpty()) {
            return Uni.createFrom().item(new Continuation(id.withoutReplay(), true));
        }
        return incarnations(types).chain(found -> {
            List<TopicOffsets> missed = found.values().stream()
                    .flatMap(topics -> topics.missed(id).stream())
                    .toList();
            if (!missed.isEmpty()) {
                EventId fill = id.withoutReplay()
                        .withReplay(ReplayPosition.from(ReplayPosition.UNDECIDED))
                        .withDeleted(missed);
                return Uni.createFrom().item(new Continuation(fill, true));
            }
            EventId next = id.withoutReplay()
                    .withDeleted(id.deleted())
                    .withTopics(found.values().stream()
                            .flatMap(topics -> topics.successor(id).stream())
                            .toList());
            boolean isWithoutTopic = !subscription.types().isEmpty()
                    && found.values().stream().allMatch(topics -> topics.current() == null);
            return next.topics().isEmpty() && isWithoutTopic
                    ? awaitTopic(subscription).chain(() -> behind(subscription, id, types))
                    : Uni.createFrom()
                            .item(new Continuation(next, haveEpochs(subscription, id.deleted(), found.values())));
        });
    }

    /** Of a subscription to all topics, the deleted ones may be of types that are not replayed. */
    private static boolean haveEpochs(
            Subscription subscription, List<TopicOffsets> deleted, Collection<TopicIncarnations> found) {
        return subscription.types().isEmpty()
                || deleted.stream().allMatch(topic -> found.stream()
                        .anyMatch(topics -> topics.epochs().containsKey(topic.topicIdHash())));
    }

    /** Completes when the tail reads a topic of a subscription. */
    private Uni<Void> awaitTopic(Subscription subscription) {
        return Uni.createFrom().emitter(emitter -> {
            AtomicBoolean isEnded = new AtomicBoolean();
            emitter.onTermination(() -> isEnded.set(true));
            awaitTopic(subscription, isEnded, () -> emitter.complete(null));
        });
    }

    /** By timers, since a chain of delays would grow as long as it waits. */
    private void awaitTopic(Subscription subscription, AtomicBoolean isEnded, Runnable whenFound) {
        vertx.setTimer(TOPIC_POLL.toMillis(), timer -> {
            if (!tail.of(subscription).isEmpty()) {
                whenFound.run();
            } else if (!isEnded.get()) {
                awaitTopic(subscription, isEnded, whenFound);
            }
        });
    }

    /**
     * The topics of some types, by name. The epochs are read before and after the topics, until they agree: a replica
     * may be frozen in between, and a topic that was created and deleted meanwhile must not be missed.
     */
    private Uni<Map<String, TopicIncarnations>> incarnations(Set<SensorType> types) {
        // Of a topic without an epoch, Kafka supplies everything.
        return epochs(types).chain(epochs -> topics.find(epochs.keySet()).chain(existing -> epochs(types)
                .chain(after -> after.equals(epochs)
                        ? Uni.createFrom().item(incarnations(epochs, existing))
                        : incarnations(types))));
    }

    private Uni<Map<String, Map<Integer, Integer>>> epochs(Set<SensorType> types) {
        return Multi.createFrom()
                .iterable(types)
                .map(SensorType::topic)
                .onItem()
                .transformToUni(name -> source.incarnations(name).map(all -> Map.entry(name, epochs(all))))
                .merge(CONCURRENT_LOOKUPS)
                .collect()
                .asMap(Map.Entry::getKey, Map.Entry::getValue);
    }

    private static Map<Integer, Integer> epochs(List<Incarnation> incarnations) {
        return incarnations.stream().collect(Collectors.toMap(Incarnation::idHash, Incarnation::epoch, Math::max));
    }

    private static Map<String, TopicIncarnations> incarnations(
            Map<String, Map<Integer, Integer>> epochs, Map<String, Topic> existing) {
        Map<String, TopicIncarnations> found = new HashMap<>();
        epochs.forEach((name, known) -> found.put(name, TopicIncarnations.of(known, existing.get(name))));
        return found;
    }

    /**
     * The topics of a subscription, at offset 0. Read from Kafka, because the tail may not know the newest ones yet.
     */
    private Uni<Positions> topics(Subscription subscription) {
        return Uni.createFrom().item(() -> tail.of(subscription)).chain(before -> topics.find()
                .map(found -> topics(subscription, found, before)));
    }

    /** @param before the position of the tail before the topics were listed */
    private static Positions topics(Subscription subscription, Map<String, Topic> found, Positions before) {
        Positions positions = new Positions();
        positions.setRecordTimeMillis(before.recordTimeMillis());
        positions.setTopicsKnownAtMillis(before.topicsKnownAtMillis());
        found.values().stream()
                .filter(topic -> subscription.includes(topic.type()))
                .forEach(topic -> positions.put(topic, new long[topic.partitions()]));
        return positions;
    }

    private static Set<TopicPartition> partitions(Positions positions) {
        return Positions.partitions(
                positions.topics().stream().map(Positions.TopicPosition::topic).toList());
    }

    private Uni<Map<String, TopicProgress>> progress(Positions positions) {
        return Multi.createFrom()
                .iterable(List.copyOf(positions.topics()))
                .onItem()
                .transformToUni(topic -> source.progress(
                                topic.topic().name(), topic.topic().id().toString())
                        .map(progress -> Map.entry(topic.topic().name(), progress)))
                .merge(CONCURRENT_LOOKUPS)
                .collect()
                .asMap(Map.Entry::getKey, Map.Entry::getValue);
    }

    private Uni<Map<TopicPartition, Long>> startOffsets(Positions positions, Map<String, TopicProgress> progress) {
        Set<TopicPartition> unknown = new HashSet<>();
        positions.topics().forEach(topic -> {
            TopicProgress durable = of(progress, topic);
            for (int partition = 0; partition < topic.partitions(); partition++) {
                if (!durable.partitions().containsKey(partition)) {
                    unknown.add(new TopicPartition(topic.topic().name(), partition));
                }
            }
        });
        return unknown.isEmpty() ? Uni.createFrom().item(Map.of()) : topics.startOffsets(unknown);
    }

    private static TopicProgress of(Map<String, TopicProgress> progress, Positions.TopicPosition topic) {
        return Objects.requireNonNull(progress.get(topic.topic().name()));
    }
}
