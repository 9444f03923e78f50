package io.telltale.evaluate.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.telltale.bench.Page;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.CheckResult;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.Result;
import io.telltale.evaluate.partitioning.Fleet;
import io.telltale.evaluate.streaming.LagSeries.Sample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("long")
class StreamingTest {

    private static final long START = 1_764_158_400_000L;
    /** Two sensors, a reading of each every 10 ms; of six readings, the last was not acknowledged. */
    private static final Ledger LEDGER = new Ledger(new Fleet(2, 10, START), 6, numbers(0, 1, 2, 3, 4));

    @Test
    void aReadingFollowsFromItsNumber() {
        assertThat(LEDGER.key(3)).isEqualTo(new History.Key("sensor-000001", START + 15));
        assertThat(LEDGER.keysOf(1)).containsExactly(LEDGER.key(1), LEDGER.key(3), LEDGER.key(5));
        assertThat(LEDGER.endMillis()).isGreaterThan(LEDGER.key(5).timestampMillis());
        assertThat(LEDGER.writes()).hasSize(6);
    }

    @Test
    void acceptsWhatKafkaMayHave() {
        assertThat(failed(read(0, 0, 2, 4), read(1, 1, 3))).isEmpty();
        assertThat(failed(read(0, 0, 2, 4), read(1, 1, 3, 5))).isEmpty();
    }

    @Test
    void findsLostRepeatedAndInventedReadings() {
        assertThat(failed(read(0, 0, 4), read(1, 1, 3))).containsExactly("lost");
        assertThat(failed(read(0, 0, 2, 2, 4), read(1, 1, 3))).containsExactly("duplicate");
        Observed moved = new Observed(LEDGER.key(2), "4");
        assertThat(failed(read(0, List.of(observed(0), moved, observed(4))))).containsExactly("lost", "invented");
    }

    @Test
    void readsALineOfAResponse() {
        String line = "{\"timestamp\":\"2025-11-26T12:00:00.015Z\",\"value\":%s}";
        assertThat(CompleteRead.observed("sensor-000001", line.formatted("3"))).isEqualTo(observed(3));
        assertThat(CompleteRead.observed("sensor-000001", line.formatted("3.0")))
                .isEqualTo(observed(3));
        assertThat(CompleteRead.observed("sensor-000001", line.formatted("3.5")).value())
                .isNotEqualTo("3");
    }

    @Test
    void lagIsNormalFromTheLastExcessOn() {
        LagSeries lag = lag(100, 120, 110, 100, 500, 900, 170, 400, 150, 100);
        double normal = lag.normal(0, 4);
        assertThat(normal).isCloseTo(180, within(1e-9));
        assertThat(lag.most(4, 10)).isEqualTo(900);
        assertThat(lag.secondsUntilNormal(4, normal)).isEqualTo(OptionalDouble.of(4));
        assertThat(lag.secondsUntilNormal(8, normal)).isEqualTo(OptionalDouble.of(0));
        assertThat(lag(100, 100, 900).secondsUntilNormal(1, 150)).isEmpty();
    }

    @Test
    void aGapExplainsWhatWasDueBefore() {
        ReceivedEvents without = new ReceivedEvents(numbers(0, 2, 3), 1, List.of(), 0);
        assertThat(without.missed(LEDGER)).isEqualTo(numbers(1, 4));
        assertThat(without.missedWithoutGap(LEDGER)).isEqualTo(2);
        ReceivedEvents with = new ReceivedEvents(numbers(0, 2, 3), 1, List.of(START + 12), 0);
        assertThat(with.missed(LEDGER)).isEqualTo(numbers(1, 4));
        assertThat(with.missedWithoutGap(LEDGER)).isEqualTo(1);
    }

    @Test
    void aCheckHoldsIfItHoldsInEachRound() {
        CheckResult held = new CheckResult("lost", true, "fine");
        CheckResult first = new CheckResult("lost", false, "first");
        CheckResult second = new CheckResult("lost", false, "second");
        assertThat(FaultCell.merged(List.of(held, first, second, held))).containsExactly(first);
        assertThat(FaultCell.merged(List.of(held, held))).containsExactly(held);
    }

    @Test
    void hasCellsOfItsNameAndAQuickForm() {
        List<Cell> cells = new StreamingChapter().cells();
        assertThat(cells)
                .extracting(Cell::name)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("streaming(-[a-z]+)+(-\\d+)?"));
        assertThat(cells)
                .filteredOn(Cell::isQuick)
                .extracting(Cell::name)
                .containsExactly(
                        "streaming-capacity",
                        "streaming-load-25",
                        "streaming-load-75",
                        "streaming-partitions-1",
                        "streaming-partitions-48",
                        "streaming-replica-killed",
                        "streaming-replica-frozen");
        assertThat(cells)
                .allMatch(cell -> cell.promisesSafety() != cell.faults().isEmpty());
    }

    @Test
    void concludesFromTheResults() {
        assertThat(new StreamingConclusions(List.of(load("load-25", 25, 1, 0, 10), load("load-75", 75, 1, 0, 40)))
                        .sentences())
                .contains("One replica keeps up with each of these shares of its capacity: 25 %, 75 %.")
                .contains("Kafka to stored: from 25 % to 75 % of the capacity, the median goes from 10 to 40 ms,"
                        + " p99 from 20 to 80 ms.");
        assertThat(new StreamingConclusions(List.of(load("load-100", 100, 1, 9_000, 10))).sentences())
                .singleElement()
                .asString()
                .startsWith("One replica does not keep up at 100 %");
        assertThat(new StreamingConclusions(
                                List.of(load("partitions-1", 0, 1, 0, 10), load("partitions-48", 0, 48, 0, 15)))
                        .sentences())
                .singleElement()
                .asString()
                .startsWith("At 1,000 readings/s, 48 partitions instead of 1 take 1.50 times the service's");
    }

    @Test
    void concludesWhatAFaultDoes() {
        assertThat(new StreamingConclusions(List.of(fault(List.of(12.5)))).sentences())
                .singleElement()
                .asString()
                .startsWith("A replica is killed: the lag rises to 20,000 readings, 10.0 s of load, and it is normal"
                        + " again after 12.5 s (in 1 of 1 rounds).")
                .contains("1 are lost");
        assertThat(new StreamingConclusions(List.of(fault(List.of()))).sentences())
                .singleElement()
                .asString()
                .contains("it was not normal again when the round ended");
    }

    @Test
    void reportsAnyPartOfTheResults(@TempDir Path directory) {
        List<Result> all = List.of(
                capacity(),
                load("load-25", 25, 12, 0, 10),
                load("load-75", 75, 12, 0, 40),
                load("partitions-1", 0, 1, 0, 10),
                fault(List.of(12.5)));
        Page page = new Page("");
        new StreamingChapter().report(all, page, directory);
        assertThat(page.toString())
                .contains("one replica stores 20,000 (19,000 to 21,000) readings per second")
                .contains("share the 2 cores of one machine")
                .contains("**violated: lost**");
        for (String plot : List.of("lag-p50", "lag-p99", "lag-shape", "cpu", "faults")) {
            assertThat(directory.resolve("streaming-%s.svg".formatted(plot))).isNotEmptyFile();
        }
        for (Result one : all) {
            new StreamingChapter().conclusions(List.of(one));
            new StreamingChapter().report(List.of(one), new Page(""), directory);
        }
    }

    @Test
    void reportsALoadWithoutEvents(@TempDir Path directory) {
        Result load = load("load-75", 75, 12, 0, 40);
        Map<String, Object> figures = new LinkedHashMap<>(load.measured());
        figures.keySet().removeIf(figure -> figure.startsWith("event"));
        List<Result> results = List.of(
                load("load-25", 25, 12, 0, 10), result("load-75", load.settings(), List.of(), List.of(), figures));
        StreamingChapter chapter = new StreamingChapter();
        Page page = new Page("").list(chapter.conclusions(results));
        chapter.report(results, page, directory);
        assertThat(page.toString())
                .contains("One replica keeps up with each of these shares of its capacity: 25 %, 75 %.")
                .doesNotContain("NaN");
    }

    @Test
    void aRoundWithoutAValueHasNone() {
        Rounds rounds = new Rounds();
        rounds.add("eventP50Millis", Double.NaN);
        rounds.add("storedP50Millis", 1.0);
        assertThat(rounds.figures()).containsOnlyKeys("storedP50Millis");
    }

    private static Result capacity() {
        return result(
                "capacity",
                Map.of(),
                List.of(),
                List.of(),
                Map.of("capacityReadingsPerSecond", List.of(20_000.0, 19_000.0, 21_000.0)));
    }

    /** A result of a load; the share is 0 for a fixed one. */
    private static Result load(String cell, int share, int partitions, int behind, double lag) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("behindReadings", behind);
        figures.put("offeredReadingsPerSecond", List.of(1_000.0));
        StreamingReport.LAGS.keySet().forEach(name -> {
            figures.put(name + "P50Millis", List.of(lag, lag - 1, lag + 1));
            figures.put(name + "P95Millis", List.of(1.5 * lag));
            figures.put(name + "P99Millis", List.of(2 * lag));
        });
        for (String process : List.of("service", "kafka", "cassandra")) {
            figures.put(process + "MicrosPerReading", List.of(lag));
        }
        Map<String, Object> settings = new LinkedHashMap<>(Map.of("partitions", partitions, "replicas", 1));
        if (share > 0) {
            settings.put("sharePercent", share);
        }
        return result(cell, settings, List.of(), List.of(), figures);
    }

    private static Result fault(List<Double> seconds) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("lagBeforeReadings", List.of(2_000.0));
        figures.put("lagMostReadings", List.of(20_000.0));
        figures.put("lagMostSeconds", List.of(10.0));
        figures.put("normalAfterFaultSeconds", seconds);
        figures.put("normalInTheEndCount", List.of(seconds.size()));
        figures.put("eventWorstAtStruckMillis", List.of(3_500.0));
        figures.put("acknowledgedReadings", List.of(50_000));
        figures.put("lostReadings", List.of(1));
        figures.put("seriesSeconds", List.of(-1.0, 0.0, 1.0));
        figures.put("seriesLagReadings", List.of(2_000, 2_000, 20_000));
        return result(
                "replica-killed",
                Map.of(),
                List.of("a replica is killed"),
                List.of(new CheckResult("lost", false, "one")),
                figures);
    }

    private static Result result(
            String cell,
            Map<String, Object> settings,
            List<String> faults,
            List<CheckResult> checks,
            Map<String, Object> figures) {
        return new Result(
                "streaming",
                "streaming-" + cell,
                1,
                settings,
                faults,
                figures,
                checks,
                Map.of(),
                "",
                Map.of("cores", 2),
                "",
                0);
    }

    private static LagSeries lag(double... readings) {
        List<Sample> samples = new ArrayList<>();
        for (double each : readings) {
            samples.add(new Sample(samples.size(), each));
        }
        return new LagSeries(samples);
    }

    private static BitSet numbers(int... numbers) {
        BitSet set = new BitSet();
        for (int number : numbers) {
            set.set(number);
        }
        return set;
    }

    private static Read read(int sensor, int... numbers) {
        List<Observed> observed = new ArrayList<>();
        for (int number : numbers) {
            observed.add(observed(number));
        }
        return read(sensor, observed);
    }

    private static Read read(int sensor, List<Observed> observed) {
        return new Read("r", 1, 2, LEDGER.keysOf(sensor), true, true, observed);
    }

    private static Observed observed(int number) {
        return new Observed(LEDGER.key(number), Integer.toString(number));
    }

    private static List<String> failed(Read... reads) {
        return CompleteRead.verdict(LEDGER, List.of(reads)).checks().stream()
                .filter(check -> !check.held())
                .map(CheckResult::name)
                .toList();
    }
}
