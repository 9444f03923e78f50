package io.telltale.live;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a subscriber wants to see: the readings of some sensors, or of a type, or of a site, or of all. What is given must
 * hold together.
 *
 * @param sensorIds only these sensors; empty for any
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
