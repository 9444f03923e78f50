package io.telltale.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.telltale.bench.LoadRun.Latency;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("long")
class FiguresTest {

    private static final BacklogShape SHAPE = BacklogShape.atLeast(500_000, 10_000, 1);

    @Test
    void theMedianIsTheMiddleOne() {
        assertThat(Summary.of(List.of(3.0, 1.0, 2.0))).isEqualTo(new Summary(2, 1, 3));
        assertThat(Summary.of(List.of(4.0, 1.0, 2.0, 3.0))).isEqualTo(new Summary(2.5, 1, 4));
        assertThatThrownBy(() -> Summary.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void processorTimeIsSharedOutAmongReadings() {
        ProcessorTime used = new ProcessorTime(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(5))
                .since(new ProcessorTime(Duration.ofSeconds(1), Duration.ZERO, Duration.ofSeconds(2)));
        assertThat(used.per(1_000_000)).isEqualTo(new ProcessorTime.Micros(1, 1, 3));
    }

    @Test
    void thisProcessHasUsedProcessorTime() {
        assertThat(ProcessorTime.of(ProcessHandle.current().pid())).isPositive();
    }

    @Test
    void quantilesLieBetweenTheBoundsOfTheHistogram() {
        TreeMap<Double, Double> counts =
                new TreeMap<>(Map.of(0.1, 50.0, 0.25, 90.0, 0.5, 100.0, Double.POSITIVE_INFINITY, 100.0));
        assertThat(StoredLatency.millis(counts, 50)).isEqualTo(100, within(0.001));
        assertThat(StoredLatency.millis(counts, 70)).isEqualTo(175, within(0.001));
        assertThat(StoredLatency.millis(counts, 99)).isEqualTo(475, within(0.001));
    }

    @Test
    void measuresFromTheDueTimeUntilAReadingIsSeen() {
        QueryableReadings readings = new QueryableReadings();
        for (long due = 1_000; due < 1_500; due += 50) {
            readings.add(due);
        }
        readings.seen(1_050, 1_150);
        assertThat(readings.latency().median()).isEqualTo(100, within(0.1));
        assertThat(readings.latency().p99()).isEqualTo(150, within(0.1));
        readings.seen(1_400, 1_400);
        assertThat(readings.isAllSeen()).isFalse();
        assertThat(readings.givenUp()).isZero();

        readings.giveUp(21_450);
        assertThat(readings.isAllSeen()).isTrue();
        assertThat(readings.sent()).isEqualTo(10);
        assertThat(readings.givenUp()).isEqualTo(1);
        assertThat(readings.latency().count()).isEqualTo(10);
        assertThat(readings.latency().p99()).isEqualTo(20_000, within(20.0));
    }

    @Test
    void metricsAreSummedOverTheirLabels() {
        ServiceMetrics metrics = new ServiceMetrics("""
                # TYPE telltale_readings_stored counter
                telltale_readings_stored_total{topic="sensors.a"} 10.0
                telltale_readings_stored_total{topic="sensors.b"} 5.0
                telltale_batch_rows_count 3.0
                h_bucket{le="0.1"} 1.0
                h_bucket{le="+Inf"} 2.0
                """);
        assertThat(metrics.written()).isEqualTo(new Written(15, 3));
        assertThat(metrics.written().rowsPerRequest()).isEqualTo(5);
        assertThat(metrics.histogram("h")).isEqualTo(Map.of(0.1, 1.0, Double.POSITIVE_INFINITY, 2.0));
    }

    @Test
    void anAccountOfAFleetShowsAReadingThatIsMissingDoubledOrOther() {
        FleetAccount sent = account(12_00, 13_00);
        assertThat(account(12_00, 13_00).differsFrom(sent)).isEmpty();
        for (FleetAccount other : List.of(account(12_00), account(12_00, 13_00, 13_00), account(12_00, 13_01))) {
            assertThat(other.differsFrom(sent)).hasValueSatisfying(difference -> assertThat(difference)
                    .contains("sensor " + Backlog.id(1))
                    .contains("sent were 2"));
        }
    }

    private static FleetAccount account(long... cents) {
        FleetAccount account = new FleetAccount(2);
        for (int i = cents.length - 1; i >= 0; i--) {
            account.add(1, 1_000L * i, cents[i]);
        }
        return account;
    }

    @Test
    void targetsAreMetOrMissedByRatiosOfMedians() {
        List<Target> targets = Target.of(results(
                List.of(round(Peer.TELLTALE, 80_000, 3), round(Peer.RAW, 100_000, 2), round(Peer.OBVIOUS, 200, 90))));
        assertThat(targets).extracting(Target::measured).containsExactly("0.80", "1.50", "400", "299 ms");
        assertThat(targets).extracting(Target::isMet).containsExactly(false, false, true, true);
    }

    @Test
    void halfLoadIsHalfOfWhatWasDrainedOrOfWhatWasStoredOfTooMuch() {
        DrainTable none = DrainTable.of(List.of());
        DrainTable drained = DrainTable.of(List.of(round(Peer.TELLTALE, 80_000, 3)));
        LoadRun tooMuch = steady(Fleet.ofOneReadingASecond(100_000), 46_000, 45_000, false);
        LoadRun keptUp = steady(Fleet.ofOneReadingASecond(1_000), 1_000, 1_000, true);
        assertThat(Target.halfLoad(none, List.of())).isEmpty();
        assertThat(Target.halfLoad(none, List.of(keptUp))).isEmpty();
        assertThat(Target.halfLoad(drained, List.of(keptUp))).hasValue(new Fleet(10_000, 40_000));
        LoadRun lateForOnce = steady(Fleet.ofOneReadingASecond(1_000), 1_000, 1_000, false);
        assertThat(Target.halfLoad(drained, List.of(lateForOnce))).hasValue(new Fleet(10_000, 40_000));
        assertThat(Target.halfLoad(drained, List.of(keptUp, tooMuch))).hasValue(new Fleet(10_000, 22_000));
    }

    @Test
    void missesTheTargetWhenHalfLoadIsNotReached() {
        Fleet half = new Fleet(10_000, 25_000);
        assertThat(Target.of(results(List.of(), List.of(steady(half, 25_000, 25_000, true)), half)))
                .singleElement()
                .satisfies(target -> assertThat(target.figure()).contains("half load (25,000 readings/s)"))
                .returns(true, Target::isMet);
        for (LoadRun missed : List.of(steady(half, 25_000, 20_000, false), steady(half, 20_000, 20_000, true))) {
            assertThat(Target.of(results(List.of(), List.of(missed), half)))
                    .singleElement()
                    .returns(false, Target::isMet);
        }
        assertThat(Target.of(results(List.of(), List.of(steady(half, 25_000, 25_000, true)), null)))
                .isEmpty();
    }

    @Test
    void thePageAndTheJsonHoldWhatWasMeasured(@TempDir Path directory) throws Exception {
        List<DrainRound> rounds = new ArrayList<>();
        for (Peer peer : Peer.values()) {
            rounds.add(round(peer, 50_000, 4));
        }
        BenchOptions options = BenchOptions.from(option -> null);
        IngestPage.write(results(rounds), options, directory);
        assertThat(Files.readString(directory.resolve("ingest.md")))
                .contains("`mvn -Pbench`")
                .contains("| telltale | 10,000 | 1 | 500,000 | 1 | 50,000 (50,000 to 50,000) | 4.00 (4.00 to 4.00)")
                .contains("**missed**")
                .contains("| telltale | 10,000 | 25,000 | 250 | 64 |")
                .contains("| 120 / 260 | 130 / 299 | yes |")
                .contains("| 120 / 260 | 130 / 299, 3 not yet | **no** |")
                .contains("| decodeReading | 400.00 |")
                .contains("![drain-rate.svg](drain-rate.svg)");
        assertThat(Files.readString(directory.resolve("ingest.json"))).contains("\"readingsPerSecond\" : 50000.0");
        assertThat(Files.readString(directory.resolve("drain-cpu.svg"))).contains("<svg");
    }

    @Test
    void thePageOfReadsHoldsWhatWasMeasuredAndWhetherItIsEnough(@TempDir Path directory) throws Exception {
        List<ReadRun> hour = List.of(
                read("driver", "an hour", 100),
                read("telltale, JSON page", "an hour", 81),
                read("Flask", "an hour", 9));
        List<ReadRun> export = List.of(read("driver", "a month", 100), read("telltale, CSV", "a month", 49));
        List<ReadRun> history = List.of(
                read("telltale, JSON page", "history × 1", 100), read("telltale, JSON page", "history × 100", 79));
        LoadedRun loaded = new LoadedRun(
                10_000,
                0,
                9_999,
                List.of(new AskedRun("last 100 readings", 10, new Latency(3, 9, 250), 12, 1)),
                new ProcessorTime.Micros(4, 1, 12),
                true);
        QueryResults results = new QueryResults(
                "mvn -Pbench -Dbench=query",
                false,
                Machine.here(Clock.fixed(Instant.parse("2026-11-01T00:00:00Z"), ZoneOffset.UTC)),
                hour,
                export,
                history,
                List.of(loaded),
                List.of(loaded));

        assertThat(QueryPage.targets(results)).extracting(Target::measured).containsExactly("0.81", "0.49", "1.27");
        assertThat(QueryPage.targets(results)).extracting(Target::isMet).containsExactly(true, false, false);
        QueryPage.write(results, BenchOptions.from(option -> null), directory);
        assertThat(Files.readString(directory.resolve("query.md")))
                .contains("`mvn -Pbench -Dbench=query`")
                .contains("| an hour | telltale, JSON page | 81,000 (81,000 to 81,000) |")
                .contains("| 10,000 | 9,999 | yes | last 100 readings | 10.00 | 3.00 | 9.00 | 12.00 | 250 | **1** |")
                .contains("![range-rate.svg](range-rate.svg)");
        assertThat(Files.readString(directory.resolve("query.json"))).contains("\"reader\" : \"driver\"");
    }

    /** @param thousands of readings a second, one after another */
    private static ReadRun read(String reader, String what, double thousands) {
        return new ReadRun(
                reader,
                what,
                1_000,
                10 / thousands,
                new Latency(1_000 / thousands, 1_000 / thousands, 10),
                new ProcessorTime.Micros(1, 0, 2));
    }

    @Test
    void thePageOfStartsSaysWhatTheNativeExecutableMissed() {
        Summary quick = new Summary(200, 190, 240);
        String page = StartupPage.page(
                        List.of(
                                new StartupRun("native", 10, quick, quick, 110, 150, 40_000, 9, 2, 5),
                                new StartupRun(
                                        "JVM 17",
                                        10,
                                        new Summary(3_000, 2_900, 4_000),
                                        quick,
                                        200,
                                        300,
                                        50_000,
                                        8,
                                        2,
                                        5)),
                        "mvn -Pbench -Dbench=startup",
                        Machine.here(Clock.fixed(Instant.parse("2026-11-01T00:00:00Z"), ZoneOffset.UTC)))
                .toString();
        assertThat(page)
                .contains(
                        "| JVM 17 | 3,000 (2,900 to 4,000) | 200 (190 to 240) | 200 | 300 | 50,000 | 8.00 | 2.00 | 5.00 |")
                .contains("| native: first answer, ms, median | ≤ 250 | 200 | met |")
                .contains("| native: idle, MB of 1,000,000 bytes | < 110 | 110 | **missed** |");
    }

    @Test
    void memoryIsNeverSaidToBeLessThanItIs() {
        assertThat(ResidentMemory.ofKibibytes(107_421)).as("109,999,104 bytes").isEqualTo(110);
        assertThat(ResidentMemory.ofKibibytes(107_422)).as("110,000,128 bytes").isEqualTo(111);
    }

    @Test
    void thePageOfLiveStreamsComparesRatesAndAges() {
        List<FanOutRun> runs = List.of(
                fanOut("telltale", 0, 300_000, 20),
                fanOut("telltale", 50, 310_000, 90),
                fanOut("stock", 0, 31_000, 500));
        assertThat(LivePage.targets(runs)).extracting(Target::measured).containsExactly("9.68", "20.0 ms", "4.50");
        assertThat(LivePage.targets(runs)).extracting(Target::isMet).containsExactly(false, true, false);
        assertThat(LivePage.page(
                                runs,
                                BenchOptions.from(option -> null),
                                Machine.here(Clock.fixed(Instant.parse("2026-11-01T00:00:00Z"), ZoneOffset.UTC)))
                        .toString())
                .contains(
                        "| telltale | 1,000 | 50 | 310,000 | 2.70 | 310 | 164 | 2.00 | 90,000 | 9.10 | 5.0, 10.0 | 8.0, 90.0 |");
    }

    private static FanOutRun fanOut(String server, int slow, double rate, double halfP99) {
        return new FanOutRun(
                server,
                1_000,
                slow,
                rate,
                2.7,
                310,
                164,
                2,
                90_000,
                9.1,
                new FanOutRun.Ages(5, 10),
                new FanOutRun.Ages(8, halfP99),
                new FanOutRun.Ages(9, 30));
    }

    @Test
    void whatAJvmAllocatedIsWhatItsHeapGrewByBetweenCollections() {
        assertThat(GarbageLog.allocated(List.of(
                        "[0.01s][info][gc] Using G1",
                        "[1.2s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 24M->5M(512M) 3.100ms",
                        "[1.9s][info][gc] GC(1) Concurrent Mark Cycle 11.2ms",
                        "[2.5s][info][gc] GC(2) Pause Young (Normal) (G1 Evacuation Pause) 30M->6M(512M) 2.900ms")))
                .isEqualTo(24 + 25);
        assertThat(GarbageLog.allocated(List.of())).isZero();
    }

    @Test
    void thePageOfASweepHasARowForEachSetting(@TempDir Path directory) throws Exception {
        SweepPage.write(
                List.of(halfLoad()),
                BenchOptions.from(option -> null),
                Machine.here(Clock.fixed(Instant.parse("2026-11-01T00:00:00Z"), ZoneOffset.UTC)),
                directory);
        assertThat(Files.readString(directory.resolve("sweep.md")))
                .contains("| telltale | 10,000 | 25,000 | 250 | 64 |");
        assertThat(Files.readString(directory.resolve("sweep.json"))).contains("\"lingerMillis\" : 250");
    }

    private static IngestResults results(List<DrainRound> rounds) {
        return results(
                rounds,
                List.of(halfLoad(), steady(Fleet.ofOneReadingASecond(100_000), 100_000, 50_000, false)),
                halfLoad().fleet());
    }

    private static IngestResults results(List<DrainRound> rounds, List<LoadRun> uc1, @Nullable Fleet halfLoad) {
        return new IngestResults(
                "mvn -Pbench",
                false,
                Machine.here(Clock.fixed(Instant.parse("2026-11-01T00:00:00Z"), ZoneOffset.UTC)),
                rounds,
                uc1,
                halfLoad,
                List.of(new MicroResult("decodeReading", 400, 3, 200)));
    }

    private static LoadRun halfLoad() {
        return steady(new Fleet(10_000, 25_000), 25_000, 25_000, true);
    }

    private static LoadRun steady(Fleet fleet, double sentPerSecond, double storedPerSecond, boolean keptUp) {
        return new LoadRun(
                Peer.TELLTALE,
                fleet,
                250,
                64,
                1,
                sentPerSecond,
                storedPerSecond,
                new ProcessorTime.Micros(4, 1, 12),
                90,
                keptUp,
                new Latency(120, 260, 1_000),
                new Latency(130, 299, 500),
                keptUp ? 0 : 3);
    }

    private static DrainRound round(Peer peer, double rate, double client) {
        return new DrainRound(
                peer,
                SHAPE,
                500_000,
                rate,
                new ProcessorTime.Micros(client, 1, 12),
                100,
                true,
                new Balance(500_000, 0, 0));
    }
}
