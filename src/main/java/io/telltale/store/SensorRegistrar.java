package io.telltale.store;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.settings.Bounds;
import io.telltale.store.SensorListEntries.NewEntries;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Registers sensors and writes what readings report of them. A sensor is registered with its first reading, under one
 * type for ever: replicas that see a new id at the same time agree by compare-and-set, at most one for each sensor
 * and replica.
 */
@Singleton
class SensorRegistrar {

    /** How many sensors are looked up, registered or described concurrently. */
    private static final int CONCURRENT_SENSORS = 128;

    private final SensorTable table;
    private final SensorListEntries entries;
    private final SensorCache sensors;
    private final Shreddings shreddings;
    private final RegistrationCache registrations;

    @Inject
    SensorRegistrar(
            SensorTable table,
            SensorListEntries entries,
            SensorCache sensors,
            Shreddings shreddings,
            StoreConfig config) {
        this.table = table;
        this.entries = entries;
        this.sensors = sensors;
        this.shreddings = shreddings;
        this.registrations = new RegistrationCache(
                Bounds.within("telltale.storage.remembered-sensors", config.rememberedSensors(), 1_000, 10_000_000),
                shreddings::timeOf);
    }

    /** See {@link SensorRegistry#states}. */
    List<RegistrationState> states(ObservationBatch observations) {
        return registrations.states(observations);
    }

    /** See {@link SensorRegistry#register}. */
    Uni<Map<SensorId, Sensor>> register(Collection<SensorObservation> observations) {
        Map<SensorId, List<SensorObservation>> byId = new LinkedHashMap<>();
        observations.forEach(observation -> byId.computeIfAbsent(observation.id(), first -> new ArrayList<>(1))
                .add(observation));
        return findRegistered(byId.keySet())
                .call(registered -> entries.insertLists(newEntries(byId, registered)))
                .chain(registered -> Multi.createFrom()
                        .iterable(byId.values())
                        .onItem()
                        .transformToUni(ofSensor -> register(
                                ofSensor, registered.get(ofSensor.get(0).id())))
                        .merge(CONCURRENT_SENSORS)
                        .collect()
                        .asMap(Sensor::id));
    }

    private Uni<Map<SensorId, RegisteredSensor>> findRegistered(Collection<SensorId> ids) {
        return Multi.createFrom()
                .iterable(ids)
                .onItem()
                .transformToUni(id -> {
                    RegisteredSensor sensor = sensors.get(id);
                    return sensor == null
                            ? table.find(id, Consistency.DEFAULT)
                            : Uni.createFrom().item(Optional.of(sensor));
                })
                .merge(CONCURRENT_SENSORS)
                .filter(Optional::isPresent)
                .map(Optional::get)
                .collect()
                .asMap(RegisteredSensor::id);
    }

    /**
     * The list entries that these observations require. They are written first: then every registered sensor is
     * listed, and readers skip a listed sensor that is not registered. A site that is written is listed again each
     * time, also if it is only confirmed, because an old entry may be deleted while its sensor is at another site
     * (see {@link SensorLists}).
     */
    private NewEntries newEntries(
            Map<SensorId, List<SensorObservation>> byId, Map<SensorId, RegisteredSensor> registered) {
        NewEntries entries = new NewEntries();
        byId.forEach((id, observations) -> {
            RegisteredSensor sensor = registered.get(id);
            if (sensor == null) {
                observations.forEach(observation -> {
                    entries.addToType(observation.type(), id);
                    entries.addToSite(observation.reported().site(), id);
                });
            } else {
                reported(sensor, observations)
                        .map(reported -> due(sensor, latest(sensor, reported), reported))
                        .ifPresent(due -> entries.addToSite(due.site(), id));
            }
        });
        return entries;
    }

    /** @param observations of one sensor */
    private Uni<Sensor> register(List<SensorObservation> observations, @Nullable RegisteredSensor found) {
        Uni<RegisteredSensor> registered =
                found == null ? insert(observations.get(0)) : Uni.createFrom().item(found);
        return registered
                .chain(sensor -> reported(sensor, observations)
                        .map(reported -> describe(sensor, reported))
                        .orElse(Uni.createFrom().item(sensor)))
                .map(RegisteredSensor::sensor);
    }

    /** Reads the row only if another replica registered the id first. */
    private Uni<RegisteredSensor> insert(SensorObservation observation) {
        SensorId id = observation.id();
        return table.insert(id, observation.type())
                .chain(isApplied -> isApplied
                        ? Uni.createFrom().item(RegisteredSensor.of(id, observation.type()))
                        : table.find(id, Consistency.DEFAULT)
                                .map(found -> found.orElseThrow(() -> new IllegalStateException(
                                        "sensor %s was registered and is not there".formatted(id)))));
    }

    /** Writes what is due of the reported fields, and caches the result. */
    private Uni<RegisteredSensor> describe(RegisteredSensor sensor, TimestampedDescription reported) {
        TimestampedDescription latest = latest(sensor, reported);
        TimestampedDescription due = due(sensor, latest, reported);
        Uni<Void> written = due.equals(TimestampedDescription.NONE)
                ? Uni.createFrom().voidItem()
                : table.describe(sensor.id(), due);
        return written.map(done -> sensors.put(new RegisteredSensor(
                        sensor.id(),
                        sensor.type(),
                        sensor.metadata(),
                        sensor.durable().and(due),
                        latest)))
                .invoke(described -> {
                    // Otherwise a registration that a shredding removes could be taken for the one after it.
                    if (!shreddings.isRecent(described.id())) {
                        registrations.put(described.id(), described.type(), latest.fieldsOf(reported));
                    }
                });
    }

    /** What the observations of the right type report of a sensor; empty if there are none. */
    private static Optional<TimestampedDescription> reported(
            RegisteredSensor sensor, List<SensorObservation> observations) {
        return observations.stream()
                .filter(observation -> observation.type().equals(sensor.type()))
                .map(SensorObservation::reported)
                .reduce(TimestampedDescription::and);
    }

    private TimestampedDescription latest(RegisteredSensor sensor, TimestampedDescription reported) {
        return registrations
                .confirmed(sensor.id(), sensor.type(), sensor.observed())
                .and(reported);
    }

    /**
     * The fields to write: those with a new value; those that an older record contradicts, because only a newer write
     * timestamp in Cassandra keeps that record from winning on another replica; and those whose renewal is due.
     */
    private TimestampedDescription due(
            RegisteredSensor sensor, TimestampedDescription latest, TimestampedDescription reported) {
        TimestampedDescription durable = sensor.durable();
        boolean isUnitDue = isDue(
                sensor, durable.unit(), durable.unitAtMillis(), latest.unit(), latest.unitAtMillis(), reported.unit());
        boolean isSiteDue = isDue(
                sensor, durable.site(), durable.siteAtMillis(), latest.site(), latest.siteAtMillis(), reported.site());
        return TimestampedDescription.of(
                Description.of(isUnitDue ? latest.unit() : null, isSiteDue ? latest.site() : null),
                latest.unitAtMillis(),
                latest.siteAtMillis());
    }

    private boolean isDue(
            RegisteredSensor sensor,
            @Nullable String durable,
            long durableAtMillis,
            @Nullable String latest,
            long latestAtMillis,
            @Nullable String reported) {
        if (latest == null || (latest.equals(durable) && latestAtMillis == durableAtMillis)) {
            return false;
        }
        return !latest.equals(durable)
                || (reported != null && !reported.equals(latest))
                || registrations.isRenewalDue(sensor.id(), sensor.type(), durableAtMillis, latestAtMillis);
    }
}
