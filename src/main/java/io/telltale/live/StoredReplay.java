package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.telltale.api.Order;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.store.StoredReading;
import io.telltale.streams.Concatenation;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Delivers the stored readings before the cutover to one subscriber: one sensor after another, each in order of time.
 * Reads a page when the one before has been delivered, and one page ahead.
 */
final class StoredReplay {

    /** The end of every range: after the last possible event time. */
    static final long END_MILLIS = Reading.MAX_TIMESTAMP_MILLIS + 1;

    /** The newest readings of a sensor may be supplied by Kafka, but rarely so many of them. */
    private static final int LIKELY_NEWEST = 16;

    /** The time in which a client must accept a page. A slower one releases its permit, and resumes later. */
    private static final Duration PAGE_TIMEOUT = Duration.ofSeconds(60);

    private final Subscriber subscriber;
    private final EventId id;
    private final ReplayCutover cutover;
    private final ReplaySource source;
    private final Hub hub;
    private ReplayPosition position;

    /**
     * A replay from an id on.
     *
     * @param cutover of an id with a replay position
     */
    StoredReplay(Subscriber subscriber, ReplayCutover cutover, ReplaySource source, Hub hub) {
        this.subscriber = subscriber;
        this.id = cutover.id();
        this.cutover = cutover;
        this.source = source;
        this.hub = hub;
        this.position = Objects.requireNonNull(id.replay());
    }

    /**
     * Delivers the rest of the replay.
     *
     * @param sensors in the order of their ids; those before the replay position are skipped
     */
    Uni<Void> deliver(List<Sensor> sensors) {
        ReplayPosition start = position;
        return Multi.createFrom()
                .iterable(sensors)
                .filter(sensor -> start.sensorId() == null || sensor.id().compareTo(start.sensorId()) >= 0)
                .plug(Concatenation.streams(sensor -> {
                    boolean isStarted = sensor.id().equals(start.sensorId());
                    return subscriber.mode() == Mode.LATEST
                            ? isStarted ? Multi.createFrom().empty() : newest(sensor)
                            : all(sensor, isStarted ? start.timestampMillis() + 1 : start.fromMillis());
                }))
                .plug(Concatenation.unis(this::deliver))
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** A client did not accept a page in time. */
    static final class TooSlowException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Some readings of a sensor. */
    private record Page(Sensor sensor, List<StoredReading> readings) {}

    private Multi<Page> all(Sensor sensor, long fromMillis) {
        return source.range(sensor, fromMillis, END_MILLIS, Order.ASC, Long.MAX_VALUE)
                .map(page -> history(sensor, page));
    }

    private Multi<Page> newest(Sensor sensor) {
        return newest(sensor, LIKELY_NEWEST)
                .toUni()
                .onItem()
                .transformToMulti(found -> found == null
                        ? newest(sensor, Long.MAX_VALUE)
                        : Multi.createFrom().item(found));
    }

    /** The newest reading that history supplies, among the newest stored ones; empty if none of them is. */
    private Multi<Page> newest(Sensor sensor, long limit) {
        return source.range(sensor, position.fromMillis(), END_MILLIS, Order.DESC, limit)
                .map(page -> history(sensor, page).readings())
                .filter(history -> !history.isEmpty())
                .select()
                .first()
                .map(history -> new Page(sensor, history.subList(0, 1)));
    }

    private Page history(Sensor sensor, List<StoredReading> page) {
        return new Page(
                sensor,
                page.stream()
                        .filter(reading -> cutover.isHistory(sensor.type(), reading.origin()))
                        .toList());
    }

    private Uni<Void> deliver(Page page) {
        return Uni.createFrom()
                .<Void>emitter(emitter -> deliver(page, 0, emitter))
                .ifNoItem()
                .after(PAGE_TIMEOUT)
                .failWith(TooSlowException::new);
    }

    /** Delivers the readings of a page from an index on; continues later if the subscriber has no capacity. */
    private void deliver(Page page, int from, UniEmitter<? super Void> emitter) {
        for (int next = from; next < page.readings().size(); next++) {
            int rest = next;
            if (!subscriber.hasCapacity(() -> deliver(page, rest, emitter))) {
                return;
            }
            StoredReading stored = page.readings().get(next);
            Sensor sensor = page.sensor();
            position = position.after(sensor.id(), stored.timestampMillis());
            String text = id.withReplay(position).text(subscriber.subscription().fingerprint());
            if (text == null) {
                emitter.fail(new TooManyPartitionsException());
                return;
            }
            Reading reading = new Reading(sensor.id(), sensor.type(), stored.timestampMillis(), stored.value());
            // Sent even if a newer event time was recorded: that reading has been deleted since.
            hub.admit(subscriber, reading);
            subscriber.offerMissed(LiveEvent.of(LiveEvent.idLine(text), reading, LiveEvent.body(reading)));
        }
        emitter.complete(null);
    }
}
