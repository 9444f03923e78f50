package io.telltale.sensors;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Conditions on the type, the site and the labels of a sensor. A sensor must meet every condition that is set.
 *
 * @param type only sensors of this type, if given
 * @param site only sensors at this site, if given
 * @param labels only sensors with all of these labels, in the order of their names
 */
public record SensorFilter(
        @Nullable SensorType type, @Nullable String site, Map<String, String> labels) {

    /** No condition: every sensor. */
    public static final SensorFilter NONE = new SensorFilter(null, null, Map.of());

    public SensorFilter {
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    /** Whether no condition is set. */
    public boolean isEmpty() {
        return type == null && site == null && labels.isEmpty();
    }

    /** Whether the sensor meets all conditions. */
    public boolean matches(Sensor sensor) {
        return (type == null || type.equals(sensor.type()))
                && (site == null || site.equals(sensor.description().site()))
                && hasLabels(sensor);
    }

    /** Whether the sensor has all labels. */
    public boolean hasLabels(Sensor sensor) {
        return sensor.assigned().labels().entrySet().containsAll(labels.entrySet());
    }
}
