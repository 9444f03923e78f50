package io.telltale.evaluate.replication;

import io.telltale.evaluate.History;
import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the loss of a node's or a data center's disks would take with it.
 *
 * @param placement of many sensors, by the strategy
 * @param copies of the acknowledged values, as found on the nodes
 */
record DataAtRisk(CassandraCluster cluster, Placement<String> placement, Placement<History.Key> copies) {

    Map<String, Object> figures(KeyspaceReplication replication, Fault fault) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("keysByCopiesShare", copies.shareByCopies());
        figures.put(
                "keysAtRiskOfNodeShare",
                copies.worstOnlyOnShare(cluster.nodes().stream()
                        .map(node -> Set.of(node.number()))
                        .toList()));
        if (Fault.dataCenters(cluster).size() > 1) {
            addDataCenters(replication, figures);
        }
        List<ClusterNode> lost = fault.lostNodes(cluster);
        if (!lost.isEmpty()) {
            figures.put("keysOnlyOnLostNodesShare", copies.onlyOnShare(numbers(lost)));
        }
        return figures;
    }

    private void addDataCenters(KeyspaceReplication replication, Map<String, Object> figures) {
        Map<String, Double> without = new LinkedHashMap<>();
        Set<Set<Integer>> groups = new LinkedHashSet<>();
        double random = 0;
        for (String name : Fault.dataCenters(cluster)) {
            Set<Integer> numbers = numbers(cluster.nodes(name));
            groups.add(numbers);
            without.put(name, placement.noneOnShare(numbers));
            random += Placement.noneOnShareOfRandomTokens(
                    numbers.size(), cluster.nodes().size(), replication.copies());
        }
        figures.put("keysAtRiskOfDataCenterShare", copies.worstOnlyOnShare(groups));
        figures.put("keysWithoutCopyShare", without);
        if (!replication.isByDataCenter()) {
            figures.put("keysWithoutCopyOfRandomTokensShare", random);
        }
    }

    private static Set<Integer> numbers(List<ClusterNode> nodes) {
        return nodes.stream().map(ClusterNode::number).collect(Collectors.toSet());
    }
}
