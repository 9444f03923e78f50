package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.store.ReadAhead;
import io.telltale.store.SensorLists;
import io.telltale.store.SensorRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the sensors that a request selects and that exist for its caller. No other class of this package reads sensors,
 * so that every endpoint applies the caller's scope; {@code ArchitectureTest} checks that.
 */
@Singleton
class SensorLookup {

    /** The number of concurrent lookups of one request. */
    private static final int CONCURRENT_LOOKUPS = 16;

    private final SensorRegistry sensors;
    private final SensorLists lists;

    @Inject
    SensorLookup(SensorRegistry sensors, SensorLists lists) {
        this.sensors = sensors;
        this.lists = lists;
    }

    /**
     * Finds a sensor; fails with {@code sensor-unknown} if there is none in the scope. All but its type may be
     * outdated.
     */
    Uni<Sensor> require(SensorId sensorId, Scope scope, Consistency consistency) {
        return find(sensorId, scope, consistency).map(found -> orUnknown(found.filter(scope::allows), sensorId));
    }

    /** Like {@link #require}, but reads the sensor from Cassandra. */
    Uni<Sensor> requireCurrent(SensorId sensorId, Scope scope, Consistency consistency) {
        return sensors.read(sensorId, consistency).map(found -> orUnknown(found.filter(scope::allows), sensorId));
    }

    /** Finds sensors in the given order and skips unknown ones. */
    Multi<Sensor> find(List<SensorId> ids, Scope scope, Consistency consistency) {
        return ReadAhead.inOrder(ids, CONCURRENT_LOOKUPS, id -> find(id, scope, consistency))
                .filter(Optional::isPresent)
                .map(Optional::get)
                .filter(scope::allows);
    }

    /**
     * A cached sensor may have an outdated site, which must not decide what exists for a caller. One outside the scope
     * is read as one that was never seen: the cache would answer sooner, and also while Cassandra does not.
     */
    private Uni<Optional<Sensor>> find(SensorId id, Scope scope, Consistency consistency) {
        return scope.hasSites() ? sensors.read(id, consistency) : sensors.find(id, scope::allows, consistency);
    }

    /**
     * Reads a page of the sensors that a selection filters. Only the last page has fewer than {@code limit} sensors.
     */
    Uni<List<Sensor>> page(SensorSelection selection, @Nullable SensorId after, int limit, Consistency consistency) {
        return all(selection, after, limit, consistency)
                .select()
                .first(limit)
                .collect()
                .asList();
    }

    /**
     * Reads the sensors that a selection filters, on demand, in an order that never changes.
     *
     * @param after the last sensor of the previous page; null for the first page
     * @param expected how many of them will probably be requested
     */
    Multi<Sensor> all(SensorSelection selection, @Nullable SensorId after, int expected, Consistency consistency) {
        Multi<Sensor> found = lists.all(selection.filter(), after, expected, consistency);
        Scope scope = selection.scope();
        return scope.isEverything() ? found : found.filter(scope::allows);
    }

    /**
     * The same as this replica knows the sensors: what a person has changed of one takes effect within 10 s. Not in a
     * scope of sites, which decides what exists for a caller.
     */
    Multi<Sensor> known(SensorSelection selection, @Nullable SensorId after, int expected, Consistency consistency) {
        Scope scope = selection.scope();
        return scope.hasSites()
                ? all(selection, after, expected, consistency)
                : lists.known(selection.filter(), after, expected, consistency).filter(scope::allows);
    }

    static Sensor orUnknown(Optional<Sensor> found, SensorId sensorId) {
        return found.orElseThrow(() -> Problem.of(
                        ProblemCode.SENSOR_UNKNOWN,
                        "sensor '%s' was never seen; expected an id as in GET /api/v1/sensors".formatted(sensorId))
                .exception());
    }
}
