package io.telltale.evaluate.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.NoNodeAvailableException;
import io.telltale.bench.Page;
import io.telltale.bench.Summary;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.CheckResult;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.History.Write;
import io.telltale.evaluate.Result;
import io.telltale.evaluate.consistency.PbsModel.FanOut;
import io.telltale.evaluate.consistency.PbsModel.RoundTrips;
import io.telltale.evaluate.consistency.Phase.Span;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("long")
class ConsistencyTest {

    private static final History.Key KEY = new History.Key("a", 0);

    @Test
    void levelsOverlapIfTheirReplicasExceedTheFactor() {
        assertThat(Levels.PAIRS.stream().filter(Levels::isOverlapping))
                .containsExactlyInAnyOrder(
                        Levels.QUORUM_QUORUM, Levels.LOCAL_QUORUMS, Levels.ONE_ALL, Levels.ALL_ONE, Levels.ALL_ALL);
        assertThat(Levels.ALL_ONE.isMonotonic()).isFalse();
        assertThat(Levels.QUORUM_QUORUM.isMonotonic()).isTrue();
        assertThat(new FaultCell(Levels.QUORUM_QUORUM, Fault.CUT).promisesSafety())
                .isTrue();
        assertThat(new FaultCell(Levels.QUORUM_QUORUM, Fault.TWO_LOST).promisesSafety())
                .isFalse();
        assertThat(new FaultCell(Levels.QUORUM_ONE, Fault.NONE).promisesSafety())
                .isFalse();
    }

    @Test
    void cellsHaveUniqueNamesThatFitAKeyspace() {
        List<Cell> cells = new ConsistencyChapter().cells();
        assertThat(cells)
                .extracting(Cell::name)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("consistency(-[a-z0-9]+)+"))
                .allMatch(name -> name.length() - "consistency-".length() <= 48);
        assertThat(cells).hasSize(48);
        assertThat(cells).filteredOn(Cell::isQuick).hasSize(8);
        assertThat(cells).filteredOn(Cell::promisesSafety).hasSize(25);
    }

    @Test
    void theLedgerHoldsWhatIsSentAndAcknowledged() {
        RegisterLedger ledger = new RegisterLedger();
        RegisterLedger.Sent first = ledger.send(KEY);
        RegisterLedger.Sent second = ledger.send(KEY);
        second.acknowledge(7);
        List<Write> writes = ledger.writes();
        assertThat(writes).extracting(Write::value).containsExactly(first.value(), second.value());
        assertThat(writes).extracting(Write::acknowledgedMicros).containsExactly(History.NEVER, 7L);
        assertThat(writes.get(1).recordTime()).isGreaterThan(writes.get(0).recordTime());
        assertThat(writes.get(1).arrival()).isGreaterThan(writes.get(0).arrival());
        assertThat(ledger.keys()).containsExactly(KEY);
    }

    @Test
    void anErrorHasTheNameOfTheNodesFailure() {
        assertThat(Request.kindOf(new CompletionException(new DriverTimeoutException("late"))))
                .isEqualTo("DriverTimeout");
        assertThat(Request.kindOf(new NoNodeAvailableException())).isEqualTo("NoNodeAvailable");
    }

    @Test
    void figuresHaveAValueForEachRound() {
        List<Span> spans = List.of(
                new Span(Phase.DURING, 0, 100), new Span(Phase.AFTER, 100, 200), new Span(Phase.DURING, 200, 300));
        List<Request> requests = List.of(
                new Request(true, false, 10, 2_000, ""),
                new Request(true, false, 20, 9_000, "WriteTimeout"),
                new Request(true, false, 250, 4_000, ""),
                new Request(true, true, 250, 4_000, "Unavailable"),
                new Request(true, false, 150, 4_000, "Unavailable"));
        List<Write> writes = List.of(new Write(KEY, "1", 1, 1, 5, 5), new Write(KEY, "2", 2, 2, 50, 50));
        List<Read> reads = List.of(read(30, "1"), read(80, "1"), read(210, "2"), read(220, "1"));
        Map<String, Object> figures = PhaseFigures.of(Phase.DURING, spans, requests, writes, reads);
        assertThat(figures)
                .contains(
                        entry("duringWriteOthersSentCount", 3L),
                        entry("duringWriteOthersAnsweredShare", List.of(0.5, 1.0)),
                        entry("duringWriteOthersErrorsCount", Map.of("WriteTimeout", 1)),
                        entry("duringWriteAffectedAnsweredShare", List.of(0.0)),
                        entry("duringWriteAffectedP99Millis", List.of()),
                        entry("duringReadOthersAnsweredShare", List.of()),
                        entry("duringStaleShare", List.of(0.5, 0.5)),
                        entry("duringStaleMostMillis", 0.17),
                        entry("duringStaleMostVersions", 1),
                        entry("duringNonMonotonicReadsCount", 1));
        assertThat((List<?>) figures.get("duringWriteOthersP50Millis")).hasSize(2);
    }

    /**
     * Constant times: the write is acknowledged at 2 ms by the fast replicas and arrives at the slow one at 10 ms. A
     * read that begins t later arrives there at 2 + t + 1 ms.
     */
    @Test
    void theModelAgreesWithConstantTimes() {
        List<RoundTrips> replicas = List.of(constant(2, 2), constant(2, 2), constant(20, 2));
        for (Levels levels : List.of(Levels.ONE_ONE, Levels.QUORUM_ONE)) {
            PbsModel required = PbsModel.simulate(replicas, levels, FanOut.REQUIRED_REPLICAS, 1);
            assertThat(required.freshShare(0)).isCloseTo(2 / 3.0, within(0.01));
            assertThat(required.freshShare(6.9)).isCloseTo(2 / 3.0, within(0.01));
            assertThat(required.freshShare(7)).isEqualTo(1);
            assertThat(required.delayMillis(0.999)).isEqualTo(7);
        }
        assertThat(PbsModel.simulate(replicas, Levels.QUORUM_QUORUM, FanOut.REQUIRED_REPLICAS, 1)
                        .freshShare(0))
                .as("overlapping levels")
                .isEqualTo(1);
        // The slow replica is the first to respond to reads.
        List<RoundTrips> misleading = List.of(constant(2, 4), constant(2, 4), constant(20, 2));
        assertThat(PbsModel.simulate(misleading, Levels.ONE_ONE, FanOut.ALL_REPLICAS, 1)
                        .freshShare(6.9))
                .isZero();
    }

    /**
     * Two replicas whose one-way times of writes are 0 or 10 ms with equal probability; reads take none. A read of one
     * is stale if its write takes 10 ms (1/2) and the other replica acknowledges at 0 (1/4).
     */
    @Test
    void theModelAgreesWithAClosedForm() {
        RoundTrips replica = new RoundTrips(List.of(0.0, 20.0), List.of(0.0));
        PbsModel model = PbsModel.simulate(List.of(replica, replica), Levels.ONE_ONE, FanOut.REQUIRED_REPLICAS, 7);
        assertThat(model.freshShare(0)).isCloseTo(7 / 8.0, within(0.01));
        assertThat(model.freshShare(10)).isEqualTo(1);
        assertThatThrownBy(() -> new RoundTrips(List.of(), List.of(1.0))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theIntervalOfAShareIsWilsons() {
        List<Trial> trials = new ArrayList<>(Collections.nCopies(90, new Trial(0, 0.5, true)));
        trials.addAll(Collections.nCopies(10, new Trial(0, 0.5, false)));
        Summary share = Trial.freshShare(trials);
        assertThat(share.median()).isEqualTo(0.9);
        assertThat(share.least()).isCloseTo(0.826, within(0.001));
        assertThat(share.most()).isCloseTo(0.945, within(0.001));
    }

    @Test
    void reportsFromResults(@TempDir Path directory) {
        Map<String, Object> safe = new LinkedHashMap<>();
        safe.put("responsesCount", 1_000);
        List.of("lostCount", "inventedCount", "staleCount", "nonMonotonicCount", "duplicateCount")
                .forEach(count -> safe.put(count, 0));
        safe.put("duringWriteOthersAnsweredShare", List.of(0.5, 1.0, 1.0));
        safe.put("duringReadOthersAnsweredShare", List.of(1.0));
        safe.put("duringWriteOthersP50Millis", List.of(4.0));
        safe.put("duringReadOthersP50Millis", List.of(3.0));
        Map<String, Object> weak = new LinkedHashMap<>(safe);
        weak.put("staleCount", 12);
        weak.put("duringStaleShare", List.of(0.25));
        weak.put("duringWriteOthersAnsweredShare", List.of(0.4));
        weak.put("duringStaleMedianMillis", 40.0);
        weak.put("duringStaleMostMillis", 90.0);
        weak.put("duringWriteOthersErrorsCount", Map.of("WriteTimeout", 3));
        weak.put("duringWriteOthersP50Millis", List.of(2.0));
        List<Result> results = List.of(
                result(Levels.ONE_ONE, Fault.NONE, weak),
                result(Levels.QUORUM_QUORUM, Fault.NONE, safe),
                result(Levels.QUORUM_QUORUM, Fault.KILLED, safe),
                staleness());
        ConsistencyChapter chapter = new ConsistencyChapter();
        Page page = new Page("").list(chapter.conclusions(results));
        chapter.report(results, page, directory);
        assertThat(page.toString())
                .contains("Overlapping levels with at most one affected node (cells: 2): in 2,000 responses, 0 lost,"
                        + " 0 invented, 0 stale, 0 non-monotonic, 0 duplicate.")
                .contains("Fault none: the checker found stale reads at ONE/ONE (25.00 % while it lasted, 0 lost,"
                        + " 0 invented, 12 stale, 0 non-monotonic, 0 duplicate in all). None at QUORUM/QUORUM.")
                .contains(
                        "Fault node killed: at least 99 % of writes and of reads through the other nodes were answered"
                                + " at QUORUM/QUORUM. Fewer at no levels.")
                .contains("Fewer at ONE/ONE (writes 40.0 %, reads 100.0 %)")
                .contains("| QUORUM/QUORUM | during | 100.00 (50.00 to 100.00) |")
                .contains("QUORUM/QUORUM takes 2.00 times the write p50 and 1.00 times the read p50 of ONE/ONE")
                .contains("other nodes: WriteTimeout 3; affected: –")
                .contains("40.00 (90.00)")
                .contains("![consistency-answered-node-killed.svg](consistency-answered-node-killed.svg)")
                .contains("60.0 % of reads were fresh 0.1 ms after the acknowledgement, and 100.0 % after 20.2 ms. The"
                        + " model of the paper differs by at most 30.0 percentage points, and lies in the interval of"
                        + " the measurement at 1 of 2 delays. With as many replicas asked as must respond, it differs"
                        + " by at most 5.0 percentage points, and lies in the interval of the measurement at 2 of 2");
        assertThat(directory)
                .isDirectoryContaining("glob:**consistency-p99-none.svg")
                .isDirectoryContaining("glob:**consistency-staleness-one-one-slow-20.svg");
    }

    private static Result staleness() {
        return new Result(
                "consistency",
                new StalenessCell(Levels.ONE_ONE, 20).name(),
                1,
                Map.of("levels", "ONE/ONE", "slowMillis", 20),
                List.of(),
                Map.of(
                        "plannedDelayMillis", List.of(0, 20),
                        "actualDelayMillis", List.of(0.1, 20.2),
                        "trialsCount", List.of(100, 100),
                        "freshShare", List.of(0.6, 1.0),
                        "freshLowShare", List.of(0.5, 0.9),
                        "freshHighShare", List.of(0.7, 1.0),
                        "predictedAllAskedShare", List.of(0.9, 1.0),
                        "predictedRequiredAskedShare", List.of(0.55, 1.0),
                        "directWriteMedianMillis", List.of(1, 1, 9)),
                List.of(),
                Map.of(),
                "",
                Map.of(),
                "",
                0);
    }

    private static Result result(Levels levels, Fault fault, Map<String, Object> measured) {
        FaultCell cell = new FaultCell(levels, fault);
        return new Result(
                "consistency",
                cell.name(),
                1,
                Map.of("levels", levels.label(), "promisesSafety", cell.promisesSafety()),
                fault == Fault.NONE ? List.of() : List.of(fault.label()),
                measured,
                List.of(new CheckResult("lost", true, "")),
                Map.of(),
                "",
                Map.of(),
                "",
                0);
    }

    private static RoundTrips constant(double writeMillis, double readMillis) {
        return new RoundTrips(List.of(writeMillis), List.of(readMillis));
    }

    private static Read read(long invokedMicros, String value) {
        return new Read(
                "reader",
                invokedMicros,
                invokedMicros + 1,
                List.of(KEY),
                false,
                false,
                List.of(new Observed(KEY, value)));
    }
}
