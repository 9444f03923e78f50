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
 * Stored readings for one subscriber: sensor after sensor, each in order of time, those of them that lie before the cutover. A
 * page is read when the one before has been taken, and one ahead.
 */
final class StoredReplay {

    /** Behind the last instant that a reading can have. */
    static final long END_MILLIS = Reading.MAX_TIMESTAMP_MILLIS + 1;

    /** Of a sensor's newest readings the first may be Kafka's to give, and hardly so many. */
    private static final int NEWEST_FIRST_ASKED = 16;

    /** How long a page may take to be taken, so that who reads slowly does not keep others from their turn. */
    private static final Duration TAKEN_WITHIN = Duration.ofSeconds(60);

    private final Subscriber subscriber;
    private final EventId id;
    private final ReplayCutover cutover;
    private final ReplaySource source;
    private final Hub hub;
    private ReplayPosition reached;

    /**
     * History from an id on.
     *
     * @param id in the middle of history
     */
    StoredReplay(Subscriber subscriber, EventId id, ReplayCutover cutover, ReplaySource source, Hub hub) {
        this.subscriber = subscriber;
        this.id = id;
        this.cutover = cutover;
        this.source = source;
        this.hub = hub;
        this.reached = Objects.requireNonNull(id.replay());
    }

    /** @param sensors in the order of their ids; those that were given already are left out */
    Uni<Void> give(List<Sensor> sensors) {
        ReplayPosition begun = reached;
        return Multi.createFrom()
                .iterable(sensors)
                .filter(sensor -> begun.sensorId() == null || sensor.id().compareTo(begun.sensorId()) >= 0)
                .plug(Concatenation.streams(sensor -> {
                    boolean isBegun = sensor.id().equals(begun.sensorId());
                    return subscriber.mode() == Mode.LATEST
                            ? isBegun ? Multi.createFrom().empty() : newest(sensor)
                            : all(sensor, isBegun ? begun.timestampMillis() + 1 : begun.fromMillis());
                }))
                .plug(Concatenation.unis(this::give))
                .collect()
                .last()
                .replaceWithVoid();
    }

    /** It takes so long to be given a page that it has to come again. */
    static final class TooSlowException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** A part of what is given. */
    private record Page(Sensor sensor, List<StoredReading> readings) {}

    private Multi<Page> all(Sensor sensor, long fromMillis) {
        return source.range(sensor, fromMillis, END_MILLIS, Order.ASC, Long.MAX_VALUE)
                .map(page -> history(sensor, page));
    }

    private Multi<Page> newest(Sensor sensor) {
        return newest(sensor, NEWEST_FIRST_ASKED)
                .toUni()
                .onItem()
                .transformToMulti(found -> found == null
                        ? newest(sensor, Long.MAX_VALUE)
                        : Multi.createFrom().item(found));
    }

    /** The newest reading of history among so many; none if it is not among them. */
    private Multi<Page> newest(Sensor sensor, long asked) {
        return source.range(sensor, reached.fromMillis(), END_MILLIS, Order.DESC, asked)
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

    private Uni<Void> give(Page page) {
        return Uni.createFrom()
                .<Void>emitter(emitter -> give(page, 0, emitter))
                .ifNoItem()
                .after(TAKEN_WITHIN)
                .failWith(TooSlowException::new);
    }

    /** Gives the readings of a page from one on, as far as there is room, and the rest when there is again. */
    private void give(Page page, int from, UniEmitter<? super Void> emitter) {
        for (int next = from; next < page.readings().size(); next++) {
            int rest = next;
            if (!subscriber.hasCapacity(() -> give(page, rest, emitter))) {
                return;
            }
            StoredReading stored = page.readings().get(next);
            Sensor sensor = page.sensor();
            reached = reached.after(sensor.id(), stored.timestampMillis());
            String text = id.withReplay(reached).text(subscriber.subscription().fingerprint());
            if (text == null) {
                emitter.fail(new TooManyPartitionsException());
                return;
            }
            Reading reading = new Reading(sensor.id(), sensor.type(), stored.timestampMillis(), stored.value());
            // Of history it is the newest, whatever was noted of readings that were deleted since.
            hub.admit(subscriber, reading);
            subscriber.offerMissed(LiveEvent.of(LiveEvent.idLine(text), reading, LiveEvent.body(reading)));
        }
        emitter.complete(null);
    }
}
