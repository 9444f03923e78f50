package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.loadbalancing.NodeDistance;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.schema.KeyspaceMetadata;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The replication of a keyspace, which decides whether a level can be met, and whether a read sees everything that is
 * durable.
 *
 * @param factors the replication factor of each data center; of a strategy without data centers, one factor named
 *     {@link #ANYWHERE}. Empty if unknown
 * @param localDataCenter the data center of the {@code LOCAL_} levels
 */
record Replication(Map<String, Integer> factors, String localDataCenter) {

    /** The name of SimpleStrategy's only factor. */
    static final String ANYWHERE = "replication_factor";

    Replication {
        factors = Collections.unmodifiableMap(new TreeMap<>(factors));
    }

    /** The replication in the driver's metadata now. */
    static Replication of(CqlSession session, String keyspace) {
        return of(
                session.getMetadata()
                        .getKeyspace(keyspace)
                        .map(KeyspaceMetadata::getReplication)
                        .orElse(Map.of()),
                localDataCenter(session));
    }

    /** @param options as Cassandra returns them: the class of the strategy, and a factor for each data center */
    static Replication of(Map<String, String> options, String localDataCenter) {
        Map<String, Integer> factors = new TreeMap<>();
        options.forEach((where, value) -> {
            if (!where.equals("class") && value.matches("\\d+")) {
                factors.put(where, Integer.valueOf(value));
            }
        });
        // A data center with factor 0 is like one that is not named. But if all are, that is known.
        if (factors.values().stream().anyMatch(factor -> factor > 0)) {
            factors.values().removeIf(factor -> factor == 0);
        }
        return new Replication(factors, localDataCenter);
    }

    /** The data center that the driver uses as local. */
    static String localDataCenter(CqlSession session) {
        return session.getMetadata().getNodes().values().stream()
                .filter(node -> node.getDistance() == NodeDistance.LOCAL)
                .map(Node::getDatacenter)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("datacenter1");
    }

    /**
     * Whether every read at one level contacts at least one replica that acknowledged a write at the other. Ignores
     * writes at a {@code LOCAL_} level of another data center.
     */
    boolean overlap(DefaultConsistencyLevel written, DefaultConsistencyLevel read) {
        boolean isLocal = isLocal(written) ? isLocal(read) || isEach(read) : isLocal(read) && isEach(written);
        return isLocal
                ? required(written, localFactor()) + required(read, localFactor()) > localFactor()
                : requiredOfAll(written) + requiredOfAll(read) > total();
    }

    /**
     * The same if the write may have been sent to another data center than the read: a {@code LOCAL_} level then means
     * the replicas of any one.
     */
    boolean overlapAnywhere(DefaultConsistencyLevel written, DefaultConsistencyLevel read) {
        return (factors.size() < 2 || !isLocal(written) || !isLocal(read))
                && factors.keySet().stream()
                        .allMatch(dataCenter -> new Replication(factors, dataCenter).overlap(written, read));
    }

    /** Whether enough replicas exist for a level, if all of them are available. True if the replication is unknown. */
    boolean canMeet(DefaultConsistencyLevel level) {
        int replicas = isLocal(level) ? localFactor() : total();
        int atLeast =
                switch (level) {
                    case TWO -> 2;
                    case THREE -> 3;
                    default -> 1;
                };
        return factors.isEmpty() || replicas >= atLeast;
    }

    /**
     * Why a level can never be met.
     *
     * @param choices the levels to choose from
     * @return what to expect instead, after "expected …"; empty if the level can be met
     */
    Optional<String> conflictWith(DefaultConsistencyLevel level, Collection<DefaultConsistencyLevel> choices) {
        return canMeet(level)
                ? Optional.empty()
                : Optional.of("a level that %s can meet: %s"
                        .formatted(
                                inWords(),
                                choices.stream()
                                        .filter(this::canMeet)
                                        .map(WriteLevels::name)
                                        .collect(Collectors.joining(", "))));
    }

    /** The data centers with replicas, without the local one. */
    List<String> otherDataCenters() {
        return factors.keySet().stream()
                .filter(where -> !where.equals(localDataCenter) && !where.equals(ANYWHERE))
                .toList();
    }

    /** The factors in words: {@code replication factor 3}, or {@code replication factor 3 in dc1, 2 in dc2}. */
    String inWords() {
        return "replication factor "
                + factors.entrySet().stream()
                        .map(factor -> factor.getKey().equals(ANYWHERE)
                                ? String.valueOf(factor.getValue())
                                : factor.getValue() + " in " + factor.getKey())
                        .collect(Collectors.joining(", "));
    }

    private int requiredOfAll(DefaultConsistencyLevel level) {
        if (isEach(level)) {
            return factors.values().stream()
                    .mapToInt(factor -> required(level, factor))
                    .sum();
        }
        return required(level, isLocal(level) ? localFactor() : total());
    }

    /** How many of some replicas a level requires. */
    private static int required(DefaultConsistencyLevel level, int replicas) {
        return switch (level) {
            case TWO -> Math.min(2, replicas);
            case THREE -> Math.min(3, replicas);
            case QUORUM, LOCAL_QUORUM, EACH_QUORUM -> replicas / 2 + 1;
            case ALL -> replicas;
            default -> 1;
        };
    }

    private static boolean isLocal(DefaultConsistencyLevel level) {
        return level.isDcLocal();
    }

    private static boolean isEach(DefaultConsistencyLevel level) {
        return level == DefaultConsistencyLevel.EACH_QUORUM;
    }

    private int localFactor() {
        return factors.containsKey(ANYWHERE) ? total() : factors.getOrDefault(localDataCenter, 0);
    }

    private int total() {
        return factors.values().stream().mapToInt(Integer::intValue).sum();
    }
}
