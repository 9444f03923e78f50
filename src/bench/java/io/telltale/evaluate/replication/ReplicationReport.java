package io.telltale.evaluate.replication;

import io.telltale.bench.Page;
import io.telltale.bench.Summary;
import io.telltale.evaluate.Figure;
import io.telltale.evaluate.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The tables and plots of the chapter.
 *
 * @param results of driver clients and of services
 */
record ReplicationReport(List<Result> results) {

    private static final String UNKNOWN = "–";
    private static final String ANSWERED = "answeredShare";
    private static final String P50 = "p50Millis";
    private static final String P99 = "p99Millis";
    private static final double PERCENT = 100;

    ReplicationReport {
        results = List.copyOf(results);
    }

    void append(Page page, Path directory) {
        List<Result> driver =
                results.stream().filter(ReplicationReport::isOfDriver).toList();
        for (String cluster : List.of(ReplicationChapter.RING, ReplicationChapter.TWO_CENTERS)) {
            List<Result> ofCluster = driver.stream()
                    .filter(result -> result.setting("cluster").equals(cluster))
                    .toList();
            if (!ofCluster.isEmpty()) {
                append(page, directory, cluster, ofCluster);
            }
        }
        new ServiceSection(results).append(page);
    }

    static boolean isOfDriver(Result result) {
        return !ClientFigures.of(result).isEmpty();
    }

    /** Of the machine of a result: they limit rates and lengthen latencies. */
    static String cores(List<Result> results) {
        Object cores = results.get(0).machine().get("cores");
        return cores == null ? "a number of cores that is not known" : cores + " cores";
    }

    /** Strategy and factor. */
    static String replication(Result result) {
        return "%s %s".formatted(result.setting("strategy"), result.setting("factor"));
    }

    private static void append(Page page, Path directory, String cluster, List<Result> results) {
        page.paragraph("**On %s**: share of requests answered, by client; least to most of the rounds in brackets."
                .formatted(cluster));
        page.table(
                "strategy and factor",
                "fault",
                "client",
                "writes, healthy",
                "writes, fault",
                "writes, healing",
                "reads, healthy",
                "reads, fault",
                "reads, healing");
        results.forEach(result -> clients(result)
                .forEach(client -> page.row(
                        replication(result),
                        result.setting("fault"),
                        client,
                        share(result, client, Phase.HEALTHY, "write"),
                        share(result, client, Phase.FAULT, "write"),
                        share(result, client, Phase.HEALING, "write"),
                        share(result, client, Phase.HEALTHY, "read"),
                        share(result, client, Phase.FAULT, "read"),
                        share(result, client, Phase.HEALING, "read"))));
        page.paragraph("Latency of answered requests, in milliseconds; %s for all nodes and clients."
                .formatted(cores(results)));
        page.table(
                "strategy and factor",
                "fault",
                "client",
                "write p50, healthy",
                "write p99, healthy",
                "write p50, fault",
                "write p99, fault",
                "read p50, healthy",
                "read p99, healthy",
                "read p50, fault",
                "read p99, fault");
        results.forEach(result -> clients(result)
                .forEach(client -> page.row(
                        replication(result),
                        result.setting("fault"),
                        client,
                        latency(result, client, Phase.HEALTHY, "write", P50),
                        latency(result, client, Phase.HEALTHY, "write", P99),
                        latency(result, client, Phase.FAULT, "write", P50),
                        latency(result, client, Phase.FAULT, "write", P99),
                        latency(result, client, Phase.HEALTHY, "read", P50),
                        latency(result, client, Phase.HEALTHY, "read", P99),
                        latency(result, client, Phase.FAULT, "read", P50),
                        latency(result, client, Phase.FAULT, "read", P99))));
        page.paragraph("Data at risk, cost and healing.");
        page.table(
                "cell",
                "strategy and factor",
                "fault",
                "only on one node, %",
                "only in one data center, %",
                "only on the lost nodes, %",
                "no copy in a data center, %",
                "the same, random tokens, %",
                "disk B per reading",
                "healing s",
                "hints delivered s",
                "copies missing then, %",
                "different answers",
                "lost",
                "stale");
        results.forEach(result -> page.row(
                result.link(),
                replication(result),
                result.setting("fault"),
                percent(result.number("keysAtRiskOfNodeShare")),
                percent(result.number("keysAtRiskOfDataCenterShare")),
                percent(result.number("keysOnlyOnLostNodesShare")),
                withoutCopy(result),
                percent(result.number("keysWithoutCopyOfRandomTokensShare")),
                decimal(result.number("diskBytesPerReading")),
                decimal(result.number("healingSeconds")),
                decimal(result.number("hintsDeliveredSeconds")),
                percent(result.number("missingCopiesAfterHealingShare")),
                whole(result.number("differingAnswersCount")),
                whole(result.number("lostCount")),
                whole(result.number("staleCount"))));
        page.plots(plots(directory, cluster, results));
    }

    private static List<String> plots(Path directory, String cluster, List<Result> results) {
        String name = "replication-" + cluster.replace(' ', '-');
        List<String> files = new ArrayList<>();
        List<Result> faults = results.stream()
                .filter(result -> !Fault.NONE.slug().equals(result.setting("fault")))
                .toList();
        if (!faults.isEmpty()) {
            files.add(Figure.bars(
                    directory,
                    name + "-answered",
                    "Writes answered during the fault, " + cluster,
                    "share of requests, %",
                    labels(faults),
                    series(faults, Phase.FAULT, ANSWERED, PERCENT)));
        }
        files.add(Figure.bars(
                directory,
                name + "-latency",
                "Write latency while healthy, p50, " + cluster,
                "ms",
                labels(results),
                series(results, Phase.HEALTHY, P50, 1)));
        files.add(Figure.bars(
                directory,
                name + "-disk",
                "Disk use of all copies, " + cluster,
                "bytes per reading",
                labels(results),
                Map.of(
                        "all nodes",
                        results.stream()
                                .map(result -> Summary.of(List.of(result.number("diskBytesPerReading"))))
                                .toList())));
        return files;
    }

    private static List<String> labels(List<Result> results) {
        return results.stream()
                .map(result -> "%s, %s"
                        .formatted(replication(result), result.setting("fault"))
                        .replace("Strategy", ""))
                .toList();
    }

    /** By client; a client that not all results have is left out, and one without an answer is a bar of height 0. */
    private static Map<String, List<Summary>> series(List<Result> results, Phase phase, String figure, double factor) {
        Set<String> common = new LinkedHashSet<>(clients(results.get(0)));
        results.forEach(result -> common.retainAll(clients(result)));
        Map<String, List<Summary>> series = new LinkedHashMap<>();
        common.forEach(client -> series.put(
                client,
                results.stream()
                        .map(result -> find(result, client, phase, "write")
                                .flatMap(found -> found.summary(figure))
                                .map(found -> scale(found, factor))
                                .orElse(new Summary(0, 0, 0)))
                        .toList()));
        return series;
    }

    private static Summary scale(Summary summary, double factor) {
        return new Summary(summary.median() * factor, summary.least() * factor, summary.most() * factor);
    }

    /** The clients of a result, in order. */
    static List<String> clients(Result result) {
        return ClientFigures.of(result).stream()
                .map(ClientFigures::client)
                .distinct()
                .toList();
    }

    static Optional<ClientFigures> find(Result result, String client, Phase phase, String operation) {
        return ClientFigures.of(result).stream()
                .filter(found -> found.client().equals(client) && found.is(phase, operation))
                .findFirst();
    }

    private static String share(Result result, String client, Phase phase, String operation) {
        return find(result, client, phase, operation)
                .map(found -> {
                    String mean = percent(found.answeredShare());
                    return found.summary(ANSWERED)
                            .filter(rounds -> rounds.least() < rounds.most())
                            .map(rounds ->
                                    "%s %% (%s to %s)".formatted(mean, percent(rounds.least()), percent(rounds.most())))
                            .orElse(mean + " %");
                })
                .orElse(UNKNOWN);
    }

    private static String latency(Result result, String client, Phase phase, String operation, String figure) {
        return find(result, client, phase, operation)
                .flatMap(found -> found.summary(figure))
                .map(Page::decimal)
                .orElse(UNKNOWN);
    }

    private static String withoutCopy(Result result) {
        return result.measured().get("keysWithoutCopyShare") instanceof Map<?, ?> shares
                ? percent(shares.values().stream()
                        .mapToDouble(share -> ((Number) share).doubleValue())
                        .sum())
                : UNKNOWN;
    }

    static String percent(double share) {
        return Double.isNaN(share) ? UNKNOWN : String.format(Locale.ROOT, "%.1f", share * PERCENT);
    }

    private static String decimal(double number) {
        return Double.isNaN(number) ? UNKNOWN : Page.decimal(number);
    }

    private static String whole(double number) {
        return Double.isNaN(number) ? UNKNOWN : Page.whole(number);
    }
}
