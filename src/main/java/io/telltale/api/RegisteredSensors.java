package io.telltale.api;

import io.smallrye.mutiny.Uni;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import java.util.Optional;

/** The registered sensors, for packages that may not use {@code store}, which implements this interface. */
public interface RegisteredSensors {

    /**
     * Reads a sensor; empty if it is not registered.
     *
     * @return fails with a {@link ProblemException} while Cassandra is unavailable
     */
    Uni<Optional<Sensor>> find(SensorId id);
}
