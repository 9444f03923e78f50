package io.telltale.evaluate.replication;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * On which nodes the copies of each key are.
 *
 * @param nodesByKey numbers of nodes by key
 */
record Placement<K>(Map<K, Set<Integer>> nodesByKey) {

    Placement {
        nodesByKey = Map.copyOf(nodesByKey);
    }

    /** The share of keys by number of copies. */
    Map<String, Double> shareByCopies() {
        Map<String, Long> counts = nodesByKey.values().stream()
                .collect(Collectors.groupingBy(nodes -> Integer.toString(nodes.size()), Collectors.counting()));
        Map<String, Double> shares = new TreeMap<>();
        counts.forEach((copies, keys) -> shares.put(copies, share(keys)));
        return shares;
    }

    /** The share of keys that have copies, all of them on these nodes: what their disks take with them. */
    double onlyOnShare(Set<Integer> nodes) {
        return share(nodesByKey.values().stream()
                .filter(copies -> !copies.isEmpty() && nodes.containsAll(copies))
                .count());
    }

    /** The same for the worst of several groups of nodes. */
    double worstOnlyOnShare(Collection<Set<Integer>> groups) {
        return groups.stream().mapToDouble(this::onlyOnShare).max().orElse(0);
    }

    /** The share of keys without a copy on any of these nodes. */
    double noneOnShare(Set<Integer> nodes) {
        return share(nodesByKey.values().stream()
                .filter(copies -> copies.stream().noneMatch(nodes::contains))
                .count());
    }

    /** The share of keys that have fewer copies than here. */
    double missingShare(Placement<K> found) {
        return share(nodesByKey.entrySet().stream()
                .filter(wanted -> !Optional.ofNullable(found.nodesByKey.get(wanted.getKey()))
                        .orElse(Set.of())
                        .containsAll(wanted.getValue()))
                .count());
    }

    /**
     * The share of keys without a copy in a data center, under SimpleStrategy and random tokens: the copies are on the
     * next nodes of the ring, in random order of data centers.
     *
     * @param inside nodes of that data center
     * @param all nodes of the cluster
     * @param factor of replication, at most {@code all}
     */
    static double noneOnShareOfRandomTokens(int inside, int all, int factor) {
        double share = 1;
        for (int copy = 0; copy < factor; copy++) {
            share *= (double) Math.max(0, all - inside - copy) / (all - copy);
        }
        return share;
    }

    private double share(long keys) {
        return nodesByKey.isEmpty() ? 0 : (double) keys / nodesByKey.size();
    }
}
