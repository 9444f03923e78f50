package io.telltale.live;

import io.telltale.kafka.Topic;
import io.telltale.live.EventId.Replay;
import io.telltale.live.EventId.Within;
import io.telltale.live.LiveEvent.Gap;
import io.telltale.live.LiveRecords.Shown;
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
 * What one who resumes has missed, read for it alone, a poll at a time, up to where the tail is. When it is there, what the
 * tail brings is held for it, and what lies between is read; then it goes on with the others. It never is further than the
 * tail, whose ids would else bring some of it again.
 */
final class CatchUp {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final Subscriber subscriber;
    private final EventId from;
    private final Tail tail;
    private final Hub hub;
    private final LiveRecords records;
    private final SensorTopics topics;
    private final Positions reached = new Positions();
    private @Nullable EventId fill;
    private @Nullable Positions target;
    private @Nullable Within within;
    private boolean isBegun;
    private boolean isHeld;

    /** What comes of a step. */
    enum Step {
        /** There is more to read. */
        GO_ON,
        /** Somebody else has to come on first: Kafka's metadata, or the tail. */
        SOON,
        /** The subscriber has no room, and calls when it has. */
        WHEN_TAKEN,
        /** History has to {@linkplain #fill fill in} first. */
        FILL,
        DONE
    }

    CatchUp(Subscriber subscriber, EventId from, Tail tail, Hub hub, LiveRecords records, SensorTopics topics) {
        this.subscriber = subscriber;
        this.from = from;
        this.tail = tail;
        this.hub = hub;
        this.records = records;
        this.topics = topics;
        this.within = from.within();
        // Where it is in time is not known better before it is through: partitions are read one after another.
        reached.recorded(from.recordedSeconds() * 1_000);
    }

    Subscriber subscriber() {
        return subscriber;
    }

    /** From where history is to fill in for what Kafka has removed, after {@link Step#FILL}. */
    EventId fill() {
        return Objects.requireNonNull(fill);
    }

    /** Reads some. On a thread that may wait for Kafka. */
    Step step(Consumer<byte[], byte[]> consumer, Runnable whenTaken) {
        Positions to = target;
        if (to == null) {
            if (isHeld) {
                // Kafka failed since. What is held is read here.
                isHeld = false;
                subscriber.holdNoMore();
            }
            to = tail.positions(subscriber.feed());
            if (!isBegun && !begin(to)) {
                return Step.SOON;
            }
            align(consumer, to);
            if (fill != null) {
                return Step.FILL;
            }
            if (!coversBegun(to)) {
                return Step.SOON;
            }
            target = to;
        }
        if (!reached.covers(to)) {
            return read(consumer, to, whenTaken);
        }
        target = null;
        if (isHeld) {
            isHeld = false;
            return release() ? Step.DONE : Step.GO_ON;
        }
        if (!subscriber.hasRoom(whenTaken)) {
            return Step.WHEN_TAKEN;
        }
        Positions held = tail.holdFor(subscriber, reached);
        if (held == null) {
            return Step.SOON;
        }
        isHeld = true;
        align(consumer, held);
        if (fill != null) {
            subscriber.holdNoMore();
            return Step.FILL;
        }
        target = held;
        return Step.GO_ON;
    }

    private boolean release() {
        return subscriber.release(
                from.isCatchingUp() ? LiveEvent.caughtUp(idLine(EventId.at(subscriber.feed(), reached, null))) : null);
    }

    /** Finds the topics of the id again. False if the tail does not know one yet that there is. */
    private boolean begin(Positions here) {
        Map<Integer, Topic> byMark = new HashMap<>();
        topics.await().values().forEach(topic -> byMark.put(topic.idHash(), topic));
        boolean isOneGone = false;
        for (EventId.TopicOffsets place : from.topics()) {
            Topic topic = byMark.get(place.mark());
            if (topic == null) {
                isOneGone = true;
            } else if (subscriber.feed().listensTo(topic.type())) {
                Positions.TopicPosition known = here.topic(topic.name());
                if (known == null
                        || known.topic().idHash() != topic.idHash()
                        || known.partitions() < Math.min(place.next().size(), topic.partitions())) {
                    return false;
                }
                reached.place(
                        topic, place.next().stream().mapToLong(Long::longValue).toArray());
            }
        }
        if (!from.isOfAllTopics() && subscriber.feed().types().isEmpty()) {
            // Which topics its sensors are in was known when the id was made, and is not now: the others have nothing
            // for it.
            here.topics().stream()
                    .filter(topic -> reached.topic(topic.topic().name()) == null)
                    .forEach(topic -> {
                        long[] next = new long[topic.partitions()];
                        for (int partition = 0; partition < next.length; partition++) {
                            next[partition] = topic.next(partition);
                        }
                        reached.place(topic.topic(), next);
                    });
        }
        isBegun = true;
        if (isOneGone) {
            gap(Gap.TOPIC_REMADE);
        }
        return true;
    }

    /** Takes in what is new among the topics and partitions, and what Kafka does not have any more. */
    private void align(Consumer<byte[], byte[]> consumer, Positions to) {
        Set<String> gone = new HashSet<>();
        reached.topics().stream()
                .filter(topic -> isGone(topic, to.topic(topic.topic().name())))
                .forEach(topic -> gone.add(topic.topic().name()));
        List<Topic> all =
                to.topics().stream().map(Positions.TopicPosition::topic).toList();
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(Tail.partitions(all), ANSWER);
        Map<TopicPartition, Long> ends = consumer.endOffsets(Tail.partitions(all), ANSWER);
        // Only now: what fails before is tried again, and is to find the same.
        gone.forEach(reached::forget);
        Positions seen = reached.copy(any -> true);
        boolean isRemoved = false;
        boolean isCutOff = !gone.isEmpty();
        for (Topic topic : all) {
            Positions.TopicPosition known = reached.topic(topic.name());
            long[] next = Tail.offsets(topic, 0, starts);
            for (int partition = 0;
                    known != null && partition < Math.min(next.length, known.partitions());
                    partition++) {
                long wanted = known.next(partition);
                long end = ends.getOrDefault(new TopicPartition(topic.name(), partition), wanted);
                if (wanted < next[partition]) {
                    isRemoved = true;
                    loseBegun(topic, partition, seen);
                }
                isCutOff |= wanted > end;
                next[partition] = Math.min(Math.max(wanted, next[partition]), Math.max(end, next[partition]));
            }
            reached.place(topic, next);
        }
        if (isRemoved) {
            EventId filled = EventId.at(subscriber.feed(), reached, seen, within)
                    .catchingUp(from.isCatchingUp())
                    .with(Replay.from(Replay.UNDECIDED));
            // Where its id would be too long there is the gap alone.
            fill = filled.text(subscriber.feed().fingerprint()) == null ? null : filled;
            gap(Gap.RETENTION);
        }
        if (isCutOff) {
            gap(Gap.TOPIC_REMADE);
        }
    }

    /**
     * Of a record in whose middle it stopped and that Kafka has removed, nobody can tell which readings were given: history
     * fills in behind it.
     */
    private void loseBegun(Topic topic, int partition, Positions seen) {
        Within begun = within;
        TopicPartition lost = new TopicPartition(topic.name(), partition);
        if (begun != null && begun.isIn(topic, lost)) {
            seen.moveTo(lost, seen.next(lost) + 1);
            within = null;
        }
    }

    /** Whether the tail is past the record in whose middle it stopped: else it would be given whole there. */
    private boolean coversBegun(Positions to) {
        Within begun = within;
        return begun == null
                || to.byPartition().entrySet().stream()
                        .filter(end -> begun.isIn(
                                Objects.requireNonNull(to.topic(end.getKey().topic()))
                                        .topic(),
                                end.getKey()))
                        .allMatch(end -> end.getValue() > reached.next(end.getKey()));
    }

    private static boolean isGone(Positions.TopicPosition topic, Positions.@Nullable TopicPosition now) {
        return now == null || now.topic().idHash() != topic.topic().idHash();
    }

    private Step read(Consumer<byte[], byte[]> consumer, Positions to, Runnable whenTaken) {
        Map<TopicPartition, Long> ends = new HashMap<>(to.byPartition());
        ends.entrySet().removeIf(end -> reached.next(end.getKey()) >= end.getValue());
        Within begun = within;
        if (begun != null) {
            // First the rest of the pack in whose middle it stopped: an id has room for one such.
            ends.keySet().removeIf(partition -> !begun.isIn(topic(partition), partition));
            if (ends.isEmpty()) {
                within = null;
                return Step.GO_ON;
            }
        }
        consumer.assign(ends.keySet());
        ends.keySet().forEach(partition -> consumer.seek(partition, reached.next(partition)));
        ConsumerRecords<byte[], byte[]> found;
        try {
            found = consumer.poll(POLL);
        } catch (OffsetOutOfRangeException removedMeanwhile) {
            target = null;
            isHeld = false;
            return Step.GO_ON;
        }
        for (ConsumerRecord<byte[], byte[]> record : found) {
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            if (record.offset() >= ends.getOrDefault(partition, 0L)) {
                continue;
            }
            if (!subscriber.hasRoom(whenTaken)) {
                return Step.WHEN_TAKEN;
            }
            give(record, partition);
        }
        // Also over what no reader is given, such as the end of a transaction.
        ends.forEach((partition, end) -> reached.moveTo(
                partition, Math.max(reached.next(partition), Math.min(consumer.position(partition), end))));
        return Step.GO_ON;
    }

    private void give(ConsumerRecord<byte[], byte[]> record, TopicPartition partition) {
        Topic topic = topic(partition);
        Within begun = within;
        int given = begun != null && record.offset() == reached.next(partition) ? begun.given() : 0;
        within = null;
        for (Shown shown : records.of(record, subscriber.feed()::mayWant)) {
            if (shown.isLast()) {
                reached.moveTo(partition, record.offset() + 1);
            }
            if (shown.number() > given
                    && subscriber
                            .feed()
                            .wants(shown.reading().sensorId(), shown.reading().type(), shown.site())
                    && hub.note(subscriber, shown.reading())) {
                byte[] id =
                        here(shown.isLast() ? null : new Within(topic.idHash(), partition.partition(), shown.number()));
                subscriber.offerMissed(LiveEvent.of(id, shown.reading(), LiveEvent.rest(shown.reading())));
            }
        }
        reached.moveTo(partition, record.offset() + 1);
    }

    private Topic topic(TopicPartition partition) {
        return Objects.requireNonNull(reached.topic(partition.topic())).topic();
    }

    private void gap(Gap gap) {
        hub.count(gap);
        subscriber.offerMissed(LiveEvent.gap(fill == null ? here(within) : idLine(fill), gap));
    }

    private byte[] here(@Nullable Within at) {
        return idLine(EventId.at(subscriber.feed(), reached, at).catchingUp(from.isCatchingUp()));
    }

    private byte[] idLine(EventId id) {
        String text = id.text(subscriber.feed().fingerprint());
        if (text == null) {
            throw new TooManyPartitionsException();
        }
        return LiveEvent.idLine(text);
    }
}
