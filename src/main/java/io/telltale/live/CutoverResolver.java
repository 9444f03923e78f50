package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.live.EventId.TopicOffsets;
import io.telltale.live.ReplayCutover.DeletedTopic;
import io.telltale.sensors.SensorType;
import io.telltale.store.IngestProgress.TopicProgress;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/** Determines the cutover of a replay, for the topics that exist now. */
@Singleton
class CutoverResolver {

    private static final int CONCURRENT_LOOKUPS = 32;

    /** Ingest stores its progress every second. */
    private static final Duration PROGRESS_POLL = Duration.ofMillis(100);

    /** Longer than ingest usually lags: behind a longer lag, Kafka supplies records in their own order. */
    private static final Duration PROGRESS_LIMIT = Duration.ofSeconds(3);

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
     * The cutover of a new replay: the durable offsets, or the start of the log for partitions without progress.
     *
     * <p>Waits for the progress of the records that exist now. History supplies each of their readings once, in order;
     * Kafka would supply all records, in the order in which they were sent, also those that a range read shows already.
     */
    Uni<ReplayCutover> current(Subscription subscription) {
        long deadlineMillis = clock.millis() + PROGRESS_LIMIT.toMillis();
        return topics(subscription).chain(positions -> topics.endOffsets(partitions(positions))
                .chain(ends -> covering(ends, positions, deadlineMillis)));
    }

    private Uni<ReplayCutover> covering(Map<TopicPartition, Long> ends, Positions positions, long deadlineMillis) {
        return cutover(positions).chain(cutover -> {
            Map<TopicPartition, Long> next = cutover.next().byPartition();
            boolean isCovered =
                    ends.entrySet().stream().allMatch(end -> next.getOrDefault(end.getKey(), 0L) >= end.getValue());
            return isCovered || clock.millis() >= deadlineMillis
                    ? Uni.createFrom().item(cutover)
                    : pause().chain(() -> covering(ends, positions, deadlineMillis));
        });
    }

    private Uni<Void> pause() {
        return Uni.createFrom()
                .emitter(emitter -> vertx.setTimer(PROGRESS_POLL.toMillis(), timer -> emitter.complete(null)));
    }

    private Uni<ReplayCutover> cutover(Positions positions) {
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
                    return ReplayCutover.at(next, epochs(progress));
                }));
    }

    /**
     * The cutover that an id states. Kafka supplies all of a topic that the id does not name.
     *
     * @param types the types of the sensors that are replayed
     */
    Uni<ReplayCutover> of(Subscription subscription, EventId id, Collection<SensorType> types) {
        // The deleted topics first: of a topic that is created meanwhile, Kafka supplies everything.
        return deleted(id, types).chain(deleted -> topics(subscription)
                .chain(positions -> progress(positions).map(progress -> {
                    Positions next = new Positions();
                    Positions seen = new Positions();
                    positions.topics().forEach(topic -> {
                        Optional<TopicOffsets> named = id.topics().stream()
                                .filter(offsets ->
                                        offsets.topicIdHash() == topic.topic().idHash())
                                .findFirst();
                        next.put(
                                topic.topic(),
                                padded(topic, named.map(TopicOffsets::next).orElse(List.of())));
                        seen.put(
                                topic.topic(),
                                padded(topic, named.map(CutoverResolver::seen).orElse(List.of())));
                    });
                    return new ReplayCutover(next, id.isGapFill() ? seen : null, epochs(progress), deleted);
                })));
    }

    /** Without a gap in the topic, everything before its next offsets was received. */
    private static List<Long> seen(TopicOffsets topic) {
        return topic.seen().isEmpty() ? topic.next() : topic.seen();
    }

    /** The deleted topics of an id, by name. */
    private Uni<Map<String, DeletedTopic>> deleted(EventId id, Collection<SensorType> types) {
        return Multi.createFrom()
                .iterable(id.deleted().isEmpty() ? Set.<SensorType>of() : Set.copyOf(types))
                .map(SensorType::topic)
                .onItem()
                .transformToUni(name -> source.epochs(name).map(epochs -> deleted(id, name, epochs)))
                .merge(CONCURRENT_LOOKUPS)
                .filter(Optional::isPresent)
                .map(Optional::get)
                .collect()
                .asMap(Map.Entry::getKey, Map.Entry::getValue);
    }

    /** The oldest deleted topic of a name: everything since is missing. */
    private static Optional<Map.Entry<String, DeletedTopic>> deleted(
            EventId id, String name, Map<Integer, Integer> epochs) {
        return epochs(id.deleted(), epochs)
                .min(Map.Entry.comparingByKey())
                .map(topic -> Map.entry(
                        name,
                        new DeletedTopic(
                                topic.getKey(),
                                lastEpoch(id, epochs),
                                topic.getValue().next())));
    }

    /**
     * The last epoch that history supplies. The topic that followed when the gap was found is left to Kafka; if it was
     * deleted meanwhile, the next catch-up finds that out.
     */
    private static int lastEpoch(EventId id, Map<Integer, Integer> epochs) {
        return epochs(id.topics(), epochs)
                .min(Map.Entry.comparingByKey())
                .map(topic -> topic.getKey() - 1)
                .orElseGet(() -> Collections.max(epochs.values()));
    }

    /** The topics that ingest has started on, by epoch. */
    private static Stream<Map.Entry<Integer, TopicOffsets>> epochs(
            List<TopicOffsets> topics, Map<Integer, Integer> epochs) {
        return topics.stream()
                .filter(topic -> epochs.containsKey(topic.topicIdHash()))
                .map(topic -> Map.entry(Objects.requireNonNull(epochs.get(topic.topicIdHash())), topic));
    }

    /**
     * The topics of a subscription, at offset 0. Read from Kafka, because the tail may not know the newest ones yet.
     */
    private Uni<Positions> topics(Subscription subscription) {
        return topics.find().map(found -> {
            Positions positions = new Positions();
            positions.setRecordTimeMillis(tail.of(subscription).recordTimeMillis());
            found.values().stream()
                    .filter(topic -> subscription.includes(topic.type()))
                    .forEach(topic -> positions.put(topic, new long[topic.partitions()]));
            return positions;
        });
    }

    private static Set<TopicPartition> partitions(Positions positions) {
        return Positions.partitions(
                positions.topics().stream().map(Positions.TopicPosition::topic).toList());
    }

    private static long[] padded(Positions.TopicPosition topic, List<Long> offsets) {
        long[] padded = new long[topic.partitions()];
        for (int partition = 0; partition < Math.min(padded.length, offsets.size()); partition++) {
            padded[partition] = offsets.get(partition);
        }
        return padded;
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

    private static Map<String, Integer> epochs(Map<String, TopicProgress> progress) {
        Map<String, Integer> epochs = new HashMap<>();
        progress.forEach((topic, of) -> epochs.put(topic, of.epoch()));
        return epochs;
    }
}
