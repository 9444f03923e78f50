package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.UniEmitter;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Knows which sensors match the label filters of open live streams, without a lookup per reading. A filter's sensors
 * are read when its first stream opens. {@link SensorChangePoller} reports every sensor that changes or is removed
 * afterwards. A sensor that is shredded is forgotten at once: the next one of its id may have other labels.
 */
@Singleton
public class LabeledSensors {

    /** Of all filters together, some 100 bytes each. */
    static final int MAX_SENSORS = 200_000;

    private static final int EXPECTED_SENSORS = 512;

    private final Function<SensorFilter, Multi<Sensor>> find;
    private final Map<SensorFilter, Members> filters = new ConcurrentHashMap<>();

    /** The sensors of a filter. Guarded by {@code filters} except for the ids. */
    private final class Members {
        private final SensorFilter filter;
        private final Set<SensorId> ids = ConcurrentHashMap.newKeySet();
        private final Uni<Void> loaded;
        private volatile @Nullable Cancellable loading;
        private volatile boolean isAbandoned;
        private int watches;

        private Members(SensorFilter filter) {
            this.filter = filter;
            this.loaded = Uni.createFrom().<Void>emitter(this::load).memoize().indefinitely();
        }

        /** Subscribes by itself: a memoized result goes on when its last waiter is gone. */
        private void load(UniEmitter<? super Void> emitter) {
            Cancellable started = find.apply(filter)
                    .invoke(sensor -> {
                        ids.add(sensor.id());
                        requireNotTooMany();
                    })
                    .collect()
                    .last()
                    .subscribe()
                    .with(last -> emitter.complete(null), emitter::fail);
            loading = started;
            if (isAbandoned) {
                started.cancel();
            }
        }

        /** No stream needs the sensors any longer. */
        private void abandon() {
            isAbandoned = true;
            Cancellable running = loading;
            if (running != null) {
                running.cancel();
            }
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
    LabeledSensors(SensorLists lists, Shreddings shreddings) {
        this(filter -> lists.all(filter, null, EXPECTED_SENSORS, Consistency.DEFAULT), shreddings);
    }

    /** @param find reads the sensors of a filter, on demand */
    LabeledSensors(Function<SensorFilter, Multi<Sensor>> find, Shreddings shreddings) {
        this.find = find;
        shreddings.onNew(this::forget);
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

    /** Reports a sensor that is not registered any longer. */
    void forget(SensorId id) {
        filters.values().forEach(members -> members.ids.remove(id));
    }

    /** Reads the sensors of all filters again, because changes may have been missed. */
    Uni<Void> reload() {
        return Multi.createFrom()
                .iterable(filters.values())
                .plug(Concatenation.unis(members -> find.apply(members.filter)
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

        /** Idempotent. The last release of a filter ends a read of its sensors that still runs. */
        public synchronized void release() {
            if (isReleased) {
                return;
            }
            isReleased = true;
            Members current = filters.compute(members.filter, (filter, known) -> {
                members.watches--;
                return known == members && members.watches == 0 ? null : known;
            });
            // Forgotten members are not current either: their read has failed.
            if (current != members) {
                members.abandon();
            }
        }

        /** The next stream reads the sensors again; streams that wait for this read fail too. */
        private void forget() {
            filters.remove(members.filter, members);
        }
    }
}
