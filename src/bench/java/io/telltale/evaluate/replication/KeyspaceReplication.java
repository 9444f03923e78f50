package io.telltale.evaluate.replication;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Strategy and factors of a keyspace.
 *
 * @param strategy a class of Cassandra
 * @param factors by option: {@code replication_factor}, or the name of a data center; in order
 */
record KeyspaceReplication(String strategy, Map<String, Integer> factors) {

    private static final String SIMPLE = "SimpleStrategy";
    private static final String BY_DATA_CENTER = "NetworkTopologyStrategy";

    KeyspaceReplication {
        factors = Collections.unmodifiableMap(new LinkedHashMap<>(factors));
    }

    static KeyspaceReplication simple(int factor) {
        return new KeyspaceReplication(SIMPLE, Map.of("replication_factor", factor));
    }

    /** The same order as the data centers of the cluster. */
    static KeyspaceReplication byDataCenter(Map<String, Integer> factors) {
        return new KeyspaceReplication(BY_DATA_CENTER, factors);
    }

    boolean isByDataCenter() {
        return strategy.equals(BY_DATA_CENTER);
    }

    /** As a map of CQL. */
    String cql() {
        return factors.entrySet().stream()
                .map(factor -> ", '%s': %d".formatted(factor.getKey(), factor.getValue()))
                .collect(Collectors.joining("", "{'class': '%s'".formatted(strategy), "}"));
    }

    /** {@code 3}, or {@code 3+3}. */
    String factor() {
        return join(factors.values(), "+");
    }

    /** For names: {@code simple-3}, {@code network-3-3}. */
    String slug() {
        return (isByDataCenter() ? "network-" : "simple-") + join(factors.values(), "-");
    }

    /** Copies of a row in the whole cluster. */
    int copies() {
        return factors.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Whether a single fault leaves a quorum: of all copies, or in each data center that is not lost. */
    boolean hasThreeCopiesEach() {
        return factors.values().stream().allMatch(factor -> factor >= 3);
    }

    private static String join(Collection<Integer> numbers, String delimiter) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(delimiter));
    }
}
