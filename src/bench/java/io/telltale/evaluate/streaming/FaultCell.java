package io.telltale.evaluate.streaming;

import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.CheckResult;
import io.telltale.evaluate.HistoryChecker.Verdict;
import io.telltale.evaluate.Measured;
import io.telltale.evaluate.streaming.LagSeries.Sample;
import io.telltale.evaluate.streaming.Replicas.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A fault under a steady load: the lag before, during and after it, and whether every acknowledged reading is stored
 * once in the end.
 *
 * @param name of the cell
 * @param replicas how many run before the fault
 * @param lasting from the fault until it is healed
 * @param strike causes the fault, of the first replica if it is one of a replica
 * @param heal ends it; null if nothing does
 */
record FaultCell<S extends Servers>(
        String name,
        int replicas,
        Duration lasting,
        Action<S> strike,
        @Nullable Action<S> heal) {

    static final int PER_SECOND = 2_000;
    static final int SENSORS = 200;
    static final int PARTITIONS = 12;

    private static final int ROUNDS_FULL = 3;
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final Duration BEFORE = Duration.ofSeconds(4);
    /** A replica that was frozen leaves the group and joins again: two more rebalances. */
    private static final Duration AFTER = Duration.ofSeconds(14);

    /** Something that is done to servers or replicas. */
    interface Action<S> {
        void run(S servers, Replicas replicas);
    }

    Measured run(S servers, CellRun run) {
        Rounds rounds = new Rounds();
        Map<String, Object> series = new LinkedHashMap<>();
        List<CheckResult> checks = new ArrayList<>();
        for (int round = 1; round <= (run.isFull() ? ROUNDS_FULL : 1); round++) {
            checks.addAll(run(servers, run, name + "-" + round, rounds, series));
        }
        Map<String, Object> figures = rounds.figures();
        figures.putAll(series);
        return new Measured(figures, merged(checks));
    }

    private List<CheckResult> run(S servers, CellRun run, String roundName, Rounds rounds, Map<String, Object> series) {
        try (Replicas running =
                Replicas.start(servers, run.scratch(), roundName, new Plan(replicas, PARTITIONS, List.of()))) {
            running.introduce(SENSORS);
            String path = "/api/v1/readings/stream?type=" + roundName;
            try (EventClient struck = EventClient.open(running.addressesFrom(0), path);
                    @Nullable
                            EventClient elsewhere =
                                    replicas > 1 ? EventClient.open(running.addressesFrom(1), path) : null;
                    RecordedLoad load =
                            RecordedLoad.begin(servers.bootstrapServers(), running.topic(), SENSORS, PER_SECOND);
                    LagWatch lag = new LagWatch(servers.admin(), running.group(), load::acknowledged, SENSORS)) {
                run.narrator().say("%s: %d replicas have partitions", roundName, replicas);
                Times times = strike(servers, running, load, lag);
                // Before the load ends: without one, every lag becomes normal.
                LagSeries lags = lag.series();
                Ledger ledger = load.finish();
                running.awaitAllCommitted();
                run.narrator().say("%s: %,d readings sent, all committed", roundName, ledger.sent());
                addLag(lags, times, rounds, series);
                addEvents("AtStruck", struck, ledger, times, rounds);
                if (elsewhere != null) {
                    addEvents("Elsewhere", elsewhere, ledger, times, rounds);
                }
                Verdict verdict = new CompleteRead(running.aliveAddress()).verdict(ledger);
                rounds.add("acknowledgedReadings", ledger.acknowledged().cardinality());
                CompleteRead.CHECKS.forEach(check -> rounds.add(
                        check.label() + "Readings", verdict.violations().getOrDefault(check, 0)));
                return verdict.checks();
            }
        }
    }

    /**
     * When it happened, on the axis of the lag and by the clock.
     *
     * @param steady the service is warm
     */
    private record Times(double steady, double struck, double healed, double end, long struckMillis, long endMillis) {}

    private Times strike(S servers, Replicas running, RecordedLoad load, LagWatch lag) {
        load.letRun(WARM_UP);
        double steady = lag.seconds();
        load.letRun(BEFORE);
        double struck = lag.seconds();
        long struckMillis = System.currentTimeMillis();
        strike.run(servers, running);
        double healed;
        try {
            load.letRun(lasting);
            healed = lag.seconds();
        } finally {
            // Also after a failure: the next cell runs on the same servers.
            if (heal != null) {
                heal.run(servers, running);
            }
        }
        load.letRun(AFTER);
        return new Times(steady, struck, healed, lag.seconds(), struckMillis, System.currentTimeMillis());
    }

    private void addLag(LagSeries lag, Times times, Rounds rounds, Map<String, Object> series) {
        double normal = lag.normal(times.steady(), times.struck());
        double most = lag.most(times.struck(), times.end());
        rounds.add("lagBeforeReadings", lag.most(times.steady(), times.struck()));
        rounds.add("lagMostReadings", most);
        rounds.add("lagMostSeconds", most / PER_SECOND);
        OptionalDouble seconds = lag.secondsUntilNormal(times.struck(), normal);
        rounds.add("normalInTheEndCount", seconds.isPresent() ? 1 : 0);
        addIfKnown(rounds, "normalAfterFaultSeconds", seconds);
        if (heal != null) {
            addIfKnown(rounds, "normalAfterHealSeconds", lag.secondsUntilNormal(times.healed(), normal));
        }
        List<Sample> samples = lag.samples().stream()
                .filter(sample -> sample.seconds() >= times.steady() && sample.seconds() <= times.end())
                .toList();
        series.putIfAbsent(
                "seriesSeconds",
                samples.stream()
                        .map(sample -> sample.seconds() - times.struck())
                        .toList());
        series.putIfAbsent(
                "seriesLagReadings", samples.stream().map(Sample::readings).toList());
    }

    private static void addIfKnown(Rounds rounds, String figure, OptionalDouble value) {
        value.ifPresent(known -> rounds.add(figure, known));
    }

    private static void addEvents(String where, EventClient client, Ledger ledger, Times times, Rounds rounds) {
        long beforeMillis = times.struckMillis() - BEFORE.toMillis();
        addIfKnown(
                rounds,
                "eventWorstBefore" + where + "Millis",
                client.worstAgeMillis(beforeMillis, times.struckMillis()));
        ReceivedEvents events = client.received(ledger);
        addIfKnown(
                rounds,
                "eventWorst" + where + "Millis",
                client.worstAgeMillis(times.struckMillis(), times.endMillis()));
        rounds.add("eventsMissed" + where + "Count", events.missed(ledger).cardinality());
        rounds.add("eventsMissedWithoutGap" + where + "Count", events.missedWithoutGap(ledger));
        rounds.add("eventsRepeated" + where + "Count", events.repeats());
        rounds.add("gaps" + where + "Count", events.gapMillis().size());
        rounds.add("reconnects" + where + "Count", events.reconnects());
    }

    /** Held in each round; the detail is that of the first violation, or of the last round. */
    static List<CheckResult> merged(List<CheckResult> ofRounds) {
        Map<String, CheckResult> merged = new LinkedHashMap<>();
        ofRounds.forEach(check -> merged.merge(check.name(), check, (before, now) -> before.held() ? now : before));
        return List.copyOf(merged.values());
    }
}
