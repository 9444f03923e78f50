package io.telltale.aggregate;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.zone.ZoneRulesProvider;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The time zones by name, in any letter case: IANA names, their aliases, and offsets. The rules are those of the Java
 * runtime, in the native executable those of the JDK that built it.
 */
public final class TimeZones {

    /** Aliases of the IANA database that older Java runtimes leave out. */
    private static final Map<String, String> MISSING_ALIASES = Map.of(
            "EST", "America/Panama",
            "MST", "America/Phoenix",
            "HST", "Pacific/Honolulu",
            "ROC", "Asia/Taipei");

    /** The names that the runtime knows. The names of the IANA database differ by more than their letter case. */
    private static final Map<String, String> NAMES = names();

    private TimeZones() {}

    private static Map<String, String> names() {
        Map<String, String> names = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        names.putAll(MISSING_ALIASES);
        ZoneId.getAvailableZoneIds().forEach(name -> names.put(name, name));
        return names;
    }

    /** The zone of a name or an offset: {@code Europe/Berlin}, {@code est}, {@code +02:00}, {@code UTC+2}. */
    public static Optional<ZoneId> find(String text) {
        String name = NAMES.get(text);
        try {
            // Offsets have letters in upper case only: Z, UTC+2.
            return Optional.of(ZoneId.of(name == null ? text.toUpperCase(Locale.ROOT) : name));
        } catch (DateTimeException unknown) {
            return Optional.empty();
        }
    }

    /** The version of the IANA database that the names are from, such as {@code 2025a}. */
    public static String version() {
        return ZoneRulesProvider.getVersions("UTC").lastKey();
    }
}
