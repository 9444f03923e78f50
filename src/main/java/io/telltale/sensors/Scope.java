package io.telltale.sensors;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sensors that exist for a caller. Lists are conditions that must all hold; the entries of a list are alternatives.
 * An entry that ends with {@code *} is a prefix. Immutable.
 *
 * @param sites the allowed sites, without sensors that have none; null for any
 * @param types the allowed types; null for any
 * @param sensors the allowed ids; null for any
 */
public record Scope(
        @Nullable List<String> sites,
        @Nullable List<String> types,
        @Nullable List<String> sensors) {

    /** The scope of a caller without restrictions. */
    public static final Scope EVERYTHING = new Scope(null, null, null);

    public Scope {
        sites = sites == null ? null : List.copyOf(sites);
        types = types == null ? null : List.copyOf(types);
        sensors = sensors == null ? null : List.copyOf(sensors);
    }

    /** Whether every sensor exists for the caller. */
    public boolean isEverything() {
        return sites == null && types == null && sensors == null;
    }

    /** Whether the site of a sensor decides. */
    public boolean hasSites() {
        return sites != null;
    }

    /** Whether the type of a sensor decides. */
    public boolean hasTypes() {
        return types != null;
    }

    /** Whether a registered sensor exists for the caller. */
    public boolean allows(Sensor sensor) {
        return allows(sensor.id(), sensor.type(), sensor.description().site());
    }

    /**
     * Whether a sensor exists for the caller.
     *
     * @param site null for a sensor without a site
     */
    public boolean allows(SensorId sensorId, SensorType type, @Nullable String site) {
        return matches(sensors, sensorId.value()) && allows(type) && allowsSite(site);
    }

    /** Whether sensors of a type may exist for the caller. */
    public boolean allows(SensorType type) {
        return matches(types, type.name());
    }

    /** Whether the caller may know of a type, also without a sensor of it in the scope. */
    public boolean names(SensorType type) {
        return isEverything() || (hasTypes() && allows(type));
    }

    /** Whether sensors of a site may exist for the caller; null for sensors without a site. */
    public boolean allowsSite(@Nullable String site) {
        return matches(sites, site);
    }

    private static boolean matches(@Nullable List<String> entries, @Nullable String text) {
        if (entries == null) {
            return true;
        }
        if (text == null) {
            return false;
        }
        for (String entry : entries) {
            if (entry.endsWith("*") ? text.startsWith(entry.substring(0, entry.length() - 1)) : text.equals(entry)) {
                return true;
            }
        }
        return false;
    }
}
