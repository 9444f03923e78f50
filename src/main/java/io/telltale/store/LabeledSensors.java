package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Knows which sensors match the label filters of open live streams, without a lookup per reading. A filter's sensors are read
 * when its first stream opens. {@link SensorChangePoller} reports every sensor that changes afterwards.
 */
@Singleton
public class LabeledSensors {

    /** Of all filters together, some 100 bytes each. */
    static final int MAX_SENSORS = 200_000;

    private static final int EXPECTED_SENSORS = 512;

    private final SensorLists lists;
    private final Map<SensorFilter, Members> filters = new ConcurrentHashMap<>();

    /** The sensors of a filter. Guarded by {@code filters} except for the ids. */
    private final class Members {
        private final SensorFilter filter;
        private final Set<SensorId> ids = ConcurrentHashMap.newKeySet();
        private final Uni<Void> loaded;
        private int watches;

        private Members(SensorFilter filter) {
            this.filter = filter;
            this.loaded = load().memoize().indefinitely();
        }

        private Uni<Void> load() {
            return lists.all(filter, null, EXPECTED_SENSORS, Consistency.DEFAULT)
                    .invoke(sensor -> {
                        ids.add(sensor.id());
                        requireNotTooMany();
                    })
                    .collect()
                    .last()
                    .replaceWithVoid();
        }

        private void update(Sensor sensor) {
            if (filter.matches(sensor)) {
                ids.add(sensor.id());
            } else {
                ids.remove(sensor.id());
            }
        }
    }

    @Inject
    LabeledSensors(SensorLists lists) {
        this.lists = lists;
    }

    /** Watches the sensors that have all of these labels, at least one, until the watch is released. */
    public Watch watch(Map<String, String> labels) {
        Members members = filters.compute(new SensorFilter(null, null, labels), (filter, known) -> {
            Members watched = known == null ? new Members(filter) : known;
            watched.watches++;
            return watched;
        });
        return new Watch(members);
    }

    /** Whether changes of sensors have to be reported. */
    boolean isWatching() {
        return !filters.isEmpty();
    }

    /** Reports a sensor whose metadata may have changed. */
    void update(Sensor sensor) {
        filters.values().forEach(members -> members.update(sensor));
    }

    /** Reads the sensors of all filters again, because changes may have been missed. */
    Uni<Void> reload() {
        return Multi.createFrom()
                .iterable(filters.values())
                .plug(Concatenation.unis(
                        members -> lists.all(members.filter, null, EXPECTED_SENSORS, Consistency.DEFAULT)
                                .map(Sensor::id)
                                .collect()
                                .asSet()
                                .invoke(found -> {
                                    members.ids.retainAll(found);
                                    members.ids.addAll(found);
                                })))
                .collect()
                .last()
                .replaceWithVoid();
    }

    private void requireNotTooMany() {
        int watched = filters.values().stream()
                .mapToInt(members -> members.ids.size())
                .sum();
        if (watched > MAX_SENSORS) {
            throw Problem.of(
                            ProblemCode.TOO_MANY,
                            "the label filters of this replica's live streams match more than %d sensors;"
                                            .formatted(MAX_SENSORS)
                                    + " use labels of fewer sensors, or filter by type or site alone")
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                    .exception();
        }
    }

    /** The sensors that one stream watches. Thread-safe. */
    public final class Watch {
        private final Members members;
        private boolean isReleased;

        private Watch(Members members) {
            this.members = members;
        }

        /** Completes when the sensors are known; fails if Cassandra is unavailable, or if they are too many. */
        public Uni<Void> ready() {
            return members.loaded.onFailure().invoke(failure -> forget());
        }

        /** Whether a sensor has the labels, as far as this replica knows: at most 10 s after a change. */
        public boolean contains(SensorId id) {
            return members.ids.contains(id);
        }

        /** Idempotent. */
        public synchronized void release() {
            if (!isReleased) {
                isReleased = true;
                filters.computeIfPresent(
                        members.filter, (filter, known) -> known == members && --known.watches == 0 ? null : known);
            }
        }

        /** The next stream reads the sensors again; streams that wait for this read fail too. */
        private void forget() {
            filters.remove(members.filter, members);
        }
    }
}
