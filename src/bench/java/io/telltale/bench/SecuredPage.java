package io.telltale.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** Writes what security costs: {@code secured.md} and {@code secured.json}. */
final class SecuredPage {

    private static final double WANTED_MICROS = 50;

    private static final String PREFACE = """
            # Security: what it costs

            Written by `mvn -Pbench -Dbench=secured`; do not edit it by hand.

            *telltale* is the packaged service without security: HTTP, no credentials, no TLS. *secured* is the same
            package with HTTPS and bearer tokens (RS256, key of 2,048 bits), TLS and SCRAM to Kafka, TLS and a
            password to Cassandra, all with TLS 1.3. Before it is measured, it must answer 401 without a credential,
            and Cassandra must report its connections as encrypted. Every claim is a **ratio within this run**.

            Both use one Kafka and one Cassandra at the same time, and the other pages describe `drain`, `range` and
            `fan-out`. What differs:

            - Kafka has a listener without TLS and one with TLS and SCRAM. Cassandra accepts both on one port. It
              requires the password and checks rights for both, because a node cannot require them of some clients:
              no ratio contains that cost.
            - Load generators send to Kafka without TLS. The client of `range` and the subscribers of `fan-out`
              decrypt, on the same two cores: that slows the rates, but is not in the processor time of the service.
            - Clients keep their connections, so no figure contains handshakes. All subscribers share one token.
            """;

    private static final String REQUESTS = """
            `GET %s`, %s requests in a round, by one client that waits for each response and keeps its connection.
            The service answers from memory. Two services without TLS to Kafka and Cassandra: one without security,
            and one that requires credentials, over HTTP and HTTPS. Every request has the same token, whose signature
            the service verifies once a minute. Medians of the rounds, with minimum and maximum; µs are processor
            time of the service per request.
            """;

    private SecuredPage() {}

    static void write(SecuredResults results, BenchOptions options, Path directory) {
        page(results, options).write(directory, "secured", results);
    }

    static Page page(SecuredResults results, BenchOptions options) {
        Page page = new Page(PREFACE)
                .run(results.command(), results.machine())
                .targets(targets(results.requests()))
                .section("Ratios")
                .paragraph(
                        "Medians. *µs of all* are of the service, Kafka (`drain` only) and Cassandra; other µs of the"
                                + " service alone.")
                .table("figure", "telltale", "secured", "ratio");
        DrainTable drain = DrainTable.of(results.drain());
        ratios(drain).forEach(ratio -> ratio.addTo(page));
        ratios(QueryPage.rows(results.range())).forEach(ratio -> ratio.addTo(page));
        fanOutRatios(results.fanOut()).forEach(ratio -> ratio.addTo(page));
        requests(page, results.requests(), options);
        IngestPage.drain(page, drain);
        QueryPage.reads(page, "range", "Ranges of one sensor", results.range());
        LivePage.fanOut(page, results.fanOut(), options.ofSecured());
        return page;
    }

    /** A figure without security and with it. */
    private record Ratio(String figure, double without, double with, Function<Double, String> format) {
        void addTo(Page page) {
            page.row(figure, format.apply(without), format.apply(with), Page.decimal(with / without));
        }
    }

    private static List<Ratio> ratios(DrainTable drain) {
        List<Ratio> ratios = new ArrayList<>();
        for (DrainTable.Row with : drain.rows()) {
            if (with.peer() == Peer.SECURED) {
                drain.row(Peer.TELLTALE, with.shape().sensors(), with.shape().b())
                        .ifPresent(without -> ratios.addAll(ratios(without, with)));
            }
        }
        return ratios;
    }

    private static List<Ratio> ratios(DrainTable.Row without, DrainTable.Row with) {
        String what = "drain, %s sensors, b = %d"
                .formatted(Page.whole(with.shape().sensors()), with.shape().b());
        return List.of(
                new Ratio(
                        what + ": readings/s",
                        without.rate().median(),
                        with.rate().median(),
                        Page::whole),
                new Ratio(
                        what + ": µs of the service per reading",
                        without.client().median(),
                        with.client().median(),
                        Page::decimal),
                new Ratio(what + ": µs of all per reading", allMicros(without), allMicros(with), Page::decimal));
    }

    private static double allMicros(DrainTable.Row row) {
        return row.client().median() + row.kafka().median() + row.cassandra().median();
    }

    private static List<Ratio> ratios(List<QueryPage.Row> range) {
        List<Ratio> ratios = new ArrayList<>();
        for (QueryPage.Row with : range) {
            counterpart(range, with).ifPresent(without -> {
                String form = with.reader().substring(Peer.SECURED.label().length());
                String what = "range, " + with.what() + form;
                ratios.add(new Ratio(
                        what + ": readings/s",
                        without.rate().median(),
                        with.rate().median(),
                        Page::whole));
                ratios.add(new Ratio(
                        what + ": µs of all per reading", allMicros(without), allMicros(with), Page::decimal));
            });
        }
        return ratios;
    }

    private static Optional<QueryPage.Row> counterpart(List<QueryPage.Row> rows, QueryPage.Row with) {
        String secured = Peer.SECURED.label();
        return with.reader().startsWith(secured)
                ? rows.stream()
                        .filter(row -> row.what().equals(with.what()))
                        .filter(row -> row.reader().equals(with.reader().replace(secured, Peer.TELLTALE.label())))
                        .findFirst()
                : Optional.empty();
    }

    private static double allMicros(QueryPage.Row row) {
        return row.client().median() + row.cassandra().median();
    }

    private static List<Ratio> fanOutRatios(List<FanOutRun> runs) {
        List<Ratio> ratios = new ArrayList<>();
        for (List<FanOutRun> with : LivePage.grouped(runs)) {
            FanOutRun one = with.get(0);
            if (one.server().startsWith(Peer.SECURED.label())) {
                String server = one.server().replace(Peer.SECURED.label(), Peer.TELLTALE.label());
                List<FanOutRun> without = runs.stream()
                        .filter(run -> run.server().equals(server)
                                && run.subscribers() == one.subscribers()
                                && run.slow() == one.slow())
                        .toList();
                if (!without.isEmpty()) {
                    String what = "fan-out to %s%s, %s slow"
                            .formatted(
                                    Page.whole(one.subscribers()),
                                    one.server().substring(Peer.SECURED.label().length()),
                                    Page.whole(one.slow()));
                    ratios.add(new Ratio(
                            what + ": deliveries/s",
                            LivePage.median(without, FanOutRun::deliveriesPerSecond),
                            LivePage.median(with, FanOutRun::deliveriesPerSecond),
                            Page::whole));
                    ratios.add(micros(what + ": µs per delivery", without, with, FanOutRun::microsPerDelivery));
                    ratios.add(micros(what + ": µs per delivery, singly", without, with, FanOutRun::microsSingly));
                }
            }
        }
        return ratios;
    }

    private static Ratio micros(
            String what, List<FanOutRun> without, List<FanOutRun> with, ToDoubleFunction<FanOutRun> figure) {
        return new Ratio(what, LivePage.median(without, figure), LivePage.median(with, figure), Page::decimal);
    }

    private static void requests(Page page, List<RequestRun> runs, BenchOptions options) {
        page.section("requests")
                .paragraph(REQUESTS.formatted(RequestWorkload.PATH, Page.whole(RequestWorkload.requests(options)))
                        .strip())
                .table("way", "rounds", "µs per request", "latency, µs");
        runs.stream()
                .map(RequestRun::way)
                .distinct()
                .forEach(way -> page.row(
                        way,
                        Page.whole((double) of(runs, way).count()),
                        Page.decimal(micros(runs, way)),
                        Page.whole(Summary.of(
                                of(runs, way).map(RequestRun::latencyMicros).toList()))));
    }

    private static Stream<RequestRun> of(List<RequestRun> runs, String way) {
        return runs.stream().filter(run -> run.way().equals(way));
    }

    private static Summary micros(List<RequestRun> runs, String way) {
        return Summary.of(of(runs, way).map(RequestRun::micros).toList());
    }

    /** The targets for which there are figures. */
    static List<Target> targets(List<RequestRun> runs) {
        if (of(runs, RequestWorkload.NONE).findAny().isEmpty()) {
            return List.of();
        }
        double micros = micros(runs, RequestWorkload.TOKEN).median()
                - micros(runs, RequestWorkload.NONE).median();
        return List.of(new Target(
                "a bearer token after the first request, µs of processor time per request",
                "≤ " + Page.whole(WANTED_MICROS),
                Page.decimal(micros),
                micros <= WANTED_MICROS));
    }
}
