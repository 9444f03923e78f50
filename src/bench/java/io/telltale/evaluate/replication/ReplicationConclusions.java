package io.telltale.evaluate.replication;

import static io.telltale.evaluate.replication.ReplicationReport.percent;
import static io.telltale.evaluate.replication.ReplicationReport.replication;

import io.telltale.bench.Summary;
import io.telltale.evaluate.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Sentences computed from results of driver clients, in words that hold for any figures.
 *
 * @param results in order
 */
record ReplicationConclusions(List<Result> results) {

    ReplicationConclusions {
        results = List.copyOf(results);
    }

    List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        results.stream().filter(result -> !isHealthy(result)).forEach(result -> sentences.add(ofFault(result)));
        for (String cluster : List.of(ReplicationChapter.RING, ReplicationChapter.TWO_CENTERS)) {
            List<Result> ofCluster = results.stream()
                    .filter(result -> result.setting("cluster").equals(cluster))
                    .toList();
            sentences.addAll(costs(cluster, ofCluster));
            sentences.addAll(strategies(cluster, ofCluster));
        }
        return sentences;
    }

    private static boolean isHealthy(Result result) {
        return Fault.NONE.slug().equals(result.setting("fault"));
    }

    private static String ofFault(Result result) {
        String answered = ReplicationReport.clients(result).stream()
                .map(client -> "%s %s %% of writes and %s %% of reads"
                        .formatted(client, answered(result, client, "write"), answered(result, client, "read")))
                .collect(Collectors.joining("; "));
        double onLost = result.number("keysOnlyOnLostNodesShare");
        double lost = result.number("lostCount");
        return "%s, %s, %s: answered during the fault: %s.%s %s %s (%s)."
                .formatted(
                        replication(result),
                        result.setting("cluster"),
                        result.setting("fault"),
                        answered,
                        Double.isNaN(onLost)
                                ? ""
                                : " %s %% of the keys had all their copies on the lost nodes."
                                        .formatted(percent(onLost)),
                        lost > 0
                                ? String.format(Locale.ROOT, "The final reads miss %,.0f acknowledged values,", lost)
                                : "After healing no acknowledged value is missing,",
                        String.format(
                                Locale.ROOT,
                                "%,.0f keys have different answers on the sides, and hints took %.0f s",
                                result.number("differingAnswersCount"),
                                result.number("hintsDeliveredSeconds")),
                        result.link());
    }

    private static String answered(Result result, String client, String operation) {
        return ReplicationReport.find(result, client, Phase.FAULT, operation)
                .map(found -> percent(found.answeredShare()))
                .orElse("–");
    }

    /** The cost of the most copies against that of the fewest, of each strategy. */
    private static List<String> costs(String cluster, List<Result> results) {
        List<String> sentences = new ArrayList<>();
        results.stream().map(result -> result.setting("strategy")).distinct().forEach(strategy -> {
            List<Result> byCopies = results.stream()
                    .filter(result -> result.setting("strategy").equals(strategy))
                    .sorted(Comparator.comparingInt(ReplicationConclusions::copies))
                    .toList();
            Result fewest = byCopies.get(0);
            int mostCopies = copies(byCopies.get(byCopies.size() - 1));
            // Of each, the first cell in the order of the chapter: the same fault, if both were measured.
            Result most = byCopies.stream()
                    .filter(result -> copies(result) == mostCopies)
                    .findFirst()
                    .orElse(fewest);
            if (copies(fewest) < copies(most)) {
                sentences.add(String.format(
                        Locale.ROOT,
                        "Cost on %s: %s takes %.2f times the disk of %s, and %.2f times the time of a write (p50 at"
                                + " LOCAL_QUORUM while healthy, on shared cores).",
                        cluster,
                        replication(most),
                        most.number("diskBytesPerReading") / fewest.number("diskBytesPerReading"),
                        replication(fewest),
                        writeMillis(most) / writeMillis(fewest)));
            }
        });
        return sentences;
    }

    /** The same factor under both strategies, while the same fault lasts. */
    private static List<String> strategies(String cluster, List<Result> results) {
        List<String> sentences = new ArrayList<>();
        for (Result simple : results) {
            if (isHealthy(simple) || !simple.setting("strategy").equals("SimpleStrategy")) {
                continue;
            }
            results.stream()
                    .filter(other -> !other.setting("strategy").equals(simple.setting("strategy"))
                            && other.setting("fault").equals(simple.setting("fault"))
                            && perDataCenter(other).equals(simple.setting("factor")))
                    .forEach(other ->
                            sentences.add("%s, %s: the worst-served client got %s %% of its writes answered with %s,"
                                            .formatted(
                                                    cluster,
                                                    simple.setting("fault"),
                                                    percent(worst(simple)),
                                                    replication(simple))
                                    + " and %s %% with %s.".formatted(percent(worst(other)), replication(other))));
        }
        return sentences;
    }

    /** Of clients at the levels that both strategies have. */
    private static double worst(Result result) {
        return ClientFigures.of(result).stream()
                .filter(client ->
                        client.is(Phase.FAULT, "write") && !client.level().equals("EACH_QUORUM"))
                .mapToDouble(ClientFigures::answeredShare)
                .min()
                .orElse(Double.NaN);
    }

    private static String perDataCenter(Result result) {
        return result.setting("factor").split("\\+", -1)[0];
    }

    private static int copies(Result result) {
        int copies = 0;
        for (String factor : result.setting("factor").split("\\+", -1)) {
            copies += Integer.parseInt(factor);
        }
        return copies;
    }

    /** The fastest of the clients at LOCAL_QUORUM, the default of the service. */
    private static double writeMillis(Result result) {
        return ClientFigures.of(result).stream()
                .filter(client ->
                        client.is(Phase.HEALTHY, "write") && client.level().equals("LOCAL_QUORUM"))
                .flatMap(client -> client.summary("p50Millis").stream())
                .mapToDouble(Summary::median)
                .min()
                .orElse(Double.NaN);
    }
}
