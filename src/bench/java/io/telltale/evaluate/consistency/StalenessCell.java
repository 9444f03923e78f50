package io.telltale.evaluate.consistency;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.metadata.Node;
import io.telltale.bench.Summary;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Measured;
import io.telltale.evaluate.consistency.PbsModel.FanOut;
import io.telltale.evaluate.consistency.PbsModel.RoundTrips;
import io.telltale.local.CassandraCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Measures how probably a read returns a write that was acknowledged shortly before, and what the model predicts from
 * the round trips of the same minutes.
 *
 * @param levels of writes and reads
 * @param slowMillis how long node 3 is stopped each time; 0 if it is not slow
 */
record StalenessCell(Levels levels, int slowMillis) {

    static final int SLOW_NODE = 3;
    /** The share of reads for which the model's delay is reported. */
    static final double ALMOST_ALL = 0.999;

    private static final Duration QUICK = Duration.ofSeconds(20);
    private static final Duration FULL = Duration.ofMinutes(2);

    String name() {
        return "consistency-staleness-%s-%s".formatted(levels.slug(), slowMillis == 0 ? "none" : "slow-" + slowMillis);
    }

    Measured run(CassandraCluster cluster, CellRun run) throws InterruptedException {
        // The model knows no second request and no repair.
        String options = " WITH speculative_retry = 'NEVER' AND read_repair = 'NONE'";
        try (CqlSession session = cluster.connect();
                RegisterTable table = RegisterTable.create(cluster, session, name(), options)) {
            List<Node> nodes = IntStream.rangeClosed(1, Levels.FACTOR)
                    .mapToObj(number -> cluster.nodeOf(session, number))
                    .toList();
            try (StalenessProbe probe = new StalenessProbe(table, nodes, levels, run.seed())) {
                warmUp(probe);
                if (slowMillis > 0) {
                    cluster.node(SLOW_NODE).slow(Duration.ofMillis(slowMillis));
                }
                probe.clear();
                probe.run(run.isFull() ? FULL : QUICK);
                return Measured.of(figures(probe.trials(), probe.failures(), probe.roundTrips(), levels, run.seed()));
            } finally {
                if (slowMillis > 0) {
                    cluster.node(SLOW_NODE).resume();
                    cluster.awaitWhole();
                }
            }
        }
    }

    private static void warmUp(StalenessProbe probe) throws InterruptedException {
        int seconds = 0;
        do {
            probe.clear();
            probe.run(Duration.ofSeconds(1));
            seconds++;
        } while (seconds < FaultCell.WARMUP_SECONDS && probe.medianMillis() > FaultCell.WARM_MILLIS);
    }

    /** Lists have a value for each delay, in the same order. */
    static Map<String, Object> figures(
            List<Trial> trials, int failures, List<RoundTrips> roundTrips, Levels levels, long seed) {
        PbsModel paper = PbsModel.simulate(roundTrips, levels, FanOut.ALL_REPLICAS, seed);
        PbsModel cassandra = PbsModel.simulate(roundTrips, levels, FanOut.REQUIRED_REPLICAS, seed);
        List<Integer> planned = new ArrayList<>();
        List<Integer> counts = new ArrayList<>();
        List<Double> actual = new ArrayList<>();
        List<Summary> shares = new ArrayList<>();
        for (int delay : StalenessProbe.DELAYS_MILLIS) {
            List<Trial> ofDelay = trials.stream()
                    .filter(trial -> trial.plannedMillis() == delay)
                    .toList();
            if (!ofDelay.isEmpty()) {
                planned.add(delay);
                counts.add(ofDelay.size());
                actual.add(Trial.actualMillis(ofDelay));
                shares.add(Trial.freshShare(ofDelay));
            }
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("plannedDelayMillis", planned);
        figures.put("actualDelayMillis", actual);
        figures.put("trialsCount", counts);
        figures.put("freshShare", shares.stream().map(Summary::median).toList());
        figures.put("freshLowShare", shares.stream().map(Summary::least).toList());
        figures.put("freshHighShare", shares.stream().map(Summary::most).toList());
        figures.put(
                "predictedAllAskedShare", actual.stream().map(paper::freshShare).toList());
        figures.put(
                "predictedRequiredAskedShare",
                actual.stream().map(cassandra::freshShare).toList());
        figures.put("predictedAllAskedDelayMillis", paper.delayMillis(ALMOST_ALL));
        figures.put("predictedRequiredAskedDelayMillis", cassandra.delayMillis(ALMOST_ALL));
        figures.put("failedRequestsCount", failures);
        figures.put("directWriteMedianMillis", medians(roundTrips, true));
        figures.put("directReadMedianMillis", medians(roundTrips, false));
        return figures;
    }

    private static List<Double> medians(List<RoundTrips> roundTrips, boolean isWrite) {
        return roundTrips.stream()
                .map(each -> Summary.of(isWrite ? each.writeMillis() : each.readMillis())
                        .median())
                .toList();
    }
}
