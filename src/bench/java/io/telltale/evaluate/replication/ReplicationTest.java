package io.telltale.evaluate.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpServer;
import io.telltale.bench.Page;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.CheckResult;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.Result;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("long")
class ReplicationTest {

    private static final History.Key KEY = new History.Key("contested-0", 0);

    @Test
    void countsKeysWhoseCopiesAreAllOnLostNodes() {
        Placement<String> placement =
                new Placement<>(Map.of("a", Set.of(1), "b", Set.of(1, 2), "c", Set.of(2, 3), "d", Set.of(3)));
        assertThat(placement.onlyOnShare(Set.of(1))).isEqualTo(0.25);
        assertThat(placement.onlyOnShare(Set.of(1, 2))).isEqualTo(0.5);
        assertThat(placement.worstOnlyOnShare(List.of(Set.of(1), Set.of(2, 3)))).isEqualTo(0.5);
        assertThat(placement.noneOnShare(Set.of(2, 3))).isEqualTo(0.25);
        assertThat(placement.shareByCopies()).isEqualTo(Map.of("1", 0.5, "2", 0.5));
        assertThat(new Placement<String>(Map.of()).onlyOnShare(Set.of(1))).isZero();
    }

    @Test
    void aKeyWithoutACopyIsMissingAndAtNoRisk() {
        Placement<String> found = new Placement<>(Map.of("a", Set.of(), "b", Set.of(1, 2)));
        assertThat(found.onlyOnShare(Set.of(1))).isZero();
        assertThat(new Placement<>(Map.of("a", Set.of(1), "b", Set.of(1, 2))).missingShare(found))
                .isEqualTo(0.5);
        assertThat(new Placement<>(Map.of("c", Set.of(1))).missingShare(found)).isEqualTo(1);
    }

    @Test
    void computesThePlacementOfRandomTokens() {
        assertThat(Placement.noneOnShareOfRandomTokens(3, 6, 3)).isCloseTo(1 / 20.0, within(1e-9));
        assertThat(Placement.noneOnShareOfRandomTokens(3, 6, 1)).isEqualTo(0.5);
        assertThat(Placement.noneOnShareOfRandomTokens(1, 3, 3)).isZero();
    }

    @Test
    void writesAReplicationAsCql() {
        assertThat(KeyspaceReplication.simple(3).cql())
                .isEqualTo("{'class': 'SimpleStrategy', 'replication_factor': 3}");
        assertThat(twoCenters().cql()).isEqualTo("{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 2}");
        assertThat(twoCenters().factor()).isEqualTo("3+2");
        assertThat(twoCenters().slug()).isEqualTo("network-3-2");
        assertThat(twoCenters().copies()).isEqualTo(5);
        assertThat(twoCenters().hasThreeCopiesEach()).isFalse();
        assertThat(KeyspaceReplication.simple(3).hasThreeCopiesEach()).isTrue();
    }

    @Test
    void talliesRequestsByPhaseAndRound() {
        Tally tally = new Tally();
        tally.addAnswered(Phase.FAULT, 0, 2_000);
        tally.addUnanswered(Phase.FAULT, 0);
        tally.addUnanswered(Phase.FAULT, 1);
        assertThat(tally.figures(Phase.HEALTHY)).isEmpty();
        assertThat(tally.figures(Phase.FAULT))
                .containsEntry("requestsCount", 3L)
                .containsEntry("answeredShare", List.of(0.5, 0.0))
                .hasEntrySatisfying(
                        "p50Millis", rounds -> assertThat((List<?>) rounds).hasSize(1));
    }

    @Test
    void recordTimesOfContestedKeysAreUniqueAndOutOfOrder() {
        Set<Long> recordTimes = new HashSet<>();
        boolean isInOrder = true;
        for (long arrival = 1; arrival <= 1_000; arrival++) {
            assertThat(recordTimes.add(Ledger.recordTime(arrival, true))).isTrue();
            isInOrder &= Ledger.recordTime(arrival, true) > Ledger.recordTime(arrival - 1, true);
        }
        assertThat(isInOrder).isFalse();
        assertThat(Ledger.recordTime(7, false)).isGreaterThan(Ledger.recordTime(6, false));
    }

    @Test
    void duringTheFaultASideIsCheckedAgainstItself() {
        Ledger ledger = new Ledger();
        ledger.add("dc1", KEY, "one", 1, 1, true);
        ledger.add("dc2", KEY, "two", 2, 2, true);
        long later = ledger.micros() + 1_000;
        ledger.add("dc1", read("r1", later, false, "one"));
        ledger.add("dc2", read("r2", later, false));
        SideVerdicts verdicts = SideVerdicts.of(ledger, List.of("dc1", "dc2"));
        assertThat(failed(verdicts)).containsExactly("stale");
        assertThat(verdicts.violations(Check.STALE)).isEqualTo(1);
        assertThat(verdicts.bySide()).hasEntrySatisfying("dc1", verdict -> assertThat(verdict.violations())
                .containsEntry(Check.STALE, 0));
    }

    @Test
    void aServiceIsCheckedAgainstWhatItStates() {
        Ledger ledger = new Ledger();
        ledger.addPosted("dc1", KEY, "1", 1, true);
        ledger.addPosted("dc1", new History.Key("a", 1), "2", 2, false);
        long later = ledger.micros() + 1_000;
        assertThat(ledger.acknowledgedBefore("dc1", later)).containsExactly(KEY);
        ledger.add("dc1", new Read("dc1", later, later + 1, List.of(), true, false, List.of()));
        assertThat(failed(SideVerdicts.of(ledger, List.of("dc1")))).isEmpty();
        ledger.add("dc1", new Read("dc1", later, later + 1, List.of(KEY), true, false, List.of()));
        assertThat(failed(SideVerdicts.of(ledger, List.of("dc1")))).containsExactly("stale", "false-complete");
    }

    @ParameterizedTest
    @CsvSource({"true, 0", "false, 1"})
    void onlySharedTopicsExcuseAMissingReading(boolean isKafkaShared, int missing) throws IOException {
        Ledger ledger = new Ledger();
        ledger.addPosted("dc1", KEY, "1", 1, true);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Telltale-Ingested-Through", "2100-01-01T00:00:00Z");
            exchange.getResponseHeaders().set("Telltale-Complete", "false");
            exchange.getResponseHeaders().set("Telltale-Reason", "consistency");
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://localhost:" + server.getAddress().getPort();
            ServiceSide side = ServiceSide.of("dc1", url, ledger, isKafkaShared);
            assertThat(side.read(KEY.sensor(), 0, 1, List.of(KEY), Phase.FAULT, false))
                    .isPresent();
            assertThat(SideVerdicts.of(ledger, List.of("dc1")).violations(Check.STALE))
                    .isEqualTo(missing);
            assertThat(side.unpromised().figures(Phase.FAULT)).containsEntry("answeredShare", List.of(1.0));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void afterHealingBothSidesNeedTheWinner() {
        Ledger ledger = new Ledger();
        ledger.add("dc1", KEY, "winner", 2, 1, true);
        ledger.add("dc2", KEY, "late", 1, 2, true);
        long later = ledger.micros() + 1_000;
        ledger.add("dc1", read("f1", later, true, "winner"));
        ledger.add("dc2", read("f2", later, true, "late"));
        assertThat(failed(SideVerdicts.of(ledger, List.of("dc1", "dc2")))).containsExactly("wrong-winner");
        assertThat(ledger.winners().values()).extracting(History.Write::value).containsExactly("winner");
    }

    @Test
    void readsTheLinesOfAService() {
        assertThat(ServiceSide.readings("a", "{\"timestamp\":\"1970-01-01T00:00:00.007Z\",\"value\":12}\n"))
                .containsExactly(new Observed(new History.Key("a", 7), "12"));
        assertThat(ServiceSide.readings("a", "")).isEmpty();
    }

    @Test
    void stepsHaveInstantsOfBothSidesAndAContestedOne() {
        Ledger ledger = new Ledger();
        ServiceReadings readings = new ServiceReadings(1_000, 2, ledger);
        List<History.Key> first =
                readings.next(0, 1).stream().map(ServiceSide.Reading::key).toList();
        List<History.Key> second =
                readings.next(1, 1).stream().map(ServiceSide.Reading::key).toList();
        assertThat(first).hasSize(3).doesNotHaveDuplicates();
        assertThat(first).filteredOn(second::contains).hasSize(1);
    }

    @Test
    void hasCellsOfItsNameAndAQuickForm() {
        List<Cell> cells = new ReplicationChapter().cells();
        assertThat(cells)
                .extracting(Cell::name)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("replication(-[a-z0-9]+)+"));
        assertThat(cells).filteredOn(Cell::isQuick).hasSize(6);
        assertThat(cells)
                .filteredOn(cell -> cell.name().contains("-ring-") && cell.promisesSafety())
                .hasSize(4)
                .allMatch(cell -> "3".equals(cell.settings().get("factor")));
    }

    @Test
    void reportsAndConcludesFromTheResults(@TempDir Path directory) {
        List<Result> results = List.of(
                result("ring-simple-1-healthy", ReplicationChapter.RING, "SimpleStrategy", "1", "healthy", 1, 10),
                result("ring-simple-3-node-lost", ReplicationChapter.RING, "SimpleStrategy", "3", "node-lost", 0.5, 30),
                result(
                        "ring-network-3-node-lost",
                        ReplicationChapter.RING,
                        "NetworkTopologyStrategy",
                        "3",
                        "node-lost",
                        1,
                        30),
                services());
        ReplicationChapter chapter = new ReplicationChapter();
        Page page = new Page("").list(chapter.conclusions(results));
        chapter.report(results, page, directory);
        assertThat(page.toString())
                .contains("50.0 % (25.0 to 75.0)")
                .contains("[replication-ring-simple-3-node-lost](results/replication-ring-simple-3-node-lost.json)")
                .contains("answered during the fault: dc1 LOCAL_QUORUM 50.0 % of writes and – % of reads")
                .contains(
                        "SimpleStrategy 3 takes 3.00 times the disk of SimpleStrategy 1, and 1.00 times the time of a write")
                .contains("got 50.0 % of its writes answered with SimpleStrategy 3, and 100.0 % with"
                        + " NetworkTopologyStrategy 3")
                .contains("With a Kafka for each: of the readings that a service acknowledged during the cut")
                .contains("75.0 % in dc2");
        assertThat(directory.resolve("replication-ring-of-three-answered.svg")).isNotEmptyFile();
        assertThat(directory.resolve("replication-ring-of-three-disk.svg")).isNotEmptyFile();
    }

    @Test
    void reportsACellAlone(@TempDir Path directory) {
        Page page = new Page("");
        new ReplicationChapter().report(List.of(services()), page, directory);
        new ReplicationChapter()
                .report(
                        List.of(result(
                                "centers-network-1-1-healthy",
                                ReplicationChapter.TWO_CENTERS,
                                "NetworkTopologyStrategy",
                                "1+1",
                                "healthy",
                                1,
                                10)),
                        page,
                        directory);
        assertThat(page.toString()).contains("NetworkTopologyStrategy 1+1").doesNotContain("NaN");
    }

    private static KeyspaceReplication twoCenters() {
        Map<String, Integer> factors = new LinkedHashMap<>();
        factors.put("dc1", 3);
        factors.put("dc2", 2);
        return KeyspaceReplication.byDataCenter(factors);
    }

    private static Read read(String reader, long begin, boolean isFinal, String... values) {
        List<Observed> observed = new ArrayList<>();
        for (String value : values) {
            observed.add(new Observed(KEY, value));
        }
        return new Read(reader, begin, begin + 1, List.of(KEY), false, isFinal, observed);
    }

    private static List<String> failed(SideVerdicts verdicts) {
        return verdicts.checks().stream()
                .filter(check -> !check.held())
                .map(CheckResult::name)
                .toList();
    }

    private static Result result(
            String cell, String cluster, String strategy, String factor, String fault, double answered, double disk) {
        List<Map<String, Object>> clients = new ArrayList<>();
        for (String phase : "healthy".equals(fault) ? List.of("healthy") : List.of("healthy", "fault")) {
            List<Double> rounds = "healthy".equals(phase) ? List.of(1.0) : List.of(answered / 2, answered * 1.5);
            clients.add(Map.of(
                    "side",
                    "dc1",
                    "level",
                    "LOCAL_QUORUM",
                    "phase",
                    phase,
                    "operation",
                    "write",
                    "answeredShare",
                    answered < 1 ? rounds : List.of(1.0, 1.0),
                    "p50Millis",
                    List.of(1.5),
                    "p99Millis",
                    List.of()));
        }
        return result(
                "replication-" + cell,
                Map.of("cluster", cluster, "strategy", strategy, "factor", factor, "fault", fault),
                Map.of(
                        "clients",
                        clients,
                        "diskBytesPerReading",
                        disk,
                        "keysOnlyOnLostNodesShare",
                        0.25,
                        "differingAnswersCount",
                        0,
                        "lostCount",
                        0,
                        "staleCount",
                        0,
                        "healingSeconds",
                        1.0,
                        "hintsDeliveredSeconds",
                        2.0));
    }

    private static Result services() {
        Map<String, Double> own = new LinkedHashMap<>();
        own.put("dc1", 1.0);
        own.put("dc2", 0.75);
        return result(
                "replication-services-own-kafka",
                Map.of("cluster", ReplicationChapter.TWO_CENTERS, "kafka", "a Kafka for each"),
                Map.of(
                        "services",
                        List.of(Map.of(
                                "side",
                                "dc1",
                                "level",
                                "LOCAL_QUORUM",
                                "phase",
                                "fault",
                                "operation",
                                "post",
                                "answeredShare",
                                List.of(1.0),
                                "p50Millis",
                                List.of(3.0),
                                "p99Millis",
                                List.of(9.0))),
                        "ownReadingsQueryableDuringCutShare",
                        own,
                        "hintsDeliveredSeconds",
                        12.0,
                        "differingSensorsCount",
                        0,
                        "lostCount",
                        0,
                        "wrongWinnerCount",
                        0));
    }

    private static Result result(String cell, Map<String, Object> settings, Map<String, Object> measured) {
        return new Result(
                "replication", cell, 1, settings, List.of(), measured, List.of(), Map.of(), "", Map.of(), "", 0);
    }
}
