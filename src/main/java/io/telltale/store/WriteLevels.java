package io.telltale.store;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.telltale.api.Consistency;
import io.telltale.sensors.SensorType;
import io.telltale.settings.Bounds;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The consistency levels at which writes are acknowledged: one for everything, and those of types that have their own
 * for their readings.
 */
final class WriteLevels {

    private static final String KEY = "telltale.storage.write-consistency";

    /** ANY acknowledges a write that no replica has; the serial levels are not for plain writes. */
    private static final List<DefaultConsistencyLevel> DURABLE = Arrays.stream(DefaultConsistencyLevel.values())
            .filter(level -> level != DefaultConsistencyLevel.ANY && !level.isSerial())
            .toList();

    private final DefaultConsistencyLevel general;
    private final Map<SensorType, DefaultConsistencyLevel> byType;

    /** @throws IllegalArgumentException for a setting that is no level or has no type */
    WriteLevels(StoreConfig config) {
        this.general = level(KEY, config.writeConsistency().orElseGet(Consistency.DEFAULT::parameterValue));
        Map<SensorType, DefaultConsistencyLevel> levels = new HashMap<>();
        config.writeConsistencyByType().forEach((type, name) -> {
            String key = KEY + "." + type;
            Bounds.require(SensorType.isValid(type), key, name, "a type after " + KEY + ".: " + SensorType.FORM);
            levels.put(new SensorType(type), level(key, name));
        });
        this.byType = Map.copyOf(levels);
    }

    /** The level of everything that is not of one type. */
    DefaultConsistencyLevel general() {
        return general;
    }

    /** The level of a type's readings and their index. Called for every batch. */
    DefaultConsistencyLevel of(SensorType type) {
        return byType.isEmpty() ? general : byType.getOrDefault(type, general);
    }

    /** The levels by the keys of their settings, sorted. */
    Map<String, DefaultConsistencyLevel> settings() {
        Map<String, DefaultConsistencyLevel> settings = new TreeMap<>(Map.of(KEY, general));
        byType.forEach((type, level) -> settings.put(KEY + "." + type.name(), level));
        return settings;
    }

    /** The first setting that the replication can never meet, in words. */
    Optional<String> conflictWith(Replication replication) {
        return settings().entrySet().stream()
                .flatMap(setting -> replication
                        .conflictWith(setting.getValue(), DURABLE)
                        .map(expected ->
                                "%s is %s; expected %s".formatted(setting.getKey(), name(setting.getValue()), expected))
                        .stream())
                .findFirst();
    }

    static String name(DefaultConsistencyLevel level) {
        return level.name().toLowerCase(Locale.ROOT);
    }

    private static DefaultConsistencyLevel level(String key, String name) {
        return DURABLE.stream()
                .filter(level -> name(level).equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("%s is %s; expected one of %s"
                        .formatted(
                                key,
                                name,
                                DURABLE.stream().map(WriteLevels::name).collect(Collectors.joining(", ")))));
    }
}
