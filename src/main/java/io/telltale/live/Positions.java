package io.telltale.live;

import io.telltale.kafka.Topic;
import io.telltale.sensors.SensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The position of a reader of Kafka: the next offset of each partition. Not thread-safe. */
final class Positions {

    private final SortedMap<String, TopicPosition> topics = new TreeMap<>();
    private long recordTimeMillis;
    private long topicsKnownAtMillis;

    /** A topic and the next offset of each of its partitions. */
    static final class TopicPosition {
        private final Topic topic;
        private long[] next;

        private TopicPosition(Topic topic, long[] next) {
            this.topic = topic;
            this.next = next;
        }

        Topic topic() {
            return topic;
        }

        int partitions() {
            return next.length;
        }

        long next(int partition) {
            return next[partition];
        }

        List<Long> next() {
            return Arrays.stream(next).boxed().toList();
        }

        boolean isAtOffsetZero() {
            return Arrays.stream(next).allMatch(offset -> offset == 0);
        }
    }

    /**
     * The offsets of a topic's partitions, taken from a map.
     *
     * @param fromPartition the first partition to look up; those before it have 0, as have those that the map lacks
     */
    static long[] offsets(Topic topic, int fromPartition, Map<TopicPartition, Long> offsets) {
        long[] next = new long[topic.partitions()];
        for (int partition = fromPartition; partition < next.length; partition++) {
            next[partition] = offsets.getOrDefault(new TopicPartition(topic.name(), partition), 0L);
        }
        return next;
    }

    /** All partitions of some topics. */
    static Set<TopicPartition> partitions(Collection<Topic> topics) {
        return topics.stream()
                .flatMap(topic -> topic.topicPartitions().stream())
                .collect(Collectors.toSet());
    }

    Collection<TopicPosition> topics() {
        return topics.values();
    }

    @Nullable
    TopicPosition topic(String name) {
        return topics.get(name);
    }

    boolean isEmpty() {
        return topics.isEmpty();
    }

    void clear() {
        topics.clear();
    }

    /**
     * The approximate record time of this position, in milliseconds since the epoch. Hardly any later record has an
     * earlier record time.
     */
    long recordTimeMillis() {
        return recordTimeMillis;
    }

    void setRecordTimeMillis(long millis) {
        recordTimeMillis = millis;
    }

    /**
     * When the topics were listed: every topic that existed then is included, or was before. In milliseconds since the
     * epoch; 0 if unknown.
     */
    long topicsKnownAtMillis() {
        return topicsKnownAtMillis;
    }

    void setTopicsKnownAtMillis(long millis) {
        topicsKnownAtMillis = millis;
    }

    /** The next offsets of a topic; for partitions that are not included, those of {@code others}. */
    List<Long> nextOr(Topic topic, List<Long> others) {
        TopicPosition known = topics.get(topic.name());
        List<Long> next = new ArrayList<>(others);
        for (int partition = 0; known != null && partition < Math.min(known.next.length, next.size()); partition++) {
            next.set(partition, known.next[partition]);
        }
        return next;
    }

    /** The next offset of a partition; -1 if it is not included. */
    long next(TopicPartition partition) {
        TopicPosition topic = topics.get(partition.topic());
        return topic == null || partition.partition() >= topic.next.length ? -1 : topic.next[partition.partition()];
    }

    /** Adds a topic, or replaces the one of the same name. */
    void put(Topic topic, long[] next) {
        topics.put(topic.name(), new TopicPosition(topic, next));
    }

    void remove(String name) {
        topics.remove(name);
    }

    void moveTo(TopicPartition partition, long next) {
        TopicPosition topic = topics.get(partition.topic());
        if (topic != null && partition.partition() < topic.next.length) {
            topic.next[partition.partition()] = next;
        }
    }

    /** The next offset of each partition. */
    Map<TopicPartition, Long> byPartition() {
        Map<TopicPartition, Long> all = new HashMap<>();
        topics.forEach((name, topic) -> {
            for (int partition = 0; partition < topic.next.length; partition++) {
                all.put(new TopicPartition(name, partition), topic.next[partition]);
            }
        });
        return all;
    }

    /** An independent copy of the topics of some types. */
    Positions copy(Predicate<SensorType> types) {
        Positions copy = new Positions();
        copy.recordTimeMillis = recordTimeMillis;
        copy.topicsKnownAtMillis = topicsKnownAtMillis;
        topics.forEach((name, topic) -> {
            if (types.test(topic.topic.type())) {
                copy.put(topic.topic, topic.next.clone());
            }
        });
        return copy;
    }

    /** Whether no offset is lower than the other's, in each partition of the topics that both include. */
    boolean covers(Positions other) {
        return other.topics.values().stream().allMatch(this::covers);
    }

    private boolean covers(TopicPosition other) {
        TopicPosition mine = topics.get(other.topic.name());
        if (mine == null || !mine.topic.isSame(other.topic)) {
            return true;
        }
        for (int partition = 0; partition < Math.min(mine.next.length, other.next.length); partition++) {
            if (mine.next[partition] < other.next[partition]) {
                return false;
            }
        }
        return true;
    }
}
