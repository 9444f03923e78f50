package io.telltale.store;

import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.api.RegisteredSensors;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;

/** The sensors of the {@link SensorRegistry}, as they are now: they decide what a caller may send. */
@Singleton
class StoredSensors implements RegisteredSensors {

    private final SensorRegistry registry;

    @Inject
    StoredSensors(SensorRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Uni<Optional<Sensor>> find(SensorId id) {
        return registry.read(id, Consistency.DEFAULT)
                .onFailure(StoreUnavailableException.class)
                .transform(failure -> new ProblemException(
                        Problem.of(
                                ProblemCode.CASSANDRA_UNAVAILABLE,
                                "Cassandra does not answer, so the sites of sensors are unknown; try again later"),
                        failure));
    }
}
