package io.telltale.evaluate.replication;

import com.sun.management.OperatingSystemMXBean;
import io.telltale.bench.Page;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.Chapter;
import io.telltale.evaluate.Environment;
import io.telltale.evaluate.Result;
import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterNetwork;
import io.telltale.local.ClusterPlan;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What copies buy when a node, a data center, or the link between two is lost, and what they cost. */
public final class ReplicationChapter implements Chapter {

    static final String RING = "ring of three";
    static final String TWO_CENTERS = "two data centers";

    private static final long GIBIBYTE = 1L << 30;
    private static final long SIX_NODES_GIBIBYTES = 20;
    private static final int RING_NODES = 3;
    private static final int MOST_COPIES = 3;

    @Override
    public String name() {
        return "replication";
    }

    @Override
    public String question() {
        return "What do replication strategy and factor buy when a node or a data center is lost, and what do they cost?";
    }

    @Override
    public String method() {
        return """
                **Cells.** The driver alone, without the service, except in the two cells that are named after the
                service. Each cell creates a keyspace with its replication.

                **Disk.** %,d readings, written at ALL and flushed, show the disk use of all nodes together.

                **Clients.** Then each data center has a client for each level: LOCAL_QUORUM, QUORUM, and EACH_QUORUM
                where NetworkTopologyStrategy is cut or healthy. A client sends to the nodes of its own data center,
                whether or not earlier requests were answered. All clients together send %d writes and as many reads per
                second. A request is answered if a result arrives within %d s, retries of the driver included.

                **Keys.** A client reads keys that it has written; every fourth write overwrites one. On two data
                centers every fourth write of one client per side goes to keys that both sides write, with record times
                in another order than that of arrival.

                **Phases.** After a warm-up, the healthy phase has three equal rounds, and so has the fault. The first
                data center is the one that is lost. Killed nodes keep their disks and restart with them. Healing lasts
                until all nodes see each other; hints are delivered when no node holds a file of them. Then each side
                reads every key, at LOCAL_QUORUM with NetworkTopologyStrategy and at QUORUM with SimpleStrategy.

                **Checks.** During the fault, responses are checked against what was acknowledged on their own side; the
                final read, against what was acknowledged anywhere. A response of a service is checked against the
                `ingestedThrough` that it states. Where both services share one Kafka, a response with reason
                `consistency` promises nothing.

                **At risk** counts the keys of acknowledged values whose copies are all on one node, or in one data
                center, after the healthy phase; each replica was asked for its own copy at ONE. Whether a strategy puts
                no copy into a data center is computed from the driver's token map. The tokens of the data centers
                alternate here, so a formula gives the share for random tokens beside it.

                **Limits.** All nodes and clients share the cores of one machine, which lengthens latencies, restarts
                and the delivery of hints: compare figures of one run only.""".formatted(DiskUse.READINGS, Load.PER_SECOND, RegisterTable.LIMIT.toSeconds());
    }

    @Override
    public List<Cell> cells() {
        List<Cell> cells = new ArrayList<>(ringCells());
        cells.addAll(twoCenterCells());
        return cells;
    }

    private static List<Cell> ringCells() {
        Environment<CassandraCluster> ring = new Environment<>(
                "ring-3-isolated",
                CassandraCluster.class,
                () -> CassandraCluster.start(ClusterPlan.ring(RING_NODES).isolated()));
        List<Cell> cells = new ArrayList<>();
        for (int factor = 1; factor <= MOST_COPIES; factor++) {
            for (KeyspaceReplication replication : List.of(
                    KeyspaceReplication.simple(factor),
                    KeyspaceReplication.byDataCenter(Map.of("datacenter1", factor)))) {
                for (Fault fault : List.of(Fault.NONE, Fault.NODE_LOST)) {
                    cells.add(cell(ring, RING, "ring", new ReplicationCell(replication, fault))
                            .quickIf(replication.isByDataCenter() && fault == Fault.NODE_LOST)
                            .lasting(Duration.ofSeconds(fault == Fault.NONE ? 30 : 60)));
                }
            }
        }
        return cells;
    }

    private static List<Cell> twoCenterCells() {
        int[] nodes = hasMemoryForSixNodes() ? new int[] {3, 3} : new int[] {2, 1};
        Environment<CassandraCluster> environment = new Environment<>(
                "two-data-centers-isolated",
                CassandraCluster.class,
                () -> CassandraCluster.start(ClusterPlan.dataCenters(nodes).isolated()));
        KeyspaceReplication full = byDataCenter(nodes[0], nodes[1]);
        KeyspaceReplication one = byDataCenter(1, 1);
        List<Cell> cells = new ArrayList<>();
        for (KeyspaceReplication replication : List.of(KeyspaceReplication.simple(MOST_COPIES), full, one)) {
            for (Fault fault : List.of(Fault.NONE, Fault.DATA_CENTER_CUT, Fault.DATA_CENTER_LOST)) {
                cells.add(cell(environment, TWO_CENTERS, "centers", new ReplicationCell(replication, fault))
                        .quickIf((fault == Fault.DATA_CENTER_CUT && !replication.equals(one))
                                || (fault == Fault.DATA_CENTER_LOST && replication.equals(full)))
                        .with("nodes", nodes[0] + "+" + nodes[1])
                        .lasting(Duration.ofSeconds(fault == Fault.NONE ? 40 : 80)));
            }
        }
        for (boolean isKafkaShared : List.of(false, true)) {
            cells.add(Cell.on(
                            environment,
                            "replication-services-%s-kafka".formatted(isKafkaShared ? "shared" : "own"),
                            new ServiceCell(full, isKafkaShared)::run)
                    .with("cluster", TWO_CENTERS)
                    .with("strategy", full.strategy())
                    .with("factor", full.factor())
                    .with("kafka", isKafkaShared ? "one Kafka for both" : "a Kafka for each")
                    .with("nodes", nodes[0] + "+" + nodes[1])
                    .withFault(Fault.DATA_CENTER_CUT.description())
                    .promisesSafetyIf(full.hasThreeCopiesEach())
                    .unless(ClusterNetwork::unavailable)
                    .lasting(Duration.ofMinutes(3)));
        }
        return cells;
    }

    private static Cell cell(
            Environment<CassandraCluster> environment, String cluster, String prefix, ReplicationCell cell) {
        Cell built = Cell.on(
                        environment,
                        "replication-%s-%s-%s"
                                .formatted(
                                        prefix,
                                        cell.replication().slug(),
                                        cell.fault().slug()),
                        cell::run)
                .with("cluster", cluster)
                .with("strategy", cell.replication().strategy())
                .with("factor", cell.replication().factor())
                .with("fault", cell.fault().slug())
                .with("requestsPerSecond", Load.PER_SECOND)
                .promisesSafetyIf(cell.replication().hasThreeCopiesEach())
                .unless(ClusterNetwork::unavailable);
        return cell.fault() == Fault.NONE ? built : built.withFault(cell.fault().description());
    }

    private static KeyspaceReplication byDataCenter(int first, int second) {
        Map<String, Integer> factors = new LinkedHashMap<>();
        factors.put("dc1", first);
        factors.put("dc2", second);
        return KeyspaceReplication.byDataCenter(factors);
    }

    private static boolean hasMemoryForSixNodes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                && system.getTotalMemorySize() >= SIX_NODES_GIBIBYTES * GIBIBYTE;
    }

    @Override
    public List<String> conclusions(List<Result> results) {
        List<String> sentences = new ArrayList<>(new ReplicationConclusions(
                        results.stream().filter(ReplicationReport::isOfDriver).toList())
                .sentences());
        sentences.addAll(new ServiceSection(results).sentences());
        return sentences;
    }

    @Override
    public void report(List<Result> results, Page page, Path directory) {
        new ReplicationReport(results).append(page, directory);
    }
}
