package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.sensors.Description;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorType;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds the sensors of a request for readings or aggregates, any number of them. */
@Singleton
class SelectedSensors {

    /** The number of single sensors that are held at a time. */
    private static final int BATCH = SensorSelection.MAX_SENSORS;

    private final SensorLookup sensors;

    @Inject
    SelectedSensors(SensorLookup sensors) {
        this.sensors = sensors;
    }

    /**
     * Counts the series of a selection. Of groups, holds the id and the type of each sensor, in the order of the ids.
     *
     * @param maxSeries stops soon after more series were found
     */
    Uni<Found> find(SensorSelection selection, Grouping grouping, long maxSeries, Consistency consistency) {
        SensorType type = selection.type();
        Found found = new Found(grouping, type != null && selection.scope().names(type) ? type : null);
        return all(selection, grouping, consistency)
                .invoke(found::add)
                .select()
                .first(sensor -> found.series() <= maxSeries)
                .collect()
                .last()
                .replaceWith(found)
                .invoke(Found::sort);
    }

    /**
     * Finds the types of a selection, and its single sensors if they are few. A filter that states the type needs no
     * search: {@link #batches} lists its sensors while they are read. But where the scope names no types, a type exists
     * for the caller only by its sensors.
     */
    Uni<Found> findTypes(SensorSelection selection, Consistency consistency) {
        SensorType type = selection.type();
        Scope scope = selection.scope();
        return type == null || !(scope.isEverything() || scope.hasTypes())
                ? find(selection, Grouping.BY_SENSOR, Long.MAX_VALUE, consistency)
                : Uni.createFrom().item(() -> Found.notListed(scope.names(type) ? type : null));
    }

    /** The single sensors of a selection, as listed; those that were found if they are few, otherwise listed again. */
    Multi<List<Sensor>> batches(SensorSelection selection, Found found, Consistency consistency) {
        if (found.hasAll()) {
            return found.single.isEmpty()
                    ? Multi.createFrom().empty()
                    : Multi.createFrom().item(found.single);
        }
        return all(selection, Grouping.BY_SENSOR, consistency)
                .group()
                .intoLists()
                .of(BATCH);
    }

    /** A site that readings report may be outdated on this replica, and would then give a wrong group. */
    private Multi<Sensor> all(SensorSelection selection, Grouping grouping, Consistency consistency) {
        if (selection.areNamed()) {
            return sensors.find(selection.ids(), selection.scope(), consistency);
        }
        return grouping.isBySite()
                ? sensors.all(selection, null, BATCH, consistency)
                : sensors.known(selection, null, BATCH, consistency);
    }

    /** The sensors that a selection has. For one thread at a time. */
    static final class Found {
        private final Grouping grouping;
        private final Map<SensorType, SensorType> types = new HashMap<>();
        private final List<Sensor> single = new ArrayList<>();
        private final SortedMap<SeriesKey, List<Sensor>> groups = new TreeMap<>();
        private boolean isListed = true;
        private long sensors;

        /** @param type a requested type; it counts without sensors, because ingest may not have registered them yet */
        Found(Grouping grouping, @Nullable SensorType type) {
            this.grouping = grouping;
            if (type != null) {
                types.put(type, type);
            }
        }

        /** Nothing but the requested type; null if the caller must not see it. */
        static Found notListed(@Nullable SensorType type) {
            Found found = new Found(Grouping.BY_SENSOR, type);
            found.isListed = false;
            return found;
        }

        void add(Sensor sensor) {
            sensors++;
            SensorType type = types.computeIfAbsent(sensor.type(), first -> first);
            Sensor slim = new Sensor(sensor.id(), type, Description.NONE);
            if (!grouping.isBySensor()) {
                groups.computeIfAbsent(grouping.keyOf(sensor), first -> new ArrayList<>())
                        .add(slim);
            } else if (sensors <= BATCH) {
                single.add(slim);
            }
        }

        /** Makes the order of readings at the same instant independent of the order of lists. */
        void sort() {
            groups.values().forEach(group -> group.sort(Comparator.comparing(Sensor::id)));
        }

        long series() {
            return grouping.isBySensor() ? sensors : groups.size();
        }

        /** Whether every single sensor is held. */
        private boolean hasAll() {
            return isListed && sensors <= BATCH;
        }

        Set<SensorType> types() {
            return types.keySet();
        }

        /** The groups and their sensors; none by sensor. */
        SortedMap<SeriesKey, List<Sensor>> groups() {
            return groups;
        }
    }
}
