package io.telltale.live;

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
    private final LiveRecords records;
    private final SensorTopics topics;
    private final Hub hub;
    private final Positions reached = new Positions();
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
        DONE
    }

    CatchUp(Subscriber subscriber, EventId from, Tail tail, LiveRecords records, SensorTopics topics, Hub hub) {
        this.subscriber = subscriber;
        this.from = from;
        this.tail = tail;
        this.records = records;
        this.topics = topics;
        this.hub = hub;
        this.within = from.within();
    }

    Subscriber subscriber() {
        return subscriber;
    }

    /** Reads some. On a thread that may wait for Kafka. */
    Step step(Consumer<byte[], byte[]> consumer, Runnable whenTaken) {
        Positions to = target;
        if (to == null) {
            to = tail.positions(subscriber.feed());
            if (!isBegun && !begin(to)) {
                return Step.SOON;
            }
            align(consumer, to);
            target = to;
        }
        if (!reached.covers(to)) {
            return read(consumer, to, whenTaken);
        }
        target = null;
        if (isHeld) {
            isHeld = false;
            return subscriber.release() ? Step.DONE : Step.GO_ON;
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
        target = held;
        return Step.GO_ON;
    }

    /** Finds the topics of the id again. False if the tail does not know one yet that there is. */
    private boolean begin(Positions here) {
        Map<Integer, LiveTopic> byMark = new HashMap<>();
        topics.awaited().values().forEach(topic -> byMark.put(topic.mark(), topic));
        boolean isOneGone = false;
        for (EventId.Topic place : from.topics()) {
            LiveTopic topic = byMark.get(place.mark());
            if (topic == null) {
                isOneGone = true;
            } else if (subscriber.feed().listensTo(topic.type())) {
                Positions.Topic known = here.topic(topic.name());
                if (known == null || known.topic().mark() != topic.mark()) {
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
        gone.forEach(reached::forget);
        List<LiveTopic> all = to.topics().stream().map(Positions.Topic::topic).toList();
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(Tail.partitions(all), ANSWER);
        Map<TopicPartition, Long> ends = consumer.endOffsets(Tail.partitions(all), ANSWER);
        boolean isRemoved = false;
        boolean isCutOff = !gone.isEmpty();
        for (LiveTopic topic : all) {
            Positions.Topic known = reached.topic(topic.name());
            long[] next = Tail.offsets(topic, 0, starts);
            for (int partition = 0;
                    known != null && partition < Math.min(next.length, known.partitions());
                    partition++) {
                long wanted = known.next(partition);
                long end = ends.getOrDefault(new TopicPartition(topic.name(), partition), wanted);
                isRemoved |= wanted < next[partition];
                isCutOff |= wanted > end;
                next[partition] = Math.min(Math.max(wanted, next[partition]), Math.max(end, next[partition]));
            }
            reached.place(topic, next);
        }
        if (isRemoved) {
            gap(Gap.RETENTION);
        }
        if (isCutOff) {
            gap(Gap.TOPIC_REMADE);
        }
    }

    private static boolean isGone(Positions.Topic topic, Positions.@Nullable Topic now) {
        return now == null || now.topic().mark() != topic.topic().mark();
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
        LiveTopic topic = topic(partition);
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
                            .wants(shown.reading().sensorId(), shown.reading().type(), shown.site())) {
                offer(
                        shown.isLast() ? null : new Within(topic.mark(), partition.partition(), shown.number()),
                        Hub.encode(shown.reading()));
            }
        }
        reached.moveTo(partition, record.offset() + 1);
    }

    private LiveTopic topic(TopicPartition partition) {
        return Objects.requireNonNull(reached.topic(partition.topic())).topic();
    }

    private void gap(Gap gap) {
        hub.missed(gap);
        offer(within, gap.rest());
    }

    private void offer(@Nullable Within at, byte[] rest) {
        String id = EventId.text(subscriber.feed(), reached, at);
        if (id == null) {
            throw new TooManyPartitionsException();
        }
        subscriber.offerMissed(new LiveEvent(LiveEvent.idLine(id), rest));
    }

    /** Its ids would be longer than may be. */
    static final class TooManyPartitionsException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
