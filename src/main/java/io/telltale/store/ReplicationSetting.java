package io.telltale.store;

import io.telltale.settings.Bounds;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A replication as it is set and created: a strategy and its factors.
 *
 * @param strategy {@code SimpleStrategy} or {@code NetworkTopologyStrategy}
 * @param factors the factor of each data center; one factor named {@link Replication#ANYWHERE} stands for all
 */
record ReplicationSetting(String strategy, Map<String, Integer> factors) {

    static final String SIMPLE = "SimpleStrategy";
    static final String BY_DATA_CENTER = "NetworkTopologyStrategy";

    private static final String FORM = "a map in CQL: {'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 2} or"
            + " {'class': 'SimpleStrategy', 'replication_factor': 3}, each factor from 1 to 99";
    private static final String ENTRY = "'([^']+)'\\s*:\\s*(?:'([^']+)'|(\\d+))";
    private static final String UNNAMED_ENTRY = "'[^']+'\\s*:\\s*(?:'[^']+'|\\d+)";
    private static final Pattern MAP = Pattern.compile("\\{\\s*%1$s(?:\\s*,\\s*%1$s)*\\s*\\}".formatted(UNNAMED_ENTRY));
    private static final Pattern ENTRIES = Pattern.compile(ENTRY);

    ReplicationSetting {
        factors = Collections.unmodifiableMap(new TreeMap<>(factors));
    }

    /**
     * Reads a setting.
     *
     * @throws IllegalArgumentException with the key, the value and the expected form
     */
    static ReplicationSetting parse(String key, String text) {
        Bounds.require(MAP.matcher(text.strip()).matches(), key, text, FORM);
        Map<String, String> options = new TreeMap<>();
        Matcher entry = ENTRIES.matcher(text);
        while (entry.find()) {
            String value = entry.group(2) == null ? entry.group(3) : entry.group(2);
            Bounds.require(options.put(entry.group(1), value) == null, key, text, "each name once");
        }
        String strategy = simpleName(options.getOrDefault("class", ""));
        options.remove("class");
        boolean isSimple = strategy.equals(SIMPLE);
        Bounds.require(isSimple || strategy.equals(BY_DATA_CENTER), key, text, FORM);
        Bounds.require(
                !options.isEmpty() && options.values().stream().allMatch(ReplicationSetting::isFactor),
                key,
                text,
                FORM);
        Bounds.require(
                !options.containsKey(Replication.ANYWHERE) ? !isSimple : options.size() == 1,
                key,
                text,
                "either one replication_factor, or a factor for each data center, which SimpleStrategy does not know");
        return new ReplicationSetting(strategy, factors(options));
    }

    /** The replication of a keyspace that exists. */
    static ReplicationSetting of(Map<String, String> options) {
        return new ReplicationSetting(
                simpleName(options.getOrDefault("class", "unknown")),
                Replication.of(options, "").factors());
    }

    /** With the data centers for which Cassandra takes a factor of all. */
    ReplicationSetting in(Collection<String> dataCenters) {
        Integer factor = factors.get(Replication.ANYWHERE);
        return factor == null || strategy.equals(SIMPLE)
                ? this
                : new ReplicationSetting(
                        strategy,
                        dataCenters.stream().distinct().collect(Collectors.toMap(name -> name, name -> factor)));
    }

    /** As a map of CQL. */
    String cql() {
        return "{'class': '%s', %s}"
                .formatted(
                        strategy,
                        factors.entrySet().stream()
                                .map(factor -> "'%s': %d".formatted(factor.getKey(), factor.getValue()))
                                .collect(Collectors.joining(", ")));
    }

    private static Map<String, Integer> factors(Map<String, String> options) {
        return options.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, option -> Integer.valueOf(option.getValue())));
    }

    private static boolean isFactor(String text) {
        return text.matches("[1-9]\\d?");
    }

    private static String simpleName(String strategy) {
        return strategy.substring(strategy.lastIndexOf('.') + 1);
    }
}
