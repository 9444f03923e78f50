package io.telltale.query;

import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.sensors.MetadataUpdate;
import io.telltale.sensors.MetadataUpdate.Field;
import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import java.util.Optional;

/**
 * An update of a sensor, and what its caller's scope allows. The sensor may leave the scope between any two reads, so
 * each read is checked.
 */
record ScopedUpdate(SensorId sensorId, Scope scope, MetadataUpdate change) {

    /**
     * Otherwise a caller could move a sensor into a list of other callers.
     *
     * @throws ProblemException {@code forbidden}
     */
    ScopedUpdate {
        String site = change.values().description().site();
        if (change.names(Field.SITE) && site != null && !scope.allowsSite(site)) {
            throw outside("site '%s' is".formatted(site));
        }
    }

    /**
     * Decides whether the caller may change the sensor as it is now. Without a site that a person set, a sensor has the
     * one that its readings report, if any.
     *
     * @throws ProblemException {@code sensor-unknown} or {@code forbidden}
     */
    void requireAllowed(Sensor sensor) {
        visible(Optional.of(sensor));
        boolean isSiteRemoved =
                change.names(Field.SITE) && change.values().description().site() == null;
        if (isSiteRemoved && !scope.allowsSite(sensor.reported().site())) {
            throw outside("without the site that was set, the sensor is");
        }
    }

    /**
     * The sensor for the response.
     *
     * @throws ProblemException {@code sensor-unknown} if there is none in the scope
     */
    Sensor visible(Optional<Sensor> found) {
        return SensorLookup.orUnknown(found.filter(scope::allows), sensorId);
    }

    private static ProblemException outside(String what) {
        return Problem.of(
                        ProblemCode.FORBIDDEN, what + " outside the scope of the credential; expected a site within it")
                .exception();
    }
}
