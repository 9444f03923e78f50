package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.store.ReadAhead;
import io.telltale.store.SensorRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/** Finds the sensors that requests name. */
@Singleton
class SensorLookup {

    /** The number of concurrent lookups of one request. */
    private static final int CONCURRENT_LOOKUPS = 16;

    private final SensorRegistry sensors;

    @Inject
    SensorLookup(SensorRegistry sensors) {
        this.sensors = sensors;
    }

    /** Finds a sensor; fails with {@code sensor-unknown} if there is none. */
    Uni<Sensor> require(SensorId sensorId, Consistency consistency) {
        return sensors.find(sensorId, consistency).map(found -> orUnknown(found, sensorId));
    }

    /** Finds sensors in the given order and skips unknown ones. */
    Multi<Sensor> find(List<SensorId> ids, Consistency consistency) {
        return ReadAhead.inOrder(ids, CONCURRENT_LOOKUPS, id -> sensors.find(id, consistency))
                .filter(Optional::isPresent)
                .map(Optional::get);
    }

    static Sensor orUnknown(Optional<Sensor> found, SensorId sensorId) {
        return found.orElseThrow(() -> Problem.of(
                        ProblemCode.SENSOR_UNKNOWN,
                        "sensor '%s' was never seen; expected an id as in GET /api/v1/sensors".formatted(sensorId))
                .exception());
    }
}
