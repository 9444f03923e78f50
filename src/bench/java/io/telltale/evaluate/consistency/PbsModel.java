package io.telltale.evaluate.consistency;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Predicts how probably a read returns an acknowledged write, by the WARS model of probabilistically bounded staleness
 * (Bailis et al., "Probabilistically Bounded Staleness for Practical Partial Quorums", VLDB 2012), as a simulation.
 *
 * <p>A write reaches replica i after W<sub>i</sub>, and its acknowledgement returns after A<sub>i</sub>; the write is
 * acknowledged at the w-th acknowledgement. A read that begins t later reaches replica i after R<sub>i</sub>, and its
 * response returns after S<sub>i</sub>; it takes the first r responses. It is stale if the write reached none of those
 * replicas before the read did. One-way times are half of a measured round trip, drawn independently.
 */
final class PbsModel {

    private static final int DRAWS = 100_000;

    private final double[] sortedNeeds;

    /** Which replicas a read is sent to. */
    enum FanOut {
        /** All, as the paper assumes. */
        ALL_REPLICAS,
        /** As many as must respond, chosen at random: Cassandra asks the coordinator's own replica first. */
        REQUIRED_REPLICAS
    }

    /** Measured round trips of one replica, in milliseconds. */
    record RoundTrips(List<Double> writeMillis, List<Double> readMillis) {

        RoundTrips {
            writeMillis = List.copyOf(writeMillis);
            readMillis = List.copyOf(readMillis);
            if (writeMillis.isEmpty() || readMillis.isEmpty()) {
                throw new IllegalArgumentException("a replica has no round trips");
            }
        }
    }

    /** A replica that responds to a read, and by how much the read must be delayed to find the write there. */
    private record Response(double atMillis, double needMillis) {}

    private PbsModel(double[] sortedNeeds) {
        this.sortedNeeds = sortedNeeds;
    }

    /**
     * Simulates writes that {@code levels} acknowledge, and reads.
     *
     * @param replicas by which both are drawn
     */
    static PbsModel simulate(List<RoundTrips> replicas, Levels levels, FanOut fanOut, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] needs = new double[DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            needs[i] = need(replicas, levels, fanOut, random);
        }
        Arrays.sort(needs);
        return new PbsModel(needs);
    }

    /** The shortest delay with which a read finds one write; it may be negative. */
    private static double need(List<RoundTrips> replicas, Levels levels, FanOut fanOut, SplittableRandom random) {
        List<Double> arrivals = new ArrayList<>();
        List<Double> acknowledgements = new ArrayList<>();
        for (RoundTrips replica : replicas) {
            double arrival = oneWay(replica.writeMillis(), random);
            arrivals.add(arrival);
            acknowledgements.add(arrival + oneWay(replica.writeMillis(), random));
        }
        acknowledgements.sort(Comparator.naturalOrder());
        double acknowledged = acknowledgements.get(levels.writeReplicas() - 1);
        List<Response> responses = new ArrayList<>();
        for (int replica : asked(replicas.size(), levels.readReplicas(), fanOut, random)) {
            double request = oneWay(replicas.get(replica).readMillis(), random);
            double response = oneWay(replicas.get(replica).readMillis(), random);
            responses.add(new Response(request + response, arrivals.get(replica) - acknowledged - request));
        }
        responses.sort(Comparator.comparingDouble(Response::atMillis));
        return responses.stream()
                .limit(levels.readReplicas())
                .mapToDouble(Response::needMillis)
                .min()
                .orElseThrow();
    }

    private static List<Integer> asked(int replicas, int required, FanOut fanOut, SplittableRandom random) {
        List<Integer> asked = new ArrayList<>();
        for (int replica = 0; replica < replicas; replica++) {
            asked.add(replica);
        }
        while (fanOut == FanOut.REQUIRED_REPLICAS && asked.size() > required) {
            asked.remove(random.nextInt(asked.size()));
        }
        return asked;
    }

    private static double oneWay(List<Double> roundTrips, SplittableRandom random) {
        return roundTrips.get(random.nextInt(roundTrips.size())) / 2;
    }

    /** The share of reads that return the write when they begin that long after its acknowledgement. */
    double freshShare(double delayMillis) {
        int low = 0;
        int high = sortedNeeds.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sortedNeeds[middle] <= delayMillis) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return (double) low / sortedNeeds.length;
    }

    /** The shortest delay, zero or more, with which at least that share of reads return the write. */
    double delayMillis(double share) {
        int index = (int) Math.ceil(share * sortedNeeds.length) - 1;
        return Math.max(0, sortedNeeds[Math.max(0, index)]);
    }
}
