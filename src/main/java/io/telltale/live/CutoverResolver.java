package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.store.IngestProgress.TopicProgress;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** Determines the cutover of a replay, for the topics that exist now. */
@Singleton
class CutoverResolver {

    private static final int CONCURRENT_LOOKUPS = 32;

    private final SensorTopics topics;
    private final ReplaySource source;
    private final TailPosition tail;

    @Inject
    CutoverResolver(SensorTopics topics, ReplaySource source, TailPosition tail) {
        this.topics = topics;
        this.source = source;
        this.tail = tail;
    }

    /** The cutover of a new replay: the durable offsets, or the start of the log for partitions without progress. */
    Uni<ReplayCutover> current(Subscription subscription) {
        return topics(subscription).chain(positions -> progress(positions)
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
                    return new ReplayCutover(next, null, epochs(progress));
                })));
    }

    /** The cutover that an id states. Kafka supplies all of a topic that the id does not name. */
    Uni<ReplayCutover> of(Subscription subscription, EventId id) {
        boolean isGapFill = id.topics().stream().anyMatch(topic -> !topic.seen().isEmpty());
        return topics(subscription).chain(positions -> progress(positions).map(progress -> {
            Positions next = new Positions();
            Positions seen = new Positions();
            positions.topics().forEach(topic -> {
                Optional<EventId.TopicOffsets> named = id.topics().stream()
                        .filter(offsets ->
                                offsets.topicIdHash() == topic.topic().idHash())
                        .findFirst();
                next.put(
                        topic.topic(),
                        padded(topic, named.map(EventId.TopicOffsets::next).orElse(List.of())));
                seen.put(
                        topic.topic(),
                        padded(topic, named.map(EventId.TopicOffsets::seen).orElse(List.of())));
            });
            return new ReplayCutover(next, isGapFill ? seen : null, epochs(progress));
        }));
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
