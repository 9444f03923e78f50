package io.telltale.live;

import io.telltale.sensors.Scope;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Selects readings by sensor, type, site and labels. A reading must meet every condition that is set.
 *
 * @param sensorIds only these sensors; empty for all
 * @param sensors the conditions on the sensor
 * @param scope only sensors that exist for the caller
 */
record SubscriptionFilter(Set<SensorId> sensorIds, SensorFilter sensors, Scope scope) {

    SubscriptionFilter {
        sensorIds = Set.copyOf(sensorIds);
    }

    @Nullable
    SensorType type() {
        return sensors.type();
    }

    @Nullable
    String site() {
        return sensors.site();
    }

    Map<String, String> labels() {
        return sensors.labels();
    }

    /** Whether a registered sensor meets all conditions. */
    boolean matches(Sensor sensor) {
        return (sensorIds.isEmpty() || sensorIds.contains(sensor.id()))
                && sensors.matches(sensor)
                && scope.allows(sensor);
    }

    /** Whether all conditions are met but those on labels. */
    boolean matches(SensorId sensorId, SensorType ofType, @Nullable String atSite) {
        SensorType type = type();
        String site = site();
        return (sensorIds.isEmpty() || sensorIds.contains(sensorId))
                && (type == null || type.equals(ofType))
                && (site == null || site.equals(atSite))
                && scope.allows(sensorId, ofType, atSite);
    }
}
