package io.telltale.live;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Order;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.live.EventId.ReplayPosition;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Sensor;
import io.telltale.settings.Bounds;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Selects the sensors and the first event time of a replay, within the limits of sensors and readings. */
@Singleton
class ReplaySelection {

    /** The maximum number of sensors that {@code since} replays. */
    static final int MAX_SENSORS = 1_000;

    /** The maximum for a resumed replay: sensors may have been added since it began, and an id may be forged. */
    private static final int MAX_RESUMED_SENSORS = 10 * MAX_SENSORS;

    /** How late a reading may be to be found by a gap fill that cannot search all readings. */
    private static final Duration GAP_FILL_LATENESS = Duration.ofHours(1);

    private static final int CONCURRENT_LOOKUPS = 32;
    private static final int CONCURRENT_COUNTS = 8;

    private final ReplaySource source;
    private final int maxReadings;

    /**
     * The sensors of a resumed replay, in the order of their ids.
     *
     * @param id the id to resume behind, with the decided first event time; without a replay position if nothing is
     *     replayed
     */
    record Resumed(EventId id, List<Sensor> sensors) {

        Resumed {
            sensors = List.copyOf(sensors);
        }
    }

    @Inject
    ReplaySelection(ReplaySource source, LiveConfig config) {
        this.source = source;
        this.maxReadings = Bounds.within("telltale.live.replayed-readings", config.replayedReadings(), 1, 100_000_000);
    }

    /**
     * The sensors of a new replay, in the order of their ids.
     *
     * @return fails with a {@link ProblemException} {@code bad-parameter} above the limits
     */
    Uni<List<Sensor>> select(Subscriber subscriber, long fromMillis) {
        return sensors(subscriber.subscription(), MAX_SENSORS + 1).call(sensors -> {
            if (sensors.size() > MAX_SENSORS) {
                throw tooManySensors();
            }
            return subscriber.mode() == Mode.LATEST
                    ? Uni.createFrom().voidItem()
                    : exceedsLimit(sensors, fromMillis).invoke(exceeds -> {
                        if (exceeds) {
                            throw tooManyReadings();
                        }
                    });
        });
    }

    private static ProblemException tooManySensors() {
        return Problem.of(
                        ProblemCode.BAD_PARAMETER,
                        ("parameter since is given for more than %1$d sensors;"
                                        + " expected at most %1$d; select them by sensor, type or site")
                                .formatted(MAX_SENSORS))
                .exception();
    }

    private ProblemException tooManyReadings() {
        return Problem.of(
                        ProblemCode.BAD_PARAMETER,
                        ("parameter since selects more than %1$d readings; expected at most"
                                        + " telltale.live.replayed-readings=%1$d; use a later time or fewer sensors")
                                .formatted(maxReadings))
                .exception();
    }

    /** The sensors of a replay that continues at an id. */
    Uni<Resumed> resume(Subscription subscription, EventId id) {
        return sensors(subscription, MAX_RESUMED_SENSORS + 1)
                .chain(sensors -> decide(id, sensors).map(decided -> new Resumed(decided, sensors)));
    }

    /**
     * Decides at which event time a gap fill begins. It searches all stored readings if they are within the limit,
     * otherwise the hour before the id. With too many sensors nothing is replayed; the gap event has reported that
     * readings are missing.
     */
    private Uni<EventId> decide(EventId id, List<Sensor> sensors) {
        if (sensors.size() > MAX_RESUMED_SENSORS) {
            return Uni.createFrom().item(id.withoutReplay());
        }
        ReplayPosition replay = id.replay();
        if (replay == null || replay.fromMillis() != ReplayPosition.UNDECIDED) {
            return Uni.createFrom().item(id);
        }
        if (sensors.size() > MAX_SENSORS) {
            return Uni.createFrom().item(id.withoutReplay());
        }
        return exceedsLimit(sensors, Reading.MIN_TIMESTAMP_MILLIS)
                .map(exceeds -> exceeds
                        ? id.recordTimeSeconds() * 1_000 - GAP_FILL_LATENESS.toMillis()
                        : Reading.MIN_TIMESTAMP_MILLIS)
                .map(fromMillis -> id.withReplay(ReplayPosition.from(fromMillis)));
    }

    /** The registered sensors of a subscription, in the order of their ids. */
    private Uni<List<Sensor>> sensors(Subscription subscription, int max) {
        SubscriptionFilter filter = subscription.filter();
        Multi<Sensor> found = filter.sensorIds().isEmpty()
                ? source.sensors(filter.sensors(), Math.min(max, MAX_SENSORS))
                : Multi.createFrom()
                        .iterable(filter.sensorIds())
                        .onItem()
                        .transformToUni(source::sensor)
                        .merge(CONCURRENT_LOOKUPS)
                        .filter(Optional::isPresent)
                        .map(Optional::get);
        return found.filter(filter::matches)
                .select()
                .first(max)
                .collect()
                .asList()
                .map(sensors -> sensors.stream()
                        .sorted(Comparator.comparing(Sensor::id))
                        .toList());
    }

    /** Whether the sensors have more stored readings than the limit. Counts by reading, and stops above the limit. */
    private Uni<Boolean> exceedsLimit(List<Sensor> sensors, long fromMillis) {
        return Multi.createFrom()
                .iterable(sensors)
                .onItem()
                .transformToMulti(
                        sensor -> source.range(sensor, fromMillis, StoredReplay.END_MILLIS, Order.ASC, maxReadings + 1L)
                                .map(page -> (long) page.size()))
                .merge(CONCURRENT_COUNTS)
                .onItem()
                .scan(() -> 0L, Long::sum)
                .filter(sum -> sum > maxReadings)
                .toUni()
                .map(more -> more != null);
    }
}
