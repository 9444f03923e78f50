package io.telltale.live;

import io.telltale.kafka.Topic;
import io.telltale.live.EventId.PartialRecord;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.live.EventId.TopicOffsets;
import io.telltale.live.LiveEvent.Gap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The position of a {@link CatchUp} in Kafka. Begins at an event id, and finds out what Kafka no longer has behind it.
 * Not thread-safe.
 */
final class CatchUpPosition {

    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

    private final Subscription subscription;
    private final EventId from;
    private final CreatedTopics.TopicSearch search;
    private final SensorTopics topics;
    private final Positions reached = new Positions();

    /** The topics of the id that no longer exist, with the offsets that were reached in them. */
    private final List<TopicOffsets> deleted = new ArrayList<>();

    private @Nullable PartialRecord partialRecord;
    private boolean isResolved;

    /** Whether a topic is deleted of which it is unknown whether its readings were delivered. */
    private boolean isUncertainDeleted;

    /**
     * What Kafka no longer has.
     *
     * @param reasons to report; empty if nothing is missing
     * @param fill the id at which history begins; null if nothing is missing, or if the id would be too long
     */
    record Missing(List<Gap> reasons, @Nullable EventId fill) {

        Missing {
            reasons = List.copyOf(reasons);
        }
    }

    CatchUpPosition(Subscription subscription, CreatedTopics.TopicSearch search, SensorTopics topics) {
        this.subscription = subscription;
        this.from = search.id();
        this.search = search;
        this.topics = topics;
        this.partialRecord = from.partialRecord();
        // Stays so until the end: partitions are read one after another, so no later record time holds for all.
        reached.setRecordTimeMillis(from.recordTimeSeconds() * 1_000);
        reached.setTopicsKnownAtMillis(from.topicsKnownAtMillis());
    }

    /** The offsets that were reached. */
    Positions reached() {
        return reached;
    }

    /** The record of which only some readings were delivered; null if there is none. */
    @Nullable
    PartialRecord partialRecord() {
        return partialRecord;
    }

    void endPartialRecord() {
        partialRecord = null;
    }

    /** The topic of a partition of this position. */
    Topic topic(TopicPartition partition) {
        return Objects.requireNonNull(reached.topic(partition.topic())).topic();
    }

    /** The id of this position. */
    EventId id(@Nullable PartialRecord at) {
        return EventId.of(subscription, reached, at).withCatchingUp(from.isCatchingUp());
    }

    /** Behind what another search begins. */
    CreatedTopics.TopicSearch nextSearch() {
        return new CreatedTopics.TopicSearch(current(), search.uncertain(), search.searches());
    }

    private EventId current() {
        return isResolved ? id(partialRecord).withDeleted(from.deleted()) : from;
    }

    /**
     * Whether to search for topics that were created and deleted behind this position. Before the first search that
     * does not depend on the tail: the id may be of a replica whose clock is ahead.
     *
     * @param to the position of the tail, which later lists the topics again
     */
    boolean isSearchDue(Positions to) {
        long knownAtMillis = current().topicsKnownAtMillis();
        return knownAtMillis > 0
                && (isResolved ? search.mayRepeat() && knownAtMillis < to.topicsKnownAtMillis() : search.isFirstDue());
    }

    /**
     * Adds new topics and partitions, and skips what Kafka no longer has. Blocks in calls of the consumer.
     *
     * @param to the position of the tail
     * @return null if the tail does not know the topics as they are now; then nothing has changed
     */
    @Nullable
    Missing align(Consumer<byte[], byte[]> consumer, Positions to) {
        List<Topic> all =
                to.topics().stream().map(Positions.TopicPosition::topic).toList();
        if (!areCurrent(all)) {
            // The requests below would wait for a deleted topic until they time out, and delay all catch-ups.
            return null;
        }
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(Positions.partitions(all), REQUEST_TIMEOUT);
        Map<TopicPartition, Long> ends = consumer.endOffsets(Positions.partitions(all), REQUEST_TIMEOUT);
        if (!areCurrent(all) || !resolve(to)) {
            return null;
        }
        reached.topics().stream()
                .filter(topic -> isReplaced(topic, to.topic(topic.topic().name())))
                .toList()
                .forEach(topic -> {
                    reached.remove(topic.topic().name());
                    addDeleted(topic.topic().idHash(), topic.next());
                });
        return skipTo(all, starts, ends);
    }

    /**
     * Whether Kafka has these topics with the same ids now. Requests by name, such as those for offsets, do not tell a
     * recreated topic from its predecessor: so the ids are requested after them.
     */
    boolean areCurrent(Collection<Topic> expected) {
        Map<String, Topic> now = topics.await(expected.stream().map(Topic::name).toList());
        return expected.stream().allMatch(topic -> {
            Topic found = now.get(topic.name());
            return found != null && found.id().equals(topic.id());
        });
    }

    /** Finds the topics of the id. Returns false if the tail does not know one that exists. */
    private boolean resolve(Positions here) {
        if (isResolved) {
            return true;
        }
        Map<Integer, Topic> byIdHash = topicsByIdHash(here);
        List<TopicOffsets> unknown = new ArrayList<>();
        Positions named = new Positions();
        for (TopicOffsets offsets : from.topics()) {
            Topic topic = byIdHash.get(offsets.topicIdHash());
            if (topic == null) {
                unknown.add(offsets);
            } else if (subscription.includes(topic.type())) {
                Positions.TopicPosition known = here.topic(topic.name());
                if (known == null
                        || !known.topic().isSame(topic)
                        || known.partitions() < Math.min(offsets.next().size(), topic.partitions())) {
                    return false;
                }
                named.put(
                        topic,
                        offsets.next().stream().mapToLong(Long::longValue).toArray());
            }
        }
        boolean isAnyDeleted = false;
        for (int topicIdHash : search.uncertain()) {
            Topic topic = byIdHash.get(topicIdHash);
            if (topic == null) {
                isAnyDeleted = true;
            } else if (!isKnown(topic, here)) {
                return false;
            }
        }
        isUncertainDeleted = isAnyDeleted;
        if (!from.isForAllTopics() && subscription.types().isEmpty()) {
            // The types of the sensors were known when the id was made, and are not known now. Other topics have no
            // readings of these sensors.
            here.topics().stream()
                    .filter(topic -> named.topic(topic.topic().name()) == null)
                    .forEach(topic -> named.put(
                            topic.topic(),
                            topic.next().stream().mapToLong(Long::longValue).toArray()));
        }
        named.topics()
                .forEach(topic -> reached.put(
                        topic.topic(),
                        topic.next().stream().mapToLong(Long::longValue).toArray()));
        unknown.forEach(topic -> addDeleted(topic.topicIdHash(), topic.next()));
        if (reached.topicsKnownAtMillis() == 0) {
            reached.setTopicsKnownAtMillis(here.topicsKnownAtMillis());
        }
        isResolved = true;
        return true;
    }

    private static boolean isKnown(Topic topic, Positions here) {
        Positions.TopicPosition known = here.topic(topic.name());
        return known != null && known.topic().isSame(topic);
    }

    /** The topics that the tail knows; if the id names others, all that exist. */
    private Map<Integer, Topic> topicsByIdHash(Positions here) {
        Map<Integer, Topic> byIdHash = new HashMap<>();
        here.topics().forEach(topic -> byIdHash.put(topic.topic().idHash(), topic.topic()));
        Set<Integer> others = new HashSet<>();
        from.topics().forEach(topic -> others.add(topic.topicIdHash()));
        others.addAll(search.uncertain());
        others.removeAll(byIdHash.keySet());
        if (!others.isEmpty()) {
            topics.await().values().forEach(topic -> byIdHash.put(topic.idHash(), topic));
        }
        return byIdHash;
    }

    private static boolean isReplaced(Positions.TopicPosition topic, Positions.@Nullable TopicPosition now) {
        return now == null || !now.topic().isSame(topic.topic());
    }

    private Missing skipTo(List<Topic> all, Map<TopicPartition, Long> starts, Map<TopicPartition, Long> ends) {
        Positions seen = new Positions();
        boolean isRemoved = false;
        boolean isRecreated = !deleted.isEmpty() || isUncertainDeleted;
        isUncertainDeleted = false;
        for (Topic topic : all) {
            Positions.TopicPosition known = reached.topic(topic.name());
            seen.put(topic, new long[topic.partitions()]);
            long[] next = Positions.offsets(topic, 0, starts);
            for (int partition = 0; partition < next.length; partition++) {
                TopicPartition in = new TopicPartition(topic.name(), partition);
                // A topic and a partition that the id does not name are read from their first record.
                long wanted = known != null && partition < known.partitions() ? known.next(partition) : 0;
                long end = ends.getOrDefault(in, wanted);
                seen.moveTo(in, wanted);
                if (wanted < next[partition]) {
                    isRemoved = true;
                    dropPartialRecord(topic, in, seen);
                }
                isRecreated |= wanted > end;
                next[partition] = Math.min(Math.max(wanted, next[partition]), Math.max(end, next[partition]));
            }
            reached.put(topic, next);
        }
        return missing(isRemoved, isRecreated, seen);
    }

    private Missing missing(boolean isRemoved, boolean isRecreated, Positions seen) {
        List<Gap> reasons = new ArrayList<>();
        if (isRemoved) {
            reasons.add(Gap.RETENTION);
        }
        if (isRecreated) {
            reasons.add(Gap.TOPIC_RECREATED);
        }
        if (!isRemoved && deleted.isEmpty()) {
            return new Missing(reasons, null);
        }
        EventId fill = EventId.of(subscription, reached, isRemoved ? seen : null, partialRecord)
                .withCatchingUp(from.isCatchingUp())
                .withReplay(ReplayPosition.from(ReplayPosition.UNDECIDED))
                .withDeleted(deleted);
        deleted.clear();
        return new Missing(reasons, fill.text(subscription.fingerprint()) == null ? null : fill);
    }

    /** Adds a topic that no longer exists. */
    private void addDeleted(int topicIdHash, List<Long> next) {
        List<Long> behind = new ArrayList<>(next);
        PartialRecord partial = partialRecord;
        if (partial != null && partial.topicIdHash() == topicIdHash && partial.partition() < next.size()) {
            // As dropPartialRecord.
            behind.set(partial.partition(), next.get(partial.partition()) + 1);
            partialRecord = null;
        }
        deleted.add(new TopicOffsets(topicIdHash, behind, List.of()));
    }

    /**
     * Lets history begin behind a partly delivered record that Kafka has removed: it is unknown which of its readings
     * were delivered.
     */
    private void dropPartialRecord(Topic topic, TopicPartition lost, Positions seen) {
        PartialRecord partial = partialRecord;
        if (partial != null && partial.isIn(topic, lost)) {
            seen.moveTo(lost, seen.next(lost) + 1);
            partialRecord = null;
        }
    }

    /** Whether the tail is past the partly delivered record. Otherwise the tail would deliver all of it again. */
    boolean coversPartialRecord(Positions to) {
        PartialRecord partial = partialRecord;
        return partial == null
                || to.byPartition().entrySet().stream()
                        .filter(end -> partial.isIn(
                                Objects.requireNonNull(to.topic(end.getKey().topic()))
                                        .topic(),
                                end.getKey()))
                        .allMatch(end -> end.getValue() > reached.next(end.getKey()));
    }
}
