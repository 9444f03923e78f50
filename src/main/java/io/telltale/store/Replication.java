package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.loadbalancing.NodeDistance;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.metadata.schema.KeyspaceMetadata;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * How often a keyspace has each row, and with that, whether a read meets what a write made durable.
 *
 * @param factors how many replicas each data centre has; of a strategy that knows no data centres, all of them under one
 *     name. Empty where nothing is known
 * @param localDataCentre the data centre that the levels called local mean
 */
record Replication(Map<String, Integer> factors, String localDataCentre) {

    Replication {
        factors = Map.copyOf(factors);
    }

    /** As the driver knows it at this moment. */
    static Replication of(CqlSession session, String keyspace) {
        return of(
                session.getMetadata()
                        .getKeyspace(keyspace)
                        .map(KeyspaceMetadata::getReplication)
                        .orElse(Map.of()),
                localDataCentre(session));
    }

    /** @param options as Cassandra tells them: the class of the strategy, and a factor for each data centre */
    static Replication of(Map<String, String> options, String localDataCentre) {
        Map<String, Integer> factors = new TreeMap<>();
        options.forEach((where, value) -> {
            if (!where.equals("class") && value.matches("\\d+")) {
                factors.put(where, Integer.valueOf(value));
            }
        });
        return new Replication(factors, localDataCentre);
    }

    /** The data centre that the driver takes for its own. */
    static String localDataCentre(CqlSession session) {
        return session.getMetadata().getNodes().values().stream()
                .filter(node -> node.getDistance() == NodeDistance.LOCAL)
                .map(Node::getDatacenter)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("datacenter1");
    }

    /**
     * Whether every read at one level asks at least one of the replicas that acknowledged a write at the other. What was
     * written in another data centre, at a level that is local there, is not looked at.
     */
    boolean overlap(DefaultConsistencyLevel written, DefaultConsistencyLevel read) {
        boolean isLocal = isLocal(written) ? isLocal(read) || isOfEach(read) : isLocal(read) && isOfEach(written);
        return isLocal
                ? needed(written, localFactor()) + needed(read, localFactor()) > localFactor()
                : neededOfAll(written) + neededOfAll(read) > total();
    }

    private int neededOfAll(DefaultConsistencyLevel level) {
        if (isOfEach(level)) {
            return factors.values().stream()
                    .mapToInt(factor -> needed(level, factor))
                    .sum();
        }
        return needed(level, isLocal(level) ? localFactor() : total());
    }

    /** How many of some replicas a level needs at least. */
    private static int needed(DefaultConsistencyLevel level, int replicas) {
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

    private static boolean isOfEach(DefaultConsistencyLevel level) {
        return level == DefaultConsistencyLevel.EACH_QUORUM;
    }

    private int localFactor() {
        return factors.getOrDefault(localDataCentre, total());
    }

    private int total() {
        return factors.values().stream().mapToInt(Integer::intValue).sum();
    }
}
