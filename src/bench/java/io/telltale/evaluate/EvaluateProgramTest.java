package io.telltale.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telltale.bench.BenchException;
import io.telltale.bench.Narrator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Selection, resume, environments, exit codes and pages, with cells that need no servers. */
@Tag("long")
class EvaluateProgramTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-29T10:00:00Z"), ZoneOffset.UTC);

    private final List<String> events = new ArrayList<>();
    private final Environment<FakeServers> one = FakeServers.environment("one", events);
    private final Environment<FakeServers> two = FakeServers.environment("two", events);

    @TempDir
    private Path directory = Path.of("");

    @Test
    void selectsByFormChapterAndName() {
        List<Chapter> chapters = List.of(
                new FakeChapter("a", List.of(cell("a-1").quickIf(true), cell("a-2"))),
                new FakeChapter("b", List.of(cell("b-1").quickIf(true), cell("b-2"))));
        assertThat(selected(chapters, Map.of())).containsExactly("a-1", "b-1");
        assertThat(selected(chapters, Map.of("full", ""))).containsExactly("a-1", "a-2", "b-1", "b-2");
        assertThat(selected(chapters, Map.of("chapter", "b"))).containsExactly("b-1");
        assertThat(selected(chapters, Map.of("chapter", "b", "full", ""))).containsExactly("b-1", "b-2");
        assertThat(selected(chapters, Map.of("cell", "a-2"))).containsExactly("a-2");
    }

    @Test
    void startsEachEnvironmentOnceForAllChapters() {
        List<Chapter> chapters = List.of(
                new FakeChapter("a", List.of(cell("a-1"), FakeServers.cell(two, "a-2"), cell("a-3"))),
                new FakeChapter("b", List.of(FakeServers.cell(two, "b-1"), cell("b-2"))));
        assertThat(run(chapters, Map.of("full", ""))).isZero();
        assertThat(events)
                .containsExactly("start one", "a-1", "a-3", "b-2", "stop one", "start two", "a-2", "b-1", "stop two");
    }

    @Test
    void storesTheFormOfTheContract() throws IOException {
        Cell cell = cell("a-1").with("factor", 3).withFault("node killed");
        assertThat(run(cell, Map.of("seed", "7"))).isZero();
        JsonNode stored = new ObjectMapper().readTree(result("a-1").toFile());
        List<String> names = new ArrayList<>();
        stored.fieldNames().forEachRemaining(names::add);
        assertThat(names)
                .containsExactly(
                        "chapter",
                        "cell",
                        "seed",
                        "settings",
                        "faults",
                        "measured",
                        "checks",
                        "versions",
                        "commit",
                        "machine",
                        "started",
                        "seconds");
        assertThat(stored.path("settings").toString()).isEqualTo("{\"factor\":3,\"form\":\"full\"}");
        assertThat(stored.path("faults").toString()).isEqualTo("[\"node killed\"]");
        assertThat(stored.path("measured").path("seed").asLong()).isEqualTo(7);
        assertThat(stored.path("started").asText()).isEqualTo("2026-11-29T10:00:00Z");
        try (Stream<Path> files = Files.list(directory.resolve("results"))) {
            assertThat(files).containsExactly(result("a-1"));
        }
    }

    @Test
    void resumesWhatHasTheSameSettingsAndSeed() {
        Cell cell = cell("a-1").with("factor", 3L);
        run(cell, Map.of());
        assertThat(isMeasuredBy(cell, Map.of())).isFalse();
        assertThat(isMeasuredBy(cell, Map.of("resume", "false"))).isTrue();
        assertThat(isMeasuredBy(cell, Map.of("seed", "8"))).isTrue();
        assertThat(isMeasuredBy(cell, Map.of("seed", "8"))).isFalse();
        assertThat(isMeasuredBy(cell.with("factor", 2), Map.of("seed", "8"))).isTrue();
        assertThat(isMeasuredBy(cell.with("factor", 2).withFault("node killed"), Map.of("seed", "8")))
                .isTrue();
    }

    @Test
    void aFullResultServesAQuickRunOnly() {
        Cell cell = cell("a-1").quickIf(true);
        assertThat(isMeasuredInForm(cell, "false")).isTrue();
        assertThat(isMeasuredInForm(cell, "true")).isTrue();
        assertThat(isMeasuredInForm(cell, "false")).isFalse();
        assertThat(isMeasuredInForm(cell, "true")).isFalse();
    }

    @Test
    void goesOnAfterAFailureOnNewServers() throws IOException {
        Cell failing = Cell.on(one, "a-1", (servers, run) -> {
            throw new IOException("disk | full");
        });
        List<Chapter> chapters = List.of(new FakeChapter("a", List.of(failing, cell("a-2"), cell("a-3"))));
        assertThat(run(chapters, Map.of("full", ""))).isEqualTo(1);
        assertThat(events).containsExactly("start one", "stop one", "start one", "a-2", "a-3", "stop one");
        assertThat(result("a-1")).doesNotExist();
        assertThat(page("index.md"))
                .contains("| failed in the last run: java.io.IOException: disk \\| full | 1 | a-1 |")
                .contains("| [A](a.md) | What does a cost? | 2 | 3 |");
        assertThat(page("a.md")).contains("- reported a-2\n- reported a-3");
        // The failed cell alone runs again.
        events.clear();
        run(chapters, Map.of("full", ""));
        assertThat(events).containsExactly("start one", "stop one");
    }

    @Test
    void listsACellThatFailsAfterAnOlderResult() throws IOException {
        run(cell("a-1"), Map.of());
        Cell failing = Cell.on(one, "a-1", (servers, run) -> {
            throw new IOException("disk full");
        });
        assertThat(run(failing, Map.of("resume", "false"))).isEqualTo(1);
        assertThat(page("index.md"))
                .contains("| failed in the last run, pages show an older result: java.io.IOException: disk full |");
    }

    @Test
    void startsABrokenEnvironmentTwiceOnly() {
        Environment<FakeServers> broken = new Environment<>("broken", FakeServers.class, () -> {
            events.add("start broken");
            throw new IllegalStateException("no port");
        });
        List<Cell> cells = Stream.of("a-1", "a-2", "a-3", "a-4")
                .map(name -> FakeServers.cell(broken, name))
                .toList();
        assertThat(run(List.of(new FakeChapter("a", cells)), Map.of("full", "")))
                .isEqualTo(1);
        assertThat(events).containsExactly("start broken", "start broken");
    }

    @Test
    void skipsACellWithAnObstacle() throws IOException {
        Cell skipped = cell("a-1").unless(() -> Optional.of("needs namespaces"));
        assertThat(run(skipped, Map.of())).isZero();
        assertThat(events).isEmpty();
        assertThat(page("index.md"))
                .contains("| skipped: needs namespaces | 1 | a-1 |")
                .contains("| A | What does a cost? | 0 | 1 |");
    }

    @Test
    void failsIfACellBreaksItsPromise() throws IOException {
        CheckResult stale = new CheckResult("stale", false, "reader | 3");
        Cell cell = Cell.on(one, "a-1", (servers, run) -> new Measured(Map.of(), List.of(stale)));
        assertThat(run(cell, Map.of())).isZero();
        assertThat(page("index.md")).contains("None in 0 cells");
        assertThat(page("a.md")).contains("| form=full |  | stale |");
        // The stored violation counts as well.
        assertThat(run(cell.promisesSafetyIf(true), Map.of())).isEqualTo(1);
        assertThat(page("index.md")).contains("| [a-1](results/a-1.json) | stale | reader \\| 3 |");
    }

    @Test
    void writesPagesFromAllStoredResults() throws IOException {
        List<Chapter> chapters = List.of(
                new FakeChapter("a", List.of(cell("a-1").quickIf(true), cell("a-2"))),
                new FakeChapter("b", List.of(cell("b-1"))));
        run(chapters, Map.of("full", ""));
        Files.delete(directory.resolve("a.md"));
        Files.move(result("b-1"), result("b-2"));
        assertThat(run(chapters, Map.of("chapter", "a"))).isZero();
        assertThat(page("a.md"))
                .startsWith("# A\n\n**What does a cost?**\n")
                .contains(
                        "- It was counted 2 times.",
                        "- By counting.",
                        "- reported a-1\n- reported a-2",
                        "[a-2](results/a-2.json)",
                        "2 of 2 cells");
        assertThat(page("index.md"))
                .contains("`mvn -Pevaluate -Dchapter=a -Doutput=")
                .contains("| not measured yet; `-Dfull` does | 1 | b-1 |")
                .contains("no page shows them: b-2.");
    }

    @Test
    void aBrokenReportFailsTheRunAndNoOtherPage() throws IOException {
        List<Chapter> chapters = List.of(
                new FakeChapter("broken", List.of(cell("broken-1"))), new FakeChapter("b", List.of(cell("b-1"))));
        assertThat(run(chapters, Map.of("full", ""))).isEqualTo(1);
        assertThat(page("broken.md"))
                .contains("**The report failed: java.lang.IllegalStateException: no report \\| of");
        assertThat(page("b.md")).contains("- reported b-1");
        assertThat(page("index.md")).contains("| [Broken](broken.md) |");
    }

    @Test
    void refusesAStoredFileThatIsNoResult() throws IOException {
        Files.createDirectories(directory.resolve("results"));
        Files.writeString(result("a-1"), "{");
        assertThatThrownBy(() -> run(cell("a-1"), Map.of()))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("a-1.json is not a result");
    }

    @Test
    void aPlantExitsWithOneIfItsCheckCaughtIt() {
        assertThat(plant(new CheckResult("stale", false, ""))).isEqualTo(1);
        assertThat(plant(new CheckResult("stale", true, ""))).isEqualTo(3);
        assertThat(plant(new CheckResult("lost", false, ""))).isEqualTo(3);
        assertThat(events).endsWith("start one", "stop one");
        Cell skipped = cell("plant-stale").unless(() -> Optional.of("needs namespaces"));
        assertThat(PlantRun.run(Check.STALE, skipped, options(List.of(), Map.of()), new Narrator()))
                .isEqualTo(3);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void cellsOfAllChaptersHaveUniqueNames() {
        List<Chapter> chapters = Chapters.all();
        assertThat(chapters.stream().flatMap(chapter -> chapter.cells().stream().map(Cell::name)))
                .doesNotHaveDuplicates();
        assertThat(chapters).allSatisfy(chapter -> assertThat(chapter.cells())
                .allMatch(cell -> cell.name().startsWith(chapter.name() + "-")));
    }

    private Cell cell(String name) {
        return FakeServers.cell(one, name);
    }

    private int plant(CheckResult result) {
        Cell cell = Cell.on(one, "plant-stale", (servers, run) -> new Measured(Map.of(), List.of(result)));
        return PlantRun.run(Check.STALE, cell, options(List.of(), Map.of()), new Narrator());
    }

    private boolean isMeasuredBy(Cell cell, Map<String, String> properties) {
        events.clear();
        run(cell, properties);
        return !events.isEmpty();
    }

    private boolean isMeasuredInForm(Cell cell, String isFull) {
        events.clear();
        run(List.of(new FakeChapter("a", List.of(cell))), Map.of("full", isFull));
        return !events.isEmpty();
    }

    /** In the full form. */
    private int run(Cell cell, Map<String, String> properties) {
        Map<String, String> full = new HashMap<>(properties);
        full.put("full", "");
        return run(List.of(new FakeChapter("a", List.of(cell))), full);
    }

    private int run(List<Chapter> chapters, Map<String, String> properties) {
        return new EvaluateProgram(chapters, options(chapters, properties), CLOCK).run();
    }

    private List<String> selected(List<Chapter> chapters, Map<String, String> properties) {
        return CellQueue.select(chapters, options(chapters, properties)).items().stream()
                .map(item -> item.cell().name())
                .toList();
    }

    private EvaluateOptions options(List<Chapter> chapters, Map<String, String> properties) {
        Map<String, String> all = new HashMap<>(properties);
        all.put("output", directory.toString());
        return EvaluateOptions.from(all::get, chapters);
    }

    private Path result(String cell) {
        return directory.resolve("results").resolve(cell + ".json");
    }

    private String page(String name) throws IOException {
        return Files.readString(directory.resolve(name));
    }
}
