package io.telltale.store;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the sensors whose newest reading is older than twice their expected interval, or that have no reading left.
 *
 * <p>Each page reads the newest readings of all sensors with an expected interval that match the filter, and keeps as
 * many as the page has. So its memory is bounded, and its time grows with the number of those sensors.
 */
@Singleton
public class StaleSensors {

    private static final int SENSORS_PER_BATCH = 256;

    private final SensorLists lists;
    private final NewestReadings newest;
    private final Clock clock;

    @Inject
    StaleSensors(SensorLists lists, NewestReadings newest, Clock clock) {
        this.lists = lists;
        this.newest = newest;
        this.clock = clock;
    }

    /** A stale sensor, and its newest reading if it has one. */
    public record StaleSensor(Sensor sensor, Optional<StoredReading> newest) {

        Position position() {
            return new Position(newest.map(StoredReading::timestampMillis).orElse(Position.NO_READING), sensor.id());
        }
    }

    /**
     * A position in the order of stale sensors: oldest first, at equal times by id.
     *
     * @param newestMillis the event time of the newest reading; {@link #NO_READING} without one
     */
    public record Position(long newestMillis, SensorId id) implements Comparable<Position> {

        /** Sorts sensors without a reading first. */
        static final long NO_READING = Long.MIN_VALUE;

        private static final Comparator<Position> ORDER =
                Comparator.comparingLong(Position::newestMillis).thenComparing(Position::id);

        public static Position of(StaleSensor sensor) {
            return sensor.position();
        }

        @Override
        public int compareTo(Position other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * Reads a page of the sensors that are stale now, oldest first. Only the last page has fewer than {@code limit}.
     *
     * @param scope only sensors that exist for the caller
     * @param after the last sensor of the previous page; null for the first page
     */
    public Uni<List<StaleSensor>> page(
            SensorFilter filter, Scope scope, @Nullable Position after, int limit, Consistency consistency) {
        return lists.expected(filter, consistency)
                .filter(scope::allows)
                .group()
                .intoLists()
                .of(SENSORS_PER_BATCH)
                .plug(Concatenation.unis(
                        batch -> newest.of(batch, consistency).map(found -> stale(batch, found, after))))
                .plug(Concatenation.contents(found -> found))
                .collect()
                .in(() -> new TreeSet<>(Comparator.comparing(StaleSensor::position)), (oldest, sensor) -> {
                    oldest.add(sensor);
                    if (oldest.size() > limit) {
                        oldest.pollLast();
                    }
                })
                .map(List::copyOf);
    }

    private List<StaleSensor> stale(
            List<Sensor> sensors, Map<SensorId, StoredReading> newestReadings, @Nullable Position after) {
        long nowMillis = clock.millis();
        return sensors.stream()
                .map(sensor -> new StaleSensor(sensor, Optional.ofNullable(newestReadings.get(sensor.id()))))
                .filter(found -> isStale(found, nowMillis)
                        && (after == null || found.position().compareTo(after) > 0))
                .toList();
    }

    private static boolean isStale(StaleSensor found, long nowMillis) {
        return found.newest()
                .map(reading -> Boolean.TRUE.equals(found.sensor().isStaleAt(nowMillis - reading.timestampMillis())))
                .orElse(true);
    }
}
