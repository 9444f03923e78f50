package io.telltale.sealing;

import io.telltale.sensors.Description;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The sensors whose values are sealed: those of a type, at a site, or with an id. A {@code *} at the end is a prefix.
 */
public final class SealedSensors {

    /** The setting. */
    static final String KEY = "telltale.security.sealed";

    private static final String EXPECTED =
            "type:…, site:… or sensor:…, separated by commas, each with an optional * at its end";

    private final List<Pattern> types = new ArrayList<>();
    private final List<Pattern> sites = new ArrayList<>();
    private final List<Pattern> sensors = new ArrayList<>();

    private record Pattern(String text, boolean isPrefix) {

        boolean matches(@Nullable String name) {
            return name != null && (isPrefix ? name.startsWith(text) : name.equals(text));
        }
    }

    private SealedSensors() {}

    /**
     * Parses the setting; empty for none.
     *
     * @throws IllegalArgumentException if an entry can match no sensor; the message names it
     */
    static SealedSensors parse(String setting) {
        SealedSensors sealed = new SealedSensors();
        if (!setting.isBlank()) {
            for (String entry : setting.split(",", -1)) {
                sealed.add(entry.strip());
            }
        }
        return sealed;
    }

    private void add(String entry) {
        int colon = entry.indexOf(':');
        String name = colon < 0 ? "" : entry.substring(colon + 1).strip();
        switch (colon < 0 ? "" : entry.substring(0, colon)) {
            case "type" -> types.add(pattern(entry, name, SensorType::isValid, SensorType.FORM));
            case "site" -> sites.add(pattern(entry, name, Description::isSite, Description.SITE_FORM));
            case "sensor" -> sensors.add(pattern(entry, name, SensorId::isValid, SensorId.FORM));
            default -> throw invalid(entry, EXPECTED);
        }
    }

    private static Pattern pattern(String entry, String name, Predicate<String> isValid, String form) {
        if (name.endsWith("*")) {
            String prefix = name.substring(0, name.length() - 1);
            // A prefix that can be continued to a name; a site may have a space there.
            if (prefix.isEmpty() || isValid.test(prefix) || isValid.test(prefix + "x")) {
                return new Pattern(prefix, true);
            }
        } else if (isValid.test(name)) {
            return new Pattern(name, false);
        }
        throw invalid(entry, form + ", or its beginning and *");
    }

    private static IllegalArgumentException invalid(String entry, String expected) {
        return new IllegalArgumentException("%s has '%s'; expected %s".formatted(KEY, Excerpt.of(entry), expected));
    }

    /** Whether no sensor is sealed. */
    public boolean isEmpty() {
        return types.isEmpty() && sites.isEmpty() && sensors.isEmpty();
    }

    /** Whether the site of a sensor may decide. */
    public boolean hasSites() {
        return !sites.isEmpty();
    }

    /** Whether all sensors of a type are sealed. */
    public boolean hasType(SensorType type) {
        return isAny(types, type.name());
    }

    /** Whether a sensor is sealed by its id. */
    public boolean hasSensor(SensorId id) {
        return isAny(sensors, id.value());
    }

    /** Whether the sensors of a site are sealed; null for a sensor without a site. */
    public boolean hasSite(@Nullable String site) {
        return isAny(sites, site);
    }

    private static boolean isAny(List<Pattern> patterns, @Nullable String name) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(name));
    }
}
