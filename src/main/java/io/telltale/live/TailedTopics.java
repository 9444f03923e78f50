package io.telltale.live;

import io.telltale.kafka.Topic;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Decides which topics the tail reads, and from which offsets: the topics that have subscribers. A topic is read from
 * its end when its first subscriber arrives, and dropped some time after the last one left. Topics and partitions that
 * are created meanwhile are read from their first record.
 *
 * <p>Where records are missing, because Kafka has removed them or the topic was deleted or recreated, the tail
 * continues at the end, and the subscribers {@linkplain CatchUpScheduler catch up} from its position before: they
 * report the gap, and read what is left.
 *
 * <p>Only {@link #contains} is thread-safe. The other methods are called on the tail's thread, or while it does not
 * run.
 */
@Singleton
class TailedTopics {

    private static final Logger log = Logger.getLogger(TailedTopics.class);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

    /** For so long an id is valid: it takes longer to delete a topic, to recreate it, and to read from it. */
    static final Duration TRUST = Duration.ofMillis(50);

    private final SensorTopics topics;
    private final TailPosition position;
    private final Hub hub;
    private final CatchUpScheduler catchUps;
    private final EpochAssignment epochs;
    private final Clock clock;
    private final long keepTailingMillis;
    private final UnverifiedRecords unverified = new UnverifiedRecords();

    /** When the id of a tailed topic was last confirmed, by name. */
    private final Map<String, Long> confirmedAtMillis = new HashMap<>();

    /**
     * Whether a request for ids has failed since the last discovery, so that others would delay the tail for nothing.
     */
    private boolean isUnanswered;

    /** When a tailed topic last had a subscriber, by name. */
    private final Map<String, Long> subscribedAtMillis = new HashMap<>();

    /** The topics of the last discovery, by name; null before the first. */
    private @Nullable Map<String, Topic> known;

    /**
     * The topics that exist, and the changed ones among them, with their offsets.
     *
     * @param askedAtMillis when they were requested
     * @param changed the topics with subscribers that are not tailed in their current form
     */
    record Discovery(
            long askedAtMillis,
            Map<String, Topic> topics,
            List<Topic> changed,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> ends) {

        Discovery {
            topics = Map.copyOf(topics);
            changed = List.copyOf(changed);
            starts = Map.copyOf(starts);
            ends = Map.copyOf(ends);
        }
    }

    @Inject
    TailedTopics(
            SensorTopics topics,
            TailPosition position,
            Hub hub,
            CatchUpScheduler catchUps,
            EpochAssignment epochs,
            Clock clock,
            LiveConfig config) {
        this.topics = topics;
        this.position = position;
        this.hub = hub;
        this.catchUps = catchUps;
        this.epochs = epochs;
        this.clock = clock;
        this.keepTailingMillis = Bounds.within(
                        "telltale.live.keep-tailing", config.keepTailing(), Duration.ZERO, Duration.ofMinutes(10))
                .toMillis();
    }

    /** Requests the topics and offsets from Kafka. Blocks, and changes nothing. */
    Discovery discover(Consumer<byte[], byte[]> consumer) {
        long askedAtMillis = clock.millis();
        Map<String, Topic> found = topics.await();
        List<Topic> changed = position.update(positions -> found.values().stream()
                .filter(topic -> hub.hasSubscribersOf(topic.type()) && !isCurrent(positions.topic(topic.name()), topic))
                .toList());
        if (changed.isEmpty()) {
            return new Discovery(askedAtMillis, found, changed, Map.of(), Map.of());
        }
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(Positions.partitions(changed), REQUEST_TIMEOUT);
        Map<TopicPartition, Long> ends = consumer.endOffsets(Positions.partitions(changed), REQUEST_TIMEOUT);
        // Offsets are requested by name: of a topic that was recreated meanwhile they are of its successor.
        Map<String, Topic> now = topics.await(changed.stream().map(Topic::name).toList());
        return new Discovery(
                askedAtMillis,
                found,
                changed.stream()
                        .filter(topic -> topic.equals(now.get(topic.name())))
                        .toList(),
                starts,
                ends);
    }

    private static boolean isCurrent(Positions.@Nullable TopicPosition tailed, Topic topic) {
        return tailed != null && tailed.topic().isSame(topic) && tailed.partitions() >= topic.partitions();
    }

    /**
     * Adds the changed topics to the position, and drops the deleted ones and those without subscribers.
     *
     * @return whether the set of topics or partitions changed
     */
    boolean apply(Discovery discovery) {
        boolean isDropped = position.update(positions -> {
            if (positions.isEmpty()) {
                positions.setRecordTimeMillis(clock.millis());
            }
            positions.setTopicsKnownAtMillis(discovery.askedAtMillis());
            suspendDeleted(positions, discovery.topics());
            discovery.changed().forEach(topic -> put(topic, positions, discovery));
            return dropUnused(positions, discovery.topics());
        });
        isUnanswered = false;
        known = discovery.topics();
        confirm(discovery);
        epochs.assign(position.update(positions ->
                positions.topics().stream().map(Positions.TopicPosition::topic).toList()));
        return isDropped || !discovery.changed().isEmpty();
    }

    /** Forgets the unverified records, but not of a topic that was recreated again during the discovery. */
    private void confirm(Discovery discovery) {
        Set<String> replaced = new HashSet<>();
        confirmedAtMillis.clear();
        position.update(positions -> {
            for (Positions.TopicPosition tailed : positions.topics()) {
                String name = tailed.topic().name();
                if (isSame(tailed, discovery.topics().get(name))) {
                    confirmedAtMillis.put(name, discovery.askedAtMillis());
                } else {
                    replaced.add(name);
                }
            }
            return replaced;
        });
        unverified.retain(replaced);
    }

    private void put(Topic topic, Positions positions, Discovery discovery) {
        Positions.TopicPosition tailed = positions.topic(topic.name());
        if (tailed == null) {
            positions.put(topic, Positions.offsets(topic, 0, isNew(topic) ? discovery.starts() : discovery.ends()));
        } else if (!tailed.topic().isSame(topic)) {
            suspend(tailed.topic(), positions, unverified.of(topic));
            positions.put(topic, Positions.offsets(topic, 0, discovery.ends()));
        } else {
            long[] next = Positions.offsets(topic, tailed.partitions(), discovery.starts());
            for (int partition = 0; partition < tailed.partitions(); partition++) {
                next[partition] = tailed.next(partition);
            }
            positions.put(topic, next);
        }
    }

    /**
     * Whether the topic was created after the last discovery: then no subscriber can have arrived before its first
     * record.
     */
    private boolean isNew(Topic topic) {
        Topic before = known == null ? topic : known.get(topic.name());
        return before == null || !before.isSame(topic);
    }

    private void suspendDeleted(Positions positions, Map<String, Topic> found) {
        positions.topics().stream()
                .map(Positions.TopicPosition::topic)
                .filter(topic -> !found.containsKey(topic.name()))
                .forEach(topic -> suspend(topic, positions, UnverifiedRecords.Snapshot.EMPTY));
    }

    /** Lets the subscribers of a topic catch up from the position, before the tail skips records. */
    private void suspend(Topic topic, Positions positions, UnverifiedRecords.Snapshot received) {
        hub.suspend(topic.type(), received)
                .forEach(subscriber ->
                        catchUps.start(subscriber, EventId.of(subscriber.subscription(), positions, null)));
    }

    /**
     * Continues at the end of the partitions whose position is outside the log. Blocks.
     *
     * @return whether there are any
     */
    boolean skipMissing(Consumer<byte[], byte[]> consumer, Set<TopicPartition> partitions) {
        Set<TopicPartition> tailed = new HashSet<>(partitions);
        tailed.retainAll(position.byPartition().keySet());
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(tailed, REQUEST_TIMEOUT);
        Map<TopicPartition, Long> ends = consumer.endOffsets(tailed, REQUEST_TIMEOUT);
        return position.update(positions -> {
            List<TopicPartition> missing = tailed.stream()
                    .filter(partition -> positions.next(partition) < starts.getOrDefault(partition, 0L)
                            || positions.next(partition) > ends.getOrDefault(partition, 0L))
                    .toList();
            missing.stream()
                    .map(TopicPartition::topic)
                    .distinct()
                    .map(name -> Objects.requireNonNull(positions.topic(name)).topic())
                    .forEach(topic -> suspend(topic, positions, UnverifiedRecords.Snapshot.EMPTY));
            missing.forEach(partition -> positions.moveTo(partition, ends.getOrDefault(partition, 0L)));
            return !missing.isEmpty();
        });
    }

    /**
     * Whether polled records are of the topics that the position names. Otherwise a client that resumes behind one of
     * them would receive it again: nothing tells that it is of the next topic of the name. Asks Kafka at most once in
     * {@link #TRUST} for each topic. Blocks.
     */
    boolean areCurrent(Set<TopicPartition> polled) {
        long now = clock.millis();
        if (isUnanswered) {
            return true;
        }
        Set<String> due = polled.stream()
                .map(TopicPartition::topic)
                .distinct()
                .filter(name -> Math.abs(now - confirmedAtMillis.getOrDefault(name, 0L)) >= TRUST.toMillis())
                // Last, since it looks at all subscribers. The tail keeps its position in a topic without any, also if
                // that is recreated.
                .filter(name -> hub.hasSubscribersOf(SensorType.ofTopic(name)))
                .collect(Collectors.toSet());
        if (due.isEmpty()) {
            return true;
        }
        Map<String, Topic> found;
        try {
            found = topics.await(due);
        } catch (KafkaException e) {
            log.debugf("The topic ids are unknown; the tail continues with the topics it has: %s", e);
            isUnanswered = true;
            return true;
        }
        boolean areCurrent = position.update(
                positions -> due.stream().allMatch(name -> isSame(positions.topic(name), found.get(name))));
        if (areCurrent) {
            due.forEach(unverified::clear);
            due.forEach(name -> confirmedAtMillis.put(name, now));
        }
        return areCurrent;
    }

    private static boolean isSame(Positions.@Nullable TopicPosition tailed, @Nullable Topic found) {
        return tailed != null && tailed.topic().isSame(found);
    }

    /** Notes a record that was published. */
    void published(ConsumerRecord<byte[], byte[]> record) {
        unverified.add(record);
    }

    /** Whether a {@linkplain #discover discovery} is due before more records are published. */
    boolean isDiscoveryDue() {
        return unverified.isFull();
    }

    /** Notes that a discovery failed: the memory stays bounded, and a record may be delivered twice. */
    void discoveryFailed() {
        if (unverified.isFull()) {
            unverified.clear();
        }
    }

    private boolean dropUnused(Positions positions, Map<String, Topic> found) {
        long now = clock.millis();
        List<String> dropped = new ArrayList<>();
        for (Positions.TopicPosition topic : positions.topics()) {
            String name = topic.topic().name();
            if (hub.hasSubscribersOf(topic.topic().type())) {
                subscribedAtMillis.put(name, now);
            } else {
                // The subscriber that requested the topic may have left before it was added.
                subscribedAtMillis.putIfAbsent(name, now);
            }
            if (!found.containsKey(name) || now - subscribedAtMillis.getOrDefault(name, 0L) > keepTailingMillis) {
                dropped.add(name);
            }
        }
        dropped.forEach(positions::remove);
        dropped.forEach(subscribedAtMillis::remove);
        return !dropped.isEmpty();
    }

    /** Whether the topics of a subscription to certain types are tailed. */
    boolean contains(Subscription subscription) {
        return position.update(
                positions -> subscription.types().stream().allMatch(type -> positions.topic(type.topic()) != null));
    }

    /** Whether all topics of a discovery are tailed. */
    boolean containsAll(Discovery discovery) {
        return position.update(
                positions -> discovery.topics().keySet().stream().allMatch(name -> positions.topic(name) != null));
    }

    /** Forgets all topics, so that the next run of the tail starts at their ends. */
    void clear() {
        known = null;
        isUnanswered = false;
        confirmedAtMillis.clear();
        unverified.clear();
        subscribedAtMillis.clear();
        position.clear();
    }
}
