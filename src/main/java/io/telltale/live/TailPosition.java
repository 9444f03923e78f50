package io.telltale.live;

import io.telltale.live.EventId.PartialRecord;
import io.telltale.live.LiveDecoder.LiveReading;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The position of the tail. It moves in the same critical section that publishes a record: a subscriber that starts
 * here receives every later record and none before. Kept while the consumer restarts, so that no record is skipped.
 * Thread-safe.
 */
@Singleton
class TailPosition {

    private final Hub hub;
    private final LiveDecoder decoder;
    private final Clock clock;

    /** Set before the tail runs: both start with the first subscriber. */
    private volatile BiConsumer<Subscriber, EventId> catchUps = (subscriber, id) -> {};

    // Guarded by this.
    private final Positions positions = new Positions();

    @Inject
    TailPosition(Hub hub, LiveDecoder decoder, Clock clock) {
        this.hub = hub;
        this.decoder = decoder;
        this.clock = clock;
    }

    /** Publishes the readings of a record, and moves past it. */
    void publish(ConsumerRecord<byte[], byte[]> record) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        try {
            long arrivals = hub.arrivals();
            List<LiveReading> readings = decoder.decode(record, hub::mayMatch);
            synchronized (this) {
                if (hub.arrivals() != arrivals) {
                    // A subscriber that arrived during decoding may start before this record.
                    readings = decoder.decode(record, hub::mayMatch);
                }
                suspendForSites(readings);
                positions.setRecordTimeMillis(Math.min(record.timestamp(), clock.millis()));
                for (LiveReading reading : readings) {
                    publish(reading, record, partition);
                }
            }
        } finally {
            // Also after a failure: the next run of the tail must not read the same record again.
            synchronized (this) {
                positions.moveTo(partition, record.offset() + 1);
            }
        }
    }

    /** Lets subscribers catch up from before this record, if its sensor has to be looked up for them. */
    private void suspendForSites(List<LiveReading> readings) {
        for (LiveReading reading : readings) {
            if (!reading.isSiteCertain()) {
                hub.suspendForSite(reading.reading(), reading.site())
                        .forEach(subscriber ->
                                catchUps.accept(subscriber, EventId.of(subscriber.subscription(), positions, null)));
            }
        }
    }

    /** Sets what starts the catch-up of a subscriber behind an id. */
    void setCatchUps(BiConsumer<Subscriber, EventId> starter) {
        catchUps = starter;
    }

    private void publish(LiveReading reading, ConsumerRecord<byte[], byte[]> record, TopicPartition partition) {
        PartialRecord partialRecord = reading.isLast() ? null : partialRecord(partition, reading.number());
        if (partialRecord == null) {
            positions.moveTo(partition, record.offset() + 1);
        }
        hub.publish(reading.reading(), reading.site(), record.timestamp(), subscription -> EventId.of(
                        subscription, positions, partialRecord)
                .text(subscription.fingerprint()));
    }

    private @Nullable PartialRecord partialRecord(TopicPartition partition, int delivered) {
        Positions.TopicPosition topic = positions.topic(partition.topic());
        return topic == null ? null : new PartialRecord(topic.topic().idHash(), partition.partition(), delivered);
    }

    /**
     * Starts a registered subscriber at this position.
     *
     * @return false if its ids would be too long
     */
    synchronized boolean begin(Subscriber subscriber) {
        Subscription subscription = subscriber.subscription();
        String id = EventId.of(subscription, positions, null).text(subscription.fingerprint());
        if (id == null) {
            return false;
        }
        subscriber.begin(LiveEvent.idLine(id), true);
        return true;
    }

    /**
     * Starts to buffer new events for a subscriber.
     *
     * @param delivered the position up to which the subscriber has received everything
     * @return the position from which events are buffered; null if the tail has not reached {@code delivered} yet
     */
    synchronized @Nullable Positions bufferFor(Subscriber subscriber, Positions delivered) {
        if (!positions.covers(delivered)) {
            return null;
        }
        subscriber.startBuffering();
        return positions.copy(subscriber.subscription()::includes);
    }

    synchronized void heartbeat() {
        hub.heartbeat(subscription -> EventId.of(subscription, positions, null).text(subscription.fingerprint()));
    }

    /** A copy of the position in the topics of a subscription. */
    synchronized Positions of(Subscription subscription) {
        return positions.copy(subscription::includes);
    }

    /** The next offset of each partition. */
    synchronized Map<TopicPartition, Long> byPartition() {
        return positions.byPartition();
    }

    synchronized void clear() {
        positions.clear();
    }

    synchronized boolean isEmpty() {
        return positions.isEmpty();
    }

    /** Reads or changes the position atomically. */
    synchronized <T> T update(Function<Positions, T> action) {
        return action.apply(positions);
    }
}
