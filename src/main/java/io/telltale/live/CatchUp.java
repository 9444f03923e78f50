package io.telltale.live;

import io.telltale.kafka.Topic;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.live.EventId.PartialRecord;
import io.telltale.live.LiveEvent.Gap;
import io.telltale.live.LiveDecoder.LiveReading;
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
    private final LiveDecoder decoder;
    private final SensorTopics topics;
    private final Positions reached = new Positions();
    private @Nullable EventId gapFill;
    private @Nullable Positions target;
    private @Nullable PartialRecord partialRecord;
    private boolean isResolved;
    private boolean isBuffering;

    /** What comes of a step. */
    enum Step {
        /** There is more to read. */
        CONTINUE,
        /** Somebody else has to come on first: Kafka's metadata, or the tail. */
        RETRY_SOON,
        /** The subscriber has no room, and calls when it has. */
        AWAIT_CAPACITY,
        /** History has to {@linkplain #gapFill gapFill in} first. */
        FILL_GAP,
        DONE
    }

    CatchUp(Subscriber subscriber, EventId from, Tail tail, Hub hub, LiveDecoder decoder, SensorTopics topics) {
        this.subscriber = subscriber;
        this.from = from;
        this.tail = tail;
        this.hub = hub;
        this.decoder = decoder;
        this.topics = topics;
        this.partialRecord = from.partialRecord();
        // Where it is in time is not known better before it is through: partitions are read one after another.
        reached.setRecordTimeMillis(from.recordTimeSeconds() * 1_000);
    }

    Subscriber subscriber() {
        return subscriber;
    }

    /** From where history is to gapFill in for what Kafka has removed, after {@link Step#FILL_GAP}. */
    EventId gapFill() {
        return Objects.requireNonNull(gapFill);
    }

    /** Reads some. On a thread that may wait for Kafka. */
    Step step(Consumer<byte[], byte[]> consumer, Runnable onCapacity) {
        Positions to = target;
        if (to == null) {
            if (isBuffering) {
                // Kafka failed since. What is held is read here.
                isBuffering = false;
                subscriber.stopBuffering();
            }
            to = tail.positions(subscriber.subscription());
            if (!isResolved && !begin(to)) {
                return Step.RETRY_SOON;
            }
            align(consumer, to);
            if (gapFill != null) {
                return Step.FILL_GAP;
            }
            if (!coversBegun(to)) {
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
            return release() ? Step.DONE : Step.CONTINUE;
        }
        if (!subscriber.hasCapacity(onCapacity)) {
            return Step.AWAIT_CAPACITY;
        }
        Positions held = tail.bufferFor(subscriber, reached);
        if (held == null) {
            return Step.RETRY_SOON;
        }
        isBuffering = true;
        align(consumer, held);
        if (gapFill != null) {
            subscriber.stopBuffering();
            return Step.FILL_GAP;
        }
        target = held;
        return Step.CONTINUE;
    }

    private boolean release() {
        return subscriber.release(
                from.isCatchingUp() ? LiveEvent.caughtUp(idLine(EventId.of(subscriber.subscription(), reached, null))) : null);
    }

    /** Finds the topics of the id again. False if the tail does not know one yet that there is. */
    private boolean begin(Positions here) {
        Map<Integer, Topic> byMark = new HashMap<>();
        topics.await().values().forEach(topic -> byMark.put(topic.idHash(), topic));
        boolean isOneGone = false;
        for (EventId.TopicOffsets place : from.topics()) {
            Topic topic = byMark.get(place.topicIdHash());
            if (topic == null) {
                isOneGone = true;
            } else if (subscriber.subscription().includes(topic.type())) {
                Positions.TopicPosition known = here.topic(topic.name());
                if (known == null
                        || known.topic().idHash() != topic.idHash()
                        || known.partitions() < Math.min(place.next().size(), topic.partitions())) {
                    return false;
                }
                reached.put(
                        topic, place.next().stream().mapToLong(Long::longValue).toArray());
            }
        }
        if (!from.isForAllTopics() && subscriber.subscription().types().isEmpty()) {
            // Which topics its sensors are in was known when the id was made, and is not now: the others have nothing
            // for it.
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
        if (isOneGone) {
            gap(Gap.TOPIC_RECREATED);
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
        gone.forEach(reached::remove);
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
            reached.put(topic, next);
        }
        if (isRemoved) {
            EventId filled = EventId.of(subscriber.subscription(), reached, seen, partialRecord)
                    .withCatchingUp(from.isCatchingUp())
                    .withReplay(ReplayPosition.from(ReplayPosition.UNDECIDED));
            // Where its id would be too long there is the gap alone.
            gapFill = filled.text(subscriber.subscription().fingerprint()) == null ? null : filled;
            gap(Gap.RETENTION);
        }
        if (isCutOff) {
            gap(Gap.TOPIC_RECREATED);
        }
    }

    /**
     * Of a record in whose middle it stopped and that Kafka has removed, nobody can tell which readings were given: history
     * fills in behind it.
     */
    private void loseBegun(Topic topic, int partition, Positions seen) {
        PartialRecord begun = partialRecord;
        TopicPartition lost = new TopicPartition(topic.name(), partition);
        if (begun != null && begun.isIn(topic, lost)) {
            seen.moveTo(lost, seen.next(lost) + 1);
            partialRecord = null;
        }
    }

    /** Whether the tail is past the record in whose middle it stopped: else it would be given whole there. */
    private boolean coversBegun(Positions to) {
        PartialRecord begun = partialRecord;
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

    private Step read(Consumer<byte[], byte[]> consumer, Positions to, Runnable onCapacity) {
        Map<TopicPartition, Long> ends = new HashMap<>(to.byPartition());
        ends.entrySet().removeIf(end -> reached.next(end.getKey()) >= end.getValue());
        PartialRecord begun = partialRecord;
        if (begun != null) {
            // First the rest of the pack in whose middle it stopped: an id has room for one such.
            ends.keySet().removeIf(partition -> !begun.isIn(topic(partition), partition));
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
        } catch (OffsetOutOfRangeException removedMeanwhile) {
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
            give(record, partition);
        }
        // Also over what no reader is given, such as the end of a transaction.
        ends.forEach((partition, end) -> reached.moveTo(
                partition, Math.max(reached.next(partition), Math.min(consumer.position(partition), end))));
        return Step.CONTINUE;
    }

    private void give(ConsumerRecord<byte[], byte[]> record, TopicPartition partition) {
        Topic topic = topic(partition);
        PartialRecord begun = partialRecord;
        int given = begun != null && record.offset() == reached.next(partition) ? begun.delivered() : 0;
        partialRecord = null;
        for (LiveReading shown : decoder.decode(record, subscriber.subscription()::mayMatch)) {
            if (shown.isLast()) {
                reached.moveTo(partition, record.offset() + 1);
            }
            if (shown.number() > given
                    && subscriber
                            .subscription()
                            .matches(shown.reading().sensorId(), shown.reading().type(), shown.site())
                    && hub.admit(subscriber, shown.reading())) {
                byte[] id =
                        here(shown.isLast() ? null : new PartialRecord(topic.idHash(), partition.partition(), shown.number()));
                subscriber.offerMissed(LiveEvent.of(id, shown.reading(), LiveEvent.body(shown.reading())));
            }
        }
        reached.moveTo(partition, record.offset() + 1);
    }

    private Topic topic(TopicPartition partition) {
        return Objects.requireNonNull(reached.topic(partition.topic())).topic();
    }

    private void gap(Gap gap) {
        hub.count(gap);
        subscriber.offerMissed(LiveEvent.gap(gapFill == null ? here(partialRecord) : idLine(gapFill), gap));
    }

    private byte[] here(@Nullable PartialRecord at) {
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
