package io.telltale.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * What was wanted, and what came of it.
 *
 * @param figure what is measured
 * @param wanted in words
 * @param measured in words
 * @param isMet whether that is enough
 */
record Target(String figure, String wanted, String measured, boolean isMet) {

    private static final int SENSORS = 10_000;
    private static final int FEW_SENSORS = 1_000;
    private static final int MANY_SENSORS = 100_000;
    /** Of what is due in a second. Who stores less has too much to do, and is not only late for once. */
    private static final double ENOUGH = 0.95;

    /** The targets for which there are figures. */
    static List<Target> of(IngestResults results) {
        DrainTable drain = DrainTable.of(results.drain());
        List<Target> targets = new ArrayList<>();
        for (int b : List.of(1, 50)) {
            Optional<DrainTable.Row> telltale = drain.row(Peer.TELLTALE, SENSORS, b);
            if (telltale.isPresent()) {
                drain.row(Peer.RAW, SENSORS, b).ifPresent(raw -> {
                    targets.add(rate(b, telltale.get(), raw, "of the raw loop's rate", 0.9));
                    targets.add(atMost(
                            "drain, b = %d, of the raw loop's client CPU".formatted(b),
                            telltale.get().client().median() / raw.client().median(),
                            1.15));
                });
                drain.row(Peer.OBVIOUS, SENSORS, b)
                        .ifPresent(obvious ->
                                targets.add(rate(b, telltale.get(), obvious, "times the obvious service's rate", 5)));
                drain.row(Peer.PYTHON, SENSORS, b)
                        .ifPresent(python -> targets.add(rate(b, telltale.get(), python, "times Python's rate", 10)));
            }
        }
        drain.row(Peer.TELLTALE, FEW_SENSORS, 1).ifPresent(few -> drain.row(Peer.TELLTALE, MANY_SENSORS, 1)
                .ifPresent(many -> targets.add(atMost(
                        "drain, b = 1, CPU a reading at 100,000 sensors against 1,000", cost(many) / cost(few), 1.2))));
        if (results.halfLoad() != null) {
            queryable(results.halfLoad(), results.uc1()).ifPresent(targets::add);
        }
        return targets;
    }

    /**
     * Half of what the service does in a second at b = 1: of what it drained from as many sensors, or, where that is
     * less, of what it stored while more came in than it could, which has the making of the load beside it, flushes and
     * compaction. In whole thousands; empty if neither is known, or less than that.
     */
    static Optional<Fleet> halfLoad(DrainTable drain, List<LoadRun> uc1) {
        DoubleStream drained = drain.row(Peer.TELLTALE, SENSORS, 1).stream()
                .mapToDouble(row -> row.rate().median());
        DoubleStream ofTooMuch = uc1.stream()
                .filter(run -> run.peer() == Peer.TELLTALE && run.replicas() == 1 && !run.keptUp())
                .filter(run -> run.storedPerSecond() < ENOUGH * run.fleet().perSecond())
                .mapToDouble(LoadRun::storedPerSecond);
        return DoubleStream.concat(drained, ofTooMuch).min().stream()
                .mapToObj(rate -> new Fleet(SENSORS, 1_000 * (int) (rate / 2_000)))
                .filter(half -> half.perSecond() > 0)
                .findFirst();
    }

    private static Optional<Target> queryable(Fleet half, List<LoadRun> uc1) {
        return uc1.stream()
                .filter(run -> run.peer() == Peer.TELLTALE
                        && run.replicas() == 1
                        && run.fleet().equals(half))
                .findFirst()
                .flatMap(run -> Optional.ofNullable(run.kafkaToQueryable())
                        .map(latency -> new Target(
                                String.format(
                                        Locale.ROOT,
                                        "Kafka to queryable at half load (%,d readings/s), p99",
                                        half.perSecond()),
                                "≤ %d ms".formatted(run.lingerMillis() + 50),
                                String.format(Locale.ROOT, "%.0f ms", latency.p99()),
                                run.keptUp()
                                        && run.offeredPerSecond() >= ENOUGH * half.perSecond()
                                        && latency.p99() <= run.lingerMillis() + 50)));
    }

    private static Target rate(int b, DrainTable.Row telltale, DrainTable.Row other, String what, double atLeast) {
        double ratio = telltale.rate().median() / other.rate().median();
        return new Target(
                "drain, b = %d, %s".formatted(b, what),
                "≥ %s".formatted(number(atLeast)),
                number(ratio),
                ratio >= atLeast);
    }

    private static Target atMost(String figure, double ratio, double most) {
        return new Target(figure, "≤ %s".formatted(number(most)), number(ratio), ratio <= most);
    }

    private static double cost(DrainTable.Row row) {
        return row.client().median() + row.kafka().median() + row.cassandra().median();
    }

    private static String number(double number) {
        return String.format(Locale.ROOT, number < 10 ? "%.2f" : "%.0f", number);
    }
}
