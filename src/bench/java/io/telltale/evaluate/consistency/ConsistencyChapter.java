package io.telltale.evaluate.consistency;

import io.telltale.bench.Page;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.Chapter;
import io.telltale.evaluate.Environment;
import io.telltale.evaluate.Result;
import io.telltale.local.CassandraCluster;
import io.telltale.local.ClusterNetwork;
import io.telltale.local.ClusterPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the consistency levels of writes and reads give and take when nodes fail. */
public final class ConsistencyChapter implements Chapter {

    private static final Set<FaultCell> QUICK = Set.of(
            new FaultCell(Levels.ONE_ONE, Fault.NONE),
            new FaultCell(Levels.ONE_ONE, Fault.CUT),
            new FaultCell(Levels.QUORUM_ONE, Fault.CUT),
            new FaultCell(Levels.QUORUM_QUORUM, Fault.NONE),
            new FaultCell(Levels.QUORUM_QUORUM, Fault.KILLED),
            new FaultCell(Levels.QUORUM_QUORUM, Fault.CUT),
            new FaultCell(Levels.ALL_ALL, Fault.KILLED));

    private static final StalenessCell QUICK_STALENESS = new StalenessCell(Levels.ONE_ONE, 20);
    private static final List<Integer> SLOW_MILLIS = List.of(0, 5, 20);
    private static final String SLOW_SETTING = "slowMillis";

    /** Of the quick form. */
    private static final Duration QUICK_ESTIMATE = Duration.ofSeconds(45);

    /** Of the quick form, if a node starts again. */
    private static final Duration QUICK_RESTART_ESTIMATE = Duration.ofSeconds(100);

    private static final Duration FAULT_ESTIMATE = Duration.ofSeconds(170);
    private static final Duration STALENESS_ESTIMATE = Duration.ofSeconds(130);

    @Override
    public String name() {
        return "consistency";
    }

    @Override
    public String question() {
        return "What does each consistency level answer, cost and promise when a node fails?";
    }

    @Override
    public String method() {
        return """
                **Servers.** Three nodes, three replicas (NetworkTopologyStrategy), `commitlog_sync: group`. The table
                has Cassandra's own options: read repair, and speculative retry at p99.

                **Requests.** The driver alone, on a session whose requests name their coordinator, sends two writes and
                three reads every %d ms, whatever the responses are. It gives up after %d s. One write sets one of %d
                registers again, the other one a register of its own. Half of the reads ask for what was written a tick
                before, the others for any register.

                **Clients.** One reads through the affected node (node 3; nodes 2 and 3 if two are lost), one through
                the others, one roams over all three. So shares through the affected node are those of a client that
                knows no other node. A driver with its usual policy sends the request to the next node when its own is
                known to be down.

                **Phases.** A cell warms up until half of the requests take less than %d ms, is healthy, then has its
                fault, then is healed. The full form does the last three steps three times; the least and most of these
                rounds are the error bars. *After* begins with the healing, so it includes the start of a killed node.
                At last, hints are delivered, and every register is read through every node at the same read level.

                **A slow node** is stopped for %d ms and runs for half of that, in turn.

                **Checks.** The write timestamp is the record time, so the later write wins. A read is *stale* if a
                later write was acknowledged before the read began. Levels overlap if the replicas of write and read
                together are more than three. Then, with at most one node affected, the cell promises that nothing is
                lost, stale, invented or returned twice. It also promises that no reader goes backwards, except with
                reads of one replica, which repair nothing. A level that cannot be met fails: that is a figure, not an
                error.

                **Latencies** are of answered requests through the other nodes. With fewer than 1,000 requests p99.9 is
                the largest.

                **Limits.** Nodes and clients share two cores, which lengthens latencies and all that waits for a
                timeout: compare figures of one run only.""".formatted(
                        RegisterClients.TICK.toMillis(),
                        RegisterTable.TIMEOUT.toSeconds(),
                        RegisterClients.REGISTERS,
                        FaultCell.WARM_MILLIS,
                        Fault.SLOWNESS.toMillis());
    }

    @Override
    public List<Cell> cells() {
        Environment<CassandraCluster> ring = new Environment<>(
                "ring-3-isolated",
                CassandraCluster.class,
                () -> CassandraCluster.start(ClusterPlan.ring(3).isolated()));
        List<Cell> cells = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            Levels.PAIRS.forEach(levels -> cells.add(cell(ring, new FaultCell(levels, fault))));
        }
        for (Levels levels : List.of(Levels.ONE_ONE, Levels.QUORUM_ONE)) {
            SLOW_MILLIS.forEach(millis -> cells.add(cell(ring, new StalenessCell(levels, millis))));
        }
        return cells;
    }

    private static Cell cell(Environment<CassandraCluster> ring, FaultCell faultCell) {
        Cell cell = with(faultCell.levels(), Cell.on(ring, faultCell.name(), faultCell::run))
                .with(FaultReport.PROMISE, faultCell.promisesSafety())
                .with("tickMillis", RegisterClients.TICK.toMillis())
                .with("registers", RegisterClients.REGISTERS)
                .promisesSafetyIf(faultCell.promisesSafety())
                .quickIf(QUICK.contains(faultCell))
                .lasting(estimate(faultCell));
        return faultCell.fault() == Fault.NONE
                ? cell
                : cell.withFault(faultCell.fault().label());
    }

    private static Duration estimate(FaultCell faultCell) {
        if (!QUICK.contains(faultCell)) {
            return FAULT_ESTIMATE;
        }
        return faultCell.fault() == Fault.KILLED ? QUICK_RESTART_ESTIMATE : QUICK_ESTIMATE;
    }

    private static Cell cell(Environment<CassandraCluster> ring, StalenessCell stalenessCell) {
        boolean isQuick = stalenessCell.equals(QUICK_STALENESS);
        Cell cell = with(stalenessCell.levels(), Cell.on(ring, stalenessCell.name(), stalenessCell::run))
                .with(SLOW_SETTING, stalenessCell.slowMillis())
                .with("tickMillis", StalenessProbe.TICK.toMillis())
                .quickIf(isQuick)
                .lasting(isQuick ? QUICK_ESTIMATE : STALENESS_ESTIMATE);
        return stalenessCell.slowMillis() == 0 ? cell : cell.withFault(Fault.SLOW.label());
    }

    /** The ring has namespaces, so no cell runs where they are unavailable. */
    private static Cell with(Levels levels, Cell cell) {
        return cell.with(FaultReport.LEVELS, levels.label())
                .with("replicationFactor", Levels.FACTOR)
                .with("timeoutMillis", RegisterTable.TIMEOUT.toMillis())
                .unless(ClusterNetwork::unavailable);
    }

    @Override
    public List<String> conclusions(List<Result> results) {
        List<String> conclusions = new ArrayList<>(new FaultReport(ofStaleness(results, false)).conclusions());
        conclusions.addAll(new StalenessReport(ofStaleness(results, true)).conclusions());
        return conclusions;
    }

    @Override
    public void report(List<Result> results, Page page, Path directory) {
        new FaultReport(ofStaleness(results, false)).append(page, directory);
        new StalenessReport(ofStaleness(results, true)).append(page, directory);
    }

    private static List<Result> ofStaleness(List<Result> results, boolean isStaleness) {
        return results.stream()
                .filter(result -> result.settings().containsKey(SLOW_SETTING) == isStaleness)
                .toList();
    }
}
