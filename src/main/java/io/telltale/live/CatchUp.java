package io.telltale.live;

import io.telltale.kafka.Topic;
import io.telltale.live.EventId.PartialRecord;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.live.LiveDecoder.LiveReading;
import io.telltale.live.LiveEvent.Gap;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events that a resumed subscriber missed, one poll per step, up to the position of the tail. There it lets
 * the subscriber buffer the events of the tail, reads the rest, and lets it go live. A catch-up never overtakes the
 * tail: the ids of the tail would then repeat events.
 */
final class CatchUp {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

    private final Subscriber subscriber;
    private final EventId from;
    private final TailPosition tail;
    private final Hub hub;
    private final LiveDecoder decoder;
    private final SensorTopics topics;
    private final Positions reached = new Positions();
    private @Nullable EventId gapFill;
    private @Nullable Positions target;
    private @Nullable PartialRecord partialRecord;
    private boolean isResolved;
    private boolean isBuffering;

    /** The result of a step. */
    enum Step {
        /** There is more to read now. */
        CONTINUE,
        /** The tail, or its view of the topics, is behind the id. */
        RETRY_SOON,
        /** The queue of the subscriber is full; it calls back when it has capacity. */
        AWAIT_CAPACITY,
        /** Kafka has removed records: history has to fill the {@linkplain #gapFill gap} first. */
        FILL_GAP,
        DONE
    }

    /** @param from the id to resume behind */
    CatchUp(Subscriber subscriber, EventId from, TailPosition tail, Hub hub, LiveDecoder decoder, SensorTopics topics) {
        this.subscriber = subscriber;
        this.from = from;
        this.tail = tail;
        this.hub = hub;
        this.decoder = decoder;
        this.topics = topics;
        this.partialRecord = from.partialRecord();
        // Stays so until the end: partitions are read one after another, so no later record time holds for all.
        reached.setRecordTimeMillis(from.recordTimeSeconds() * 1_000);
    }

    Subscriber subscriber() {
        return subscriber;
    }

    /** The id at which history has to begin, after {@link Step#FILL_GAP}. */
    EventId gapFill() {
        return Objects.requireNonNull(gapFill);
    }

    /**
     * Reads at most one poll. Blocks in calls of the consumer.
     *
     * @param onCapacity called once after {@link Step#AWAIT_CAPACITY}
     */
    Step step(Consumer<byte[], byte[]> consumer, Runnable onCapacity) {
        Positions to = target;
        if (to == null) {
            if (isBuffering) {
                // A request to Kafka failed after buffering started. This catch-up reads the buffered events again.
                isBuffering = false;
                subscriber.stopBuffering();
            }
            to = tail.of(subscriber.subscription());
            if (!isResolved && !resolve(to)) {
                return Step.RETRY_SOON;
            }
            align(consumer, to);
            if (gapFill != null) {
                return Step.FILL_GAP;
            }
            if (!coversPartialRecord(to)) {
                return Step.RETRY_SOON;
            }
            target = to;
        }
        if (!reached.covers(to)) {
            return read(consumer, to, onCapacity);
        }
        target = null;
        if (isBuffering) {
            isBuffering = false;
            return goLive() ? Step.DONE : Step.CONTINUE;
        }
        if (!subscriber.hasCapacity(onCapacity)) {
            return Step.AWAIT_CAPACITY;
        }
        Positions buffered = tail.bufferFor(subscriber, reached);
        if (buffered == null) {
            return Step.RETRY_SOON;
        }
        isBuffering = true;
        align(consumer, buffered);
        if (gapFill != null) {
            subscriber.stopBuffering();
            return Step.FILL_GAP;
        }
        target = buffered;
        return Step.CONTINUE;
    }

    private boolean goLive() {
        return subscriber.goLive(
                from.isCatchingUp()
                        ? LiveEvent.caughtUp(idLine(EventId.of(subscriber.subscription(), reached, null)))
                        : null);
    }

    /** Finds the topics of the id. Returns false if one exists that the tail does not know yet. */
    private boolean resolve(Positions here) {
        Map<Integer, Topic> byIdHash = new HashMap<>();
        topics.await().values().forEach(topic -> byIdHash.put(topic.idHash(), topic));
        boolean isTopicDeleted = false;
        for (EventId.TopicOffsets offsets : from.topics()) {
            Topic topic = byIdHash.get(offsets.topicIdHash());
            if (topic == null) {
                isTopicDeleted = true;
            } else if (subscriber.subscription().includes(topic.type())) {
                Positions.TopicPosition known = here.topic(topic.name());
                if (known == null
                        || known.topic().idHash() != topic.idHash()
                        || known.partitions() < Math.min(offsets.next().size(), topic.partitions())) {
                    return false;
                }
                reached.put(
                        topic,
                        offsets.next().stream().mapToLong(Long::longValue).toArray());
            }
        }
        if (!from.isForAllTopics() && subscriber.subscription().types().isEmpty()) {
            // The types of the sensors were known when the id was made, and are not known now. Other topics have no
            // readings of these sensors.
            here.topics().stream()
                    .filter(topic -> reached.topic(topic.topic().name()) == null)
                    .forEach(topic -> {
                        long[] next = new long[topic.partitions()];
                        for (int partition = 0; partition < next.length; partition++) {
                            next[partition] = topic.next(partition);
                        }
                        reached.put(topic.topic(), next);
                    });
        }
        isResolved = true;
        if (isTopicDeleted) {
            gap(Gap.TOPIC_RECREATED);
        }
        return true;
    }

    /** Adds new topics and partitions, and reports deleted topics and removed records as gaps. */
    private void align(Consumer<byte[], byte[]> consumer, Positions to) {
        Set<String> replaced = new HashSet<>();
        reached.topics().stream()
                .filter(topic -> isReplaced(topic, to.topic(topic.topic().name())))
                .forEach(topic -> replaced.add(topic.topic().name()));
        List<Topic> all =
                to.topics().stream().map(Positions.TopicPosition::topic).toList();
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(Positions.partitions(all), REQUEST_TIMEOUT);
        Map<TopicPartition, Long> ends = consumer.endOffsets(Positions.partitions(all), REQUEST_TIMEOUT);
        // Changes nothing before the requests succeed: after a failure, the next step must find the same state.
        replaced.forEach(reached::remove);
        Positions seen = reached.copy(any -> true);
        boolean isRemoved = false;
        boolean isRecreated = !replaced.isEmpty();
        for (Topic topic : all) {
            Positions.TopicPosition known = reached.topic(topic.name());
            long[] next = Positions.offsets(topic, 0, starts);
            for (int partition = 0;
                    known != null && partition < Math.min(next.length, known.partitions());
                    partition++) {
                long wanted = known.next(partition);
                long end = ends.getOrDefault(new TopicPartition(topic.name(), partition), wanted);
                if (wanted < next[partition]) {
                    isRemoved = true;
                    dropPartialRecord(topic, partition, seen);
                }
                isRecreated |= wanted > end;
                next[partition] = Math.min(Math.max(wanted, next[partition]), Math.max(end, next[partition]));
            }
            reached.put(topic, next);
        }
        if (isRemoved) {
            EventId fillId = EventId.of(subscriber.subscription(), reached, seen, partialRecord)
                    .withCatchingUp(from.isCatchingUp())
                    .withReplay(ReplayPosition.from(ReplayPosition.UNDECIDED));
            // If the id would be too long, the gap is reported and not filled.
            gapFill = fillId.text(subscriber.subscription().fingerprint()) == null ? null : fillId;
            gap(Gap.RETENTION);
        }
        if (isRecreated) {
            gap(Gap.TOPIC_RECREATED);
        }
    }

    /**
     * Lets history begin behind a partly delivered record that Kafka has removed: it is unknown which of its readings
     * were delivered.
     */
    private void dropPartialRecord(Topic topic, int partition, Positions seen) {
        PartialRecord partial = partialRecord;
        TopicPartition lost = new TopicPartition(topic.name(), partition);
        if (partial != null && partial.isIn(topic, lost)) {
            seen.moveTo(lost, seen.next(lost) + 1);
            partialRecord = null;
        }
    }

    /** Whether the tail is past the partly delivered record. Otherwise the tail would deliver all of it again. */
    private boolean coversPartialRecord(Positions to) {
        PartialRecord partial = partialRecord;
        return partial == null
                || to.byPartition().entrySet().stream()
                        .filter(end -> partial.isIn(
                                Objects.requireNonNull(to.topic(end.getKey().topic()))
                                        .topic(),
                                end.getKey()))
                        .allMatch(end -> end.getValue() > reached.next(end.getKey()));
    }

    private static boolean isReplaced(Positions.TopicPosition topic, Positions.@Nullable TopicPosition now) {
        return now == null || now.topic().idHash() != topic.topic().idHash();
    }

    private Step read(Consumer<byte[], byte[]> consumer, Positions to, Runnable onCapacity) {
        Map<TopicPartition, Long> ends = new HashMap<>(to.byPartition());
        ends.entrySet().removeIf(end -> reached.next(end.getKey()) >= end.getValue());
        PartialRecord partial = partialRecord;
        if (partial != null) {
            // Reads the rest of the partial record first, because an id has space for one partial record.
            ends.keySet().removeIf(partition -> !partial.isIn(topic(partition), partition));
            if (ends.isEmpty()) {
                partialRecord = null;
                return Step.CONTINUE;
            }
        }
        consumer.assign(ends.keySet());
        ends.keySet().forEach(partition -> consumer.seek(partition, reached.next(partition)));
        ConsumerRecords<byte[], byte[]> found;
        try {
            found = consumer.poll(POLL);
        } catch (OffsetOutOfRangeException removed) {
            target = null;
            isBuffering = false;
            return Step.CONTINUE;
        }
        for (ConsumerRecord<byte[], byte[]> record : found) {
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            if (record.offset() >= ends.getOrDefault(partition, 0L)) {
                continue;
            }
            if (!subscriber.hasCapacity(onCapacity)) {
                return Step.AWAIT_CAPACITY;
            }
            deliver(record, partition);
        }
        // Also past what no consumer receives, such as transaction markers.
        ends.forEach((partition, end) -> reached.moveTo(
                partition, Math.max(reached.next(partition), Math.min(consumer.position(partition), end))));
        return Step.CONTINUE;
    }

    private void deliver(ConsumerRecord<byte[], byte[]> record, TopicPartition partition) {
        Topic topic = topic(partition);
        PartialRecord partial = partialRecord;
        int delivered = partial != null && record.offset() == reached.next(partition) ? partial.delivered() : 0;
        partialRecord = null;
        for (LiveReading live : decoder.decode(record, subscriber.subscription()::mayMatch)) {
            if (live.isLast()) {
                reached.moveTo(partition, record.offset() + 1);
            }
            if (live.number() > delivered
                    && subscriber
                            .subscription()
                            .matches(live.reading().sensorId(), live.reading().type(), live.site())
                    && hub.admit(subscriber, live.reading())) {
                byte[] id = idLineAt(
                        live.isLast() ? null : new PartialRecord(topic.idHash(), partition.partition(), live.number()));
                subscriber.offerMissed(LiveEvent.of(id, live.reading(), LiveEvent.body(live.reading())));
            }
        }
        reached.moveTo(partition, record.offset() + 1);
    }

    private Topic topic(TopicPartition partition) {
        return Objects.requireNonNull(reached.topic(partition.topic())).topic();
    }

    private void gap(Gap gap) {
        hub.count(gap);
        subscriber.offerMissed(LiveEvent.gap(gapFill == null ? idLineAt(partialRecord) : idLine(gapFill), gap));
    }

    private byte[] idLineAt(@Nullable PartialRecord at) {
        return idLine(EventId.of(subscriber.subscription(), reached, at).withCatchingUp(from.isCatchingUp()));
    }

    private byte[] idLine(EventId id) {
        String text = id.text(subscriber.subscription().fingerprint());
        if (text == null) {
            throw new TooManyPartitionsException();
        }
        return LiveEvent.idLine(text);
    }
}
