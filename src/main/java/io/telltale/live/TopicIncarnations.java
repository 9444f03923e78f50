package io.telltale.live;

import io.telltale.kafka.Topic;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.live.EventId.TopicOffsets;
import io.telltale.live.ReplayCutover.Bound;
import io.telltale.live.ReplayCutover.Span;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The topics of one name that have an origin epoch.
 *
 * @param epochs the epochs by {@link Topic#idHash}
 * @param current the topic that exists; null if there is none
 * @param end the epoch of the topic that exists, or that the next one will get; Kafka supplies this topic
 */
record TopicIncarnations(
        Map<Integer, Integer> epochs, @Nullable Topic current, int end) {

    /** More than any topic before it has: origins hold epochs modulo 256. */
    private static final int EPOCHS_BEFORE = 127;

    /** A topic of an id, with its epoch. */
    private record Named(int epoch, TopicOffsets offsets) {}

    TopicIncarnations {
        epochs = Map.copyOf(epochs);
    }

    static TopicIncarnations of(Map<Integer, Integer> epochs, @Nullable Topic current) {
        int next = epochs.values().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
        return new TopicIncarnations(
                epochs, current, current == null ? next : epochs.getOrDefault(current.idHash(), next));
    }

    /**
     * What history supplies in a replay. A whole replay begins with the first topic; a gap fill with the oldest deleted
     * topic of the id, or where the gap begins. Both end at the offsets of the id: what follows is left to Kafka, and
     * if the topic was deleted meanwhile, the next catch-up finds that out.
     *
     * @return empty if the id has no gap in these topics
     */
    Optional<Span> history(EventId id) {
        List<Named> named = named(id.topics());
        if (!id.isGapFill()) {
            Bound to = named.isEmpty() ? Bound.startOf(end) : next(named.get(0));
            return Optional.of(new Span(Bound.startOf(to.epoch() - EPOCHS_BEFORE), to));
        }
        List<Named> deleted = named(id.deleted());
        if (named.isEmpty()) {
            return deleted.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Span(next(deleted.get(0)), Bound.startOf(last(deleted) + 1)));
        }
        Named topic = named.get(0);
        return Optional.of(new Span(deleted.isEmpty() ? seen(topic) : next(deleted.get(0)), next(topic)));
    }

    /**
     * Fixes where a gap fill ends that has not begun. Where the id names no later topic than the deleted ones, it also
     * names the last one that history supplies. Without that, a fill that is resumed would include a topic that was
     * deleted meanwhile, but not for the sensors that it has passed.
     */
    EventId withEnd(EventId id) {
        ReplayPosition replay = id.replay();
        return replay == null || replay.sensorId() != null ? id : id.withDeleted(concat(id.deleted(), lastMissed(id)));
    }

    private List<TopicOffsets> lastMissed(EventId id) {
        List<TopicOffsets> missed = missed(id);
        return missed.subList(Math.max(0, missed.size() - 1), missed.size());
    }

    /**
     * The topics behind a gap fill that exist no longer, so that neither this fill nor Kafka supplies them: the first
     * and the last.
     */
    List<TopicOffsets> missed(EventId id) {
        List<Named> deleted = named(id.deleted());
        if (deleted.isEmpty() || !named(id.topics()).isEmpty()) {
            return List.of();
        }
        List<TopicOffsets> missed = wholeTopics(epoch -> epoch > last(deleted) && epoch < end);
        return missed.size() <= 2 ? missed : List.of(missed.get(0), missed.get(missed.size() - 1));
    }

    /**
     * The topic that has replaced the deleted ones of a gap fill, at its first record. The id behind the fill names it:
     * otherwise nothing would tell that it existed if it was deleted before the catch-up begins.
     */
    Optional<TopicOffsets> successor(EventId id) {
        Topic topic = current;
        return topic == null
                        || named(id.deleted()).isEmpty()
                        || !named(id.topics()).isEmpty()
                ? Optional.empty()
                : Optional.of(new TopicOffsets(topic.idHash(), Collections.nCopies(topic.partitions(), 0L), List.of()));
    }

    /** The topics of some epochs, without an offset that was reached. */
    private List<TopicOffsets> wholeTopics(IntPredicate condition) {
        return epochs.entrySet().stream()
                .filter(topic -> condition.test(topic.getValue()))
                .sorted(Map.Entry.comparingByValue())
                .map(topic -> TopicOffsets.startOf(topic.getKey()))
                .toList();
    }

    /** Those of some topics that have this name, oldest first. */
    private List<Named> named(List<TopicOffsets> topics) {
        return topics.stream()
                .filter(topic -> epochs.containsKey(topic.topicIdHash()))
                .map(topic -> new Named(Objects.requireNonNull(epochs.get(topic.topicIdHash())), topic))
                .sorted(Comparator.comparingInt(Named::epoch))
                .toList();
    }

    private static int last(List<Named> topics) {
        return topics.get(topics.size() - 1).epoch();
    }

    private static Bound next(Named topic) {
        return new Bound(topic.epoch(), topic.offsets().next());
    }

    /** Without a gap in the topic, everything before its next offsets was received. */
    private static Bound seen(Named topic) {
        return topic.offsets().seen().isEmpty()
                ? next(topic)
                : new Bound(topic.epoch(), topic.offsets().seen());
    }

    private static List<TopicOffsets> concat(List<TopicOffsets> some, List<TopicOffsets> more) {
        List<TopicOffsets> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }
}
