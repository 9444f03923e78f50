package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.streams.Concatenation;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Finds sensors, in the cache or in Cassandra, and registers them through {@link SensorRegistrar}. {@link
 * SensorChangePoller} keeps the cache up to date with what other replicas change.
 */
@Singleton
public class SensorRegistry {

    private static final Logger log = Logger.getLogger(SensorRegistry.class);

    /** At most how many sensors are looked up concurrently that no request waits for. */
    private static final int BACKGROUND_LOOKUPS = 32;

    /** Each sensor is in a partition of its own, and one coordinator reads all of them. */
    private static final int SENSORS_PER_LOOKUP = 16;

    private static final int CONCURRENT_LOOKUPS = 2;

    private final SensorTable table;
    private final SensorCache cache;
    private final SensorRegistrar registrar;
    private final Semaphore backgroundLookups = new Semaphore(BACKGROUND_LOOKUPS);

    @Inject
    SensorRegistry(SensorTable table, SensorCache cache, SensorRegistrar registrar) {
        this.table = table;
        this.cache = cache;
        this.registrar = registrar;
    }

    /**
     * The states of observed sensors by the cache alone, without a lookup.
     *
     * @return a state for each observation, in their order; empty if all are {@link RegistrationState#UP_TO_DATE}
     */
    public List<RegistrationState> states(ObservationBatch observations) {
        return registrar.states(observations);
    }

    /**
     * Registers the sensors whose ids are new, and writes what is reported of those with the right type. Completes
     * when that is durable. Idempotent, also after a failure halfway.
     *
     * @param observations may name a sensor more than once
     * @return the registered sensors by id; if an id is registered under another type than observed, nothing was
     *     written of that observation
     */
    public Uni<Map<SensorId, Sensor>> register(Collection<SensorObservation> observations) {
        return registrar.register(observations);
    }

    /**
     * A sensor if it is cached. Its type is certain; the rest may be outdated. A sensor that is missing or stale is
     * looked up in the background for the next call, within the limit of concurrent background lookups.
     */
    public @Nullable Sensor cached(SensorId id) {
        RegisteredSensor sensor = cache.get(id);
        if ((sensor == null || cache.isStale(id)) && backgroundLookups.tryAcquire()) {
            read(id, Consistency.DEFAULT)
                    .onTermination()
                    .invoke(() -> backgroundLookups.release())
                    .subscribe()
                    .with(found -> {}, failure -> log.debugf(failure, "Background lookup failed: sensor=%s", id));
        }
        return sensor == null ? null : sensor.sensor();
    }

    /** Whether a sensor is cached, and what its readings report may have changed since. */
    public boolean isStale(SensorId id) {
        return cache.isStale(id);
    }

    /** Finds a sensor in the cache or in Cassandra; empty if it is not registered. All but its type may be outdated. */
    public Uni<Optional<Sensor>> find(SensorId id, Consistency consistency) {
        return find(id, cached -> true, consistency);
    }

    /**
     * Finds a sensor as {@link #find(SensorId, Consistency)}, but reads one from Cassandra that does not meet a
     * condition in the cache.
     */
    public Uni<Optional<Sensor>> find(SensorId id, Predicate<Sensor> condition, Consistency consistency) {
        RegisteredSensor sensor = cache.get(id);
        return sensor != null && condition.test(sensor.sensor())
                ? Uni.createFrom().item(Optional.of(sensor.sensor()))
                : read(id, consistency);
    }

    /** Finds a sensor as it was at most a minute ago; empty if it is not registered. */
    Uni<Optional<Sensor>> findCurrent(SensorId id) {
        return cache.isStale(id) ? read(id, Consistency.DEFAULT) : find(id, Consistency.DEFAULT);
    }

    /** Reads a sensor from Cassandra; empty if it is not registered. */
    public Uni<Optional<Sensor>> read(SensorId id, Consistency consistency) {
        return table.find(id, consistency)
                .invoke(found -> found.ifPresent(sensor -> cacheIfDurable(sensor, consistency)))
                .map(found -> found.map(RegisteredSensor::sensor));
    }

    /** Reads sensors from Cassandra, in the order of their ids, without those that are not registered. */
    Uni<List<Sensor>> read(List<SensorId> ids, Consistency consistency) {
        return Multi.createFrom()
                .iterable(ids)
                .group()
                .intoLists()
                .of(SENSORS_PER_LOOKUP)
                .onItem()
                .transformToUni(some -> table.find(some, consistency))
                .merge(CONCURRENT_LOOKUPS)
                .plug(Concatenation.contents(found -> found))
                .invoke(sensor -> cacheIfDurable(sensor, consistency))
                .collect()
                .asMap(RegisteredSensor::id)
                .map(byId -> ids.stream()
                        .map(byId::get)
                        .filter(Objects::nonNull)
                        .map(RegisteredSensor::sensor)
                        .toList());
    }

    /** What was read at another level than the default may not be durable. */
    private void cacheIfDurable(RegisteredSensor sensor, Consistency consistency) {
        if (consistency == Consistency.DEFAULT) {
            cache.put(sensor);
        }
    }
}
