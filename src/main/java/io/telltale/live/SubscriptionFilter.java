package io.telltale.live;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Selects readings by sensor, type and site. A reading must meet every condition that is set.
 *
 * @param sensorIds only these sensors; empty for all
 * @param type only sensors of this type, if given
 * @param site only sensors of this site, if given
 */
record SubscriptionFilter(
        Set<SensorId> sensorIds,
        @Nullable SensorType type,
        @Nullable String site) {

    SubscriptionFilter {
        sensorIds = Set.copyOf(sensorIds);
    }

    boolean matches(SensorId sensorId, SensorType ofType, @Nullable String atSite) {
        return (sensorIds.isEmpty() || sensorIds.contains(sensorId))
                && (type == null || type.equals(ofType))
                && (site == null || site.equals(atSite));
    }
}
