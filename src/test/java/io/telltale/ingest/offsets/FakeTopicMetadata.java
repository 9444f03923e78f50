package io.telltale.ingest.offsets;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.sensors.SensorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Topics that a test creates, deletes and recreates. Caches like the real metadata, so that a missing eviction makes a
 * test fail.
 */
final class FakeTopicMetadata implements TopicMetadata {

    private final Map<String, TopicIncarnation> existing = new HashMap<>();
    private final Map<String, TopicIncarnation> cache = new HashMap<>();
    private final Map<String, Integer> epochs = new HashMap<>();
    private final Map<TopicPartition, Long> starts = new HashMap<>();
    private final Map<TopicPartition, Long> ends = new HashMap<>();
    private final Set<TopicPartition> leaderless = new HashSet<>();
    private final Set<TopicPartition> silent = new HashSet<>();
    private final List<UniEmitter<? super Void>> held = new ArrayList<>();
    private boolean isHeld;
    private boolean isUnavailable;
    private int idRequests;

    /** Creates a topic, or recreates it: each incarnation has the next epoch. */
    void create(String topic, String id) {
        int epoch = epochs.merge(topic, 1, Integer::sum);
        existing.put(topic, new TopicIncarnation(SensorType.ofTopic(topic), id, epoch));
    }

    void delete(String topic) {
        existing.remove(topic);
    }

    void start(TopicPartition partition, long offset) {
        starts.put(partition, offset);
    }

    void end(TopicPartition partition, long offset) {
        ends.put(partition, offset);
    }

    void loseLeader(TopicPartition partition) {
        leaderless.add(partition);
    }

    void electLeader(TopicPartition partition) {
        leaderless.remove(partition);
    }

    /** Requests for the start of a partition are not answered from now on. */
    void silence(TopicPartition partition) {
        silent.add(partition);
    }

    /** From now on requests for ids wait for {@link #releaseIds}. */
    void holdIds() {
        isHeld = true;
    }

    void releaseIds() {
        isHeld = false;
        held.forEach(emitter -> emitter.complete(null));
        held.clear();
    }

    void setUnavailable(boolean unavailable) {
        isUnavailable = unavailable;
    }

    /** How often the ids were requested. */
    int idRequests() {
        return idRequests;
    }

    @Override
    public Uni<Map<String, TopicIncarnation>> of(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            TopicIncarnation topic = existing.get(partition.topic());
            if (topic != null) {
                cache.putIfAbsent(partition.topic(), topic);
            }
        }
        return Uni.createFrom().item(Map.copyOf(cache));
    }

    @Override
    public Uni<Map<String, String>> ids(Collection<String> names) {
        idRequests++;
        if (isUnavailable) {
            return Uni.createFrom().failure(new TimeoutException("no broker answers"));
        }
        Uni<Void> permitted =
                isHeld ? Uni.createFrom().emitter(held::add) : Uni.createFrom().voidItem();
        return permitted.map(nothing -> {
            Map<String, String> ids = new HashMap<>();
            existing.forEach((name, topic) -> ids.put(name, topic.id()));
            ids.keySet().retainAll(names);
            return ids;
        });
    }

    @Override
    public Uni<Map<TopicPartition, Long>> starts(Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> found = new HashMap<>();
        for (TopicPartition partition : partitions) {
            if (leaderless.contains(partition)) {
                return Uni.createFrom().failure(new LeaderNotAvailableException("no leader of " + partition));
            }
            if (silent.contains(partition)) {
                return Uni.createFrom().nothing();
            }
            found.put(partition, starts.getOrDefault(partition, 0L));
        }
        return Uni.createFrom().item(found);
    }

    @Override
    public Uni<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> found = new HashMap<>();
        partitions.forEach(partition -> found.put(partition, ends.getOrDefault(partition, 0L)));
        return Uni.createFrom().item(found);
    }

    @Override
    public void forget(String topic) {
        cache.remove(topic);
    }
}
