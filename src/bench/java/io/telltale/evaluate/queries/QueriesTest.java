package io.telltale.evaluate.queries;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.bench.Page;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.Result;
import io.telltale.sensors.SensorId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("long")
class QueriesTest {

    private static final long WEEK = Duration.ofDays(7).toMillis();

    @Test
    void countsTheReadingsOfARange() {
        Series series = new Series(new SensorId("a"), 1_000, 10, 100);
        assertThat(series.count(0, 5_000)).isEqualTo(10);
        assertThat(series.count(1_000, 1_001)).isEqualTo(1);
        assertThat(series.count(1_001, 1_100)).isZero();
        assertThat(series.count(1_001, 1_101)).isEqualTo(1);
        assertThat(series.count(1_900, 9_000)).isEqualTo(1);
        assertThat(series.count(2_000, 9_000)).isZero();
        assertThat(series.count(0, 1_000)).isZero();
    }

    @Test
    void anIdleSensorHasReadingsInFewBuckets() {
        List<Series> idle = Dataset.idle(50).ofSensor();
        assertThat(idle).hasSize(27).allSatisfy(series -> {
            assertThat(series.readings()).isEqualTo(10);
            assertThat(Math.floorMod(series.startMillis(), 900_000)).isZero();
            assertThat(series.endMillis()).isLessThanOrEqualTo(Dataset.END_MILLIS);
        });
        assertThat(Dataset.idle(1).ofSensor()).singleElement().satisfies(series -> assertThat(series.endMillis())
                .isEqualTo(Dataset.END_MILLIS));
    }

    @Test
    void neighborsShareThePartitionsOfTheSensor() {
        for (Dataset dataset : List.of(Dataset.usual(), Dataset.idle(50))) {
            assertThat(dataset.ofNeighbors()).isNotEmpty().allSatisfy(series -> {
                assertThat(series.id()).isNotEqualTo(dataset.sensor());
                assertThat(dataset.scheme().placeOf(series.id(), 0))
                        .isEqualTo(dataset.scheme().placeOf(dataset.sensor(), 0));
            });
        }
        assertThat(Dataset.usual().withShards(16).ofNeighbors().count())
                .isGreaterThan(Dataset.usual().ofNeighbors().count());
    }

    @Test
    void rangesLieWithinTheDayOfAllHistories() {
        SplittableRandom random = new SplittableRandom(1);
        Dataset dataset = Dataset.usual().withHistory(100);
        long range = Duration.ofHours(4).toMillis();
        for (int i = 0; i < 1_000; i++) {
            long from = dataset.randomStart(random, range);
            assertThat(from).isBetween(Dataset.END_MILLIS - Duration.ofDays(1).toMillis(), Dataset.END_MILLIS - range);
            assertThat(dataset.ofSensor().get(0).count(from, from + range)).isEqualTo(3_600);
        }
        assertThat(Dataset.idle(50).randomStart(random, WEEK)).isLessThanOrEqualTo(Dataset.END_MILLIS - WEEK);
    }

    @Test
    void countsTheReadingsOfAPage() {
        String meta = "\"meta\":{\"ingestedThrough\":{}}}";
        assertThat(ServiceStore.readings(("{\"readings\":[]," + meta).getBytes(UTF_8)))
                .isZero();
        assertThat(ServiceStore.readings(("{\"readings\":[{\"value\":1},{\"value\":2}]," + meta).getBytes(UTF_8)))
                .isEqualTo(2);
    }

    @Test
    void hasCellsOfItsNameAndAQuickForm() {
        List<Cell> cells = new QueriesChapter().cells();
        assertThat(cells)
                .extracting(Cell::name)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("queries(-[a-z0-9]+)+"));
        List<String> quick =
                cells.stream().filter(Cell::isQuick).map(Cell::name).toList();
        assertThat(quick).hasSize(10);
        assertThat(QueryGroup.all()).allSatisfy(group -> assertThat(group.comparisons())
                .anySatisfy(comparison -> assertThat(comparison.variants())
                        .filteredOn(variant -> quick.contains(variant.cell().name()))
                        .hasSizeGreaterThanOrEqualTo(2)));
    }

    @Test
    void cellsOfAComparisonAreEqualUnderOneNameOnly() {
        Map<String, QueryCell> cells = QueryGroup.cells();
        assertThat(QueryGroup.all())
                .flatExtracting(QueryGroup::comparisons)
                .flatExtracting(Comparison::variants)
                .allSatisfy(variant ->
                        assertThat(cells).containsEntry(variant.cell().name(), variant.cell()));
    }

    @Test
    void tellsALargeEffectFromASmallAndAnUnclearOne() {
        Comparison ahead = comparison("Read-ahead");
        assertThat(effect(ahead, result("queries-ahead-1", 10, 11), result("queries-base", 4, 5)))
                .satisfies(effect -> {
                    assertThat(effect.verdict()).isEqualTo("matters");
                    assertThat(effect.fastest().variant().label()).isEqualTo("4");
                    assertThat(effect.ratio()).isEqualTo(10.5 / 4.5);
                    assertThat(effect.sentence()).contains("(10.50 ms, 2.33 times): matters");
                });
        assertThat(effect(ahead, result("queries-ahead-1", 5.1, 5.2), result("queries-base", 4.9, 5))
                        .verdict())
                .startsWith("small");
        assertThat(effect(ahead, result("queries-ahead-1", 4, 20), result("queries-base", 4, 5))
                        .verdict())
                .startsWith("no difference shown");
        assertThat(Effect.of(ahead, List.of(result("queries-base", 1, 1)))).isEmpty();
    }

    @Test
    void concludesForEachKindOfEffect() {
        List<Result> results = List.of(
                result("queries-ahead-1", 10, 11), result("queries-base", 4, 5), result("queries-history-10", 4, 5));
        assertThat(new QueriesChapter().conclusions(results))
                .containsExactly(
                        "Choices that matter here: Read-ahead (2.33 times).",
                        "Not chosen, and without a large or clear effect: History (1.00 times).");
    }

    @Test
    void findsWhereThroughputEnds() {
        Comparison readers = comparison("Concurrent readers");
        assertThat(saturation(readers, 1, 15, 15)).startsWith("Concurrent readers: 1 reach at least 90 %");
        assertThat(saturation(readers, 10, 10, 1)).contains("still grows at 64 readers");
    }

    private static String saturation(Comparison readers, double few, double many, double most) {
        Map<String, Object> byReaders = Map.of(
                "1", rounds(few, few), "4", rounds(few, few), "16", rounds(many, many), "64", rounds(most, most));
        Result result = result("queries-readers", Map.of(QueryCell.BY_READERS, byReaders));
        return Saturation.of(Effect.measurements(readers, List.of(result)))
                .orElseThrow()
                .sentence();
    }

    @Test
    void reportsAnyPartOfTheResults(@TempDir Path directory) {
        List<String> all = new QueriesChapter().cells().stream().map(Cell::name).toList();
        for (List<String> some : List.of(all, all.subList(0, 1), List.of("queries-readers"))) {
            Page page = new Page("# Queries\n");
            new QueriesChapter()
                    .report(some.stream().map(name -> result(name, 1, 2)).toList(), page, directory);
            assertThat(some).allSatisfy(name -> assertThat(page.toString()).contains("results/" + name + ".json"));
            assertThat(page.toString()).contains("cores of one machine").contains(".svg)");
        }
        assertThat(directory.resolve("queries-index.svg")).isNotEmptyFile();
        assertThat(directory.resolve("queries-readers-p99.svg")).isNotEmptyFile();
    }

    private static Comparison comparison(String what) {
        return QueryGroup.all().stream()
                .flatMap(group -> group.comparisons().stream())
                .filter(comparison -> comparison.what().equals(what))
                .findFirst()
                .orElseThrow();
    }

    private static Effect effect(Comparison comparison, Result... results) {
        return Effect.of(comparison, List.of(results)).orElseThrow();
    }

    private static Result result(String cell, double one, double other) {
        return result(cell, rounds(one, other));
    }

    private static Map<String, Object> rounds(double one, double other) {
        List<Double> rounds = List.of(one, other);
        return Map.of(
                "readMedianMillis", rounds,
                "readP99Millis", rounds,
                "readsPerSecond", List.of(1_000 / one, 1_000 / other),
                "requestsPerRead", rounds,
                "readingsPerRead", rounds,
                "cassandraMicrosPerReading", rounds,
                "clientMicrosPerReading", rounds);
    }

    private static Result result(String cell, Map<String, Object> measured) {
        return new Result(
                "queries",
                cell,
                1,
                Map.of("via", "driver"),
                List.of(),
                measured,
                List.of(),
                Map.of(),
                "",
                Map.of(),
                "",
                0);
    }
}
