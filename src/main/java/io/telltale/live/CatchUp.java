package io.telltale.live;

import io.telltale.kafka.Topic;
import io.telltale.live.EventId.PartialRecord;
import io.telltale.live.LiveDecoder.LiveReading;
import io.telltale.live.LiveEvent.Gap;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events that a subscriber missed, one poll per step, up to the position of the tail. There it lets the
 * subscriber buffer the events of the tail, reads the rest, and lets it go live. A catch-up never overtakes the tail:
 * the ids of the tail would then repeat events.
 */
final class CatchUp {

    private static final Duration POLL = Duration.ofMillis(200);

    private final Subscriber subscriber;
    private final EventId from;
    private final TailPosition tail;
    private final Hub hub;
    private final LiveDecoder decoder;
    private final CatchUpPosition position;
    private final SiteLookups lookups;
    private @Nullable EventId gapFill;
    private @Nullable Positions target;
    private boolean isBuffering;

    /** The result of a step. */
    enum Step {
        /** There is more to read now. */
        CONTINUE,
        /** The tail, or its view of the topics, is behind the id; or the deletions are not known yet. */
        RETRY_SOON,
        /** The queue of the subscriber is full; it calls back when it has capacity. */
        AWAIT_CAPACITY,
        /** Kafka has no more records that are missing: history has to fill the {@linkplain #gapFill gap} first. */
        FILL_GAP,
        /**
         * Topics may have been created and deleted behind the id of {@link #nextSearch}: {@link CreatedTopics} has to
         * find them, and another catch-up continues there.
         */
        FIND_TOPICS,
        DONE
    }

    /** @param from the id to resume behind, with the topics that were found behind it */
    CatchUp(
            Subscriber subscriber,
            CreatedTopics.TopicSearch from,
            TailPosition tail,
            Hub hub,
            LiveDecoder decoder,
            SensorTopics topics) {
        this.subscriber = subscriber;
        this.from = from.id();
        this.tail = tail;
        this.hub = hub;
        this.decoder = decoder;
        this.lookups = new SiteLookups(decoder::find);
        this.position = new CatchUpPosition(subscriber.subscription(), from, topics);
    }

    Subscriber subscriber() {
        return subscriber;
    }

    /** Where another catch-up continues after a search, after {@link Step#FIND_TOPICS}. */
    CreatedTopics.TopicSearch nextSearch() {
        return position.nextSearch();
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
        if (!decoder.isReadyForOldRecords()) {
            return Step.RETRY_SOON;
        }
        Positions to = target;
        if (to == null) {
            if (isBuffering) {
                // A request to Kafka failed after buffering started. This catch-up reads the buffered events again.
                isBuffering = false;
                subscriber.stopBuffering();
            }
            to = tail.of(subscriber.subscription());
            if (position.isSearchDue(to)) {
                return Step.FIND_TOPICS;
            }
            if (!align(consumer, to)) {
                return Step.RETRY_SOON;
            }
            if (gapFill != null) {
                return Step.FILL_GAP;
            }
            if (!position.coversPartialRecord(to)) {
                return Step.RETRY_SOON;
            }
            target = to;
        }
        if (!position.reached().covers(to)) {
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
        Positions buffered = tail.bufferFor(subscriber, position.reached());
        if (buffered == null) {
            return Step.RETRY_SOON;
        }
        if (position.isSearchDue(buffered)) {
            subscriber.stopBuffering();
            return Step.FIND_TOPICS;
        }
        isBuffering = true;
        if (!align(consumer, buffered)) {
            return Step.RETRY_SOON;
        }
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
                        ? LiveEvent.caughtUp(idLine(EventId.of(subscriber.subscription(), position.reached(), null)))
                        : null);
    }

    /**
     * Reports what Kafka no longer has.
     *
     * @return false if the tail does not know the topics as they are now
     */
    private boolean align(Consumer<byte[], byte[]> consumer, Positions to) {
        CatchUpPosition.Missing missing = position.align(consumer, to);
        if (missing == null) {
            return false;
        }
        gapFill = missing.fill();
        missing.reasons().forEach(this::gap);
        return true;
    }

    private Step read(Consumer<byte[], byte[]> consumer, Positions to, Runnable onCapacity) {
        Map<TopicPartition, Long> ends = new HashMap<>(to.byPartition());
        Positions reached = position.reached();
        ends.entrySet().removeIf(end -> reached.next(end.getKey()) >= end.getValue());
        PartialRecord partial = position.partialRecord();
        if (partial != null) {
            // Reads the rest of the partial record first, because an id has space for one partial record.
            ends.keySet().removeIf(partition -> !partial.isIn(position.topic(partition), partition));
            if (ends.isEmpty()) {
                position.endPartialRecord();
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
            return Step.CONTINUE;
        }
        if (!position.areCurrent(topics(found.isEmpty() ? ends.keySet() : found.partitions()))) {
            // A consumer does not notice that a topic is recreated: it continues at its offset, in the new topic. Nor
            // does it notice that a topic is deleted: it waits for records without end.
            target = null;
            return Step.RETRY_SOON;
        }
        for (ConsumerRecord<byte[], byte[]> record : found) {
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            if (record.offset() >= ends.getOrDefault(partition, 0L)) {
                continue;
            }
            if (!subscriber.hasCapacity(onCapacity)) {
                lookups.forget();
                return Step.AWAIT_CAPACITY;
            }
            List<LiveReading> readings = decode(record);
            if (!areSitesKnown(readings)) {
                lookUpAhead(found);
                return Step.RETRY_SOON;
            }
            deliver(record, partition, readings);
        }
        lookups.forget();
        // Also past what no consumer receives, such as transaction markers.
        ends.forEach((partition, end) -> reached.moveTo(
                partition, Math.max(reached.next(partition), Math.min(consumer.position(partition), end))));
        return Step.CONTINUE;
    }

    private Set<Topic> topics(Set<TopicPartition> partitions) {
        return partitions.stream().map(position::topic).collect(Collectors.toSet());
    }

    private List<LiveReading> decode(ConsumerRecord<byte[], byte[]> record) {
        return decoder.decode(record, subscriber.subscription()::mayMatch, lookups::found);
    }

    /** Whether it is known at which sites the sensors are, as far as that decides what the caller may see. */
    private boolean areSitesKnown(List<LiveReading> readings) {
        boolean areKnown = true;
        if (subscriber.subscription().filter().scope().hasSites()) {
            for (LiveReading live : readings) {
                areKnown &= !isMatched(live) || lookups.isKnown(live);
            }
        }
        return areKnown;
    }

    /** So that many sensors are not looked up one after another. */
    private void lookUpAhead(ConsumerRecords<byte[], byte[]> found) {
        int decoded = 0;
        for (ConsumerRecord<byte[], byte[]> record : found) {
            if (decoded++ < SiteLookups.MAX_PENDING) {
                areSitesKnown(decode(record));
            }
        }
    }

    private boolean isMatched(LiveReading live) {
        return subscriber
                .subscription()
                .matches(live.reading().sensorId(), live.reading().type(), live.site());
    }

    private void deliver(ConsumerRecord<byte[], byte[]> record, TopicPartition partition, List<LiveReading> readings) {
        Positions reached = position.reached();
        if (subscriber.hasReceived(record)) {
            reached.moveTo(partition, record.offset() + 1);
            return;
        }
        Topic topic = position.topic(partition);
        PartialRecord partial = position.partialRecord();
        int delivered = partial != null && record.offset() == reached.next(partition) ? partial.delivered() : 0;
        position.endPartialRecord();
        for (LiveReading live : readings) {
            if (live.isLast()) {
                reached.moveTo(partition, record.offset() + 1);
            }
            if (live.number() > delivered && isMatched(live) && hub.admit(subscriber, live.reading())) {
                byte[] id = idLineAt(
                        live.isLast() ? null : new PartialRecord(topic.idHash(), partition.partition(), live.number()));
                subscriber.offerMissed(LiveEvent.of(id, live.reading(), LiveEvent.body(live.reading())));
            }
        }
        reached.moveTo(partition, record.offset() + 1);
    }

    private void gap(Gap gap) {
        hub.count(gap);
        subscriber.offerMissed(
                LiveEvent.gap(gapFill == null ? idLineAt(position.partialRecord()) : idLine(gapFill), gap));
    }

    private byte[] idLineAt(@Nullable PartialRecord at) {
        return idLine(position.id(at));
    }

    private byte[] idLine(EventId id) {
        String text = id.text(subscriber.subscription().fingerprint());
        if (text == null) {
            throw new TooManyPartitionsException();
        }
        return LiveEvent.idLine(text);
    }
}
