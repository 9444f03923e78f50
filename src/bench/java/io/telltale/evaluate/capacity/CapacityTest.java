package io.telltale.evaluate.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.telltale.evaluate.capacity.Capacity.Costs;
import io.telltale.evaluate.capacity.Capacity.Demand;
import io.telltale.evaluate.capacity.Capacity.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("long")
class CapacityTest {

    private static Costs costs() throws IOException {
        return Costs.of(Files.readString(Path.of(System.getProperty("basedir", ""), "docs/performance/ingest.json")));
    }

    @Test
    void meetsTheFittedPointsExactly() throws IOException {
        Costs costs = costs();
        assertThat(costs.fitted()).hasSize(2).allSatisfy(point -> assertThat(
                        costs.at(point.rowsPerRequest()).cassandra())
                .isCloseTo(point.micros().cassandra(), within(1e-6)));
    }

    @Test
    void predictsAPointThatWasNotFitted() throws IOException {
        Costs costs = costs();
        assertThat(costs.fitted()).doesNotContain(costs.check());
        assertThat(costs.error(costs.check(), Duration.ofMillis(250), 64)).isBetween(-0.2, 0.2);
    }

    @Test
    void statesWhereTheModelDoesNotHold() throws IOException {
        assertThat(Capacity.report(Demand.of("sensors=1000", "data-centers=2"), costs()))
                .contains("Below the fit, at 1,000 readings/s, it is off by -")
                .contains("Extrapolated: the rate is outside the fitted loads.")
                .contains("Extrapolated: each data center costs what one does");
    }

    @Test
    void needsANodeForEachCopyAndForTheDisk() throws IOException {
        Sizes small = Sizes.of(Demand.of("sensors=100", "interval=10s"), costs());
        Sizes old = Sizes.of(Demand.of("sensors=10000", "retention=7300d", "reading-bytes=9"), costs());
        assertThat(small.nodesPerDataCenter()).isEqualTo(3);
        assertThat(small.shards()).isEqualTo(16);
        // 10,000/s x 20 years x 9 bytes x 3 copies x 2 for compaction, on 2 TB each.
        assertThat(old.nodesPerDataCenter()).isEqualTo(171);
        assertThat(old.shards()).isEqualTo(64);
    }

    @Test
    void takesTheSizeOfAReadingFromTheEvaluation(@TempDir Path results) throws IOException {
        String option = "evaluation=" + results;
        assertThat(Demand.of(option).reading().bytes()).isEqualTo(21.8);
        Files.writeString(results.resolve("partitioning-shared-200.json"), "{\"diskBytesPerReading\" : 12.5,");
        Files.writeString(results.resolve("partitioning-shared-100000.json"), "{\"diskBytesPerReading\" : 19.4}");
        Files.writeString(results.resolve("partitioning-sensor-200.json"), "{\"diskBytesPerReading\" : 40}");
        assertThat(Capacity.report(Demand.of(option), costs()))
                .contains("Extrapolated: 19.4 bytes per reading on disk (the most of 2 results in " + results);
        assertThat(Demand.of(option, "reading-bytes=9").reading().bytes()).isEqualTo(9);
    }

    @Test
    void growsWithTheRate() throws IOException {
        Sizes some = Sizes.of(Demand.of("sensors=20000"), costs());
        Sizes more = Sizes.of(Demand.of("sensors=200000"), costs());
        assertThat(more.replicas()).isGreaterThanOrEqualTo(some.replicas());
        assertThat(more.nodesPerDataCenter()).isGreaterThan(some.nodesPerDataCenter());
        assertThat(more.partitions()).isGreaterThanOrEqualTo(more.replicas());
        // Not more replicas for smaller batches for more replicas, and so on.
        assertThat(more.replicas()).isLessThan(10);
        assertThat(more.linger()).isGreaterThan(Duration.ofMillis(250));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"sensor=1", "sensors", "sensors=0", "sensors=x", "interval=1", "factor=1.5", "retention=0d"})
    void rejectsAnInvalidOption(String argument) {
        assertThatThrownBy(() -> Demand.of(argument))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("option ")
                .hasMessageContaining("expected");
    }

    @Test
    void rejectsABucketThatNeedsTooLongALinger() {
        assertThatThrownBy(() -> Sizes.of(Demand.of("sensors=20000", "bucket=1d"), costs()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("option bucket is PT24H; expected a shorter one");
    }

    @Test
    void rejectsResultsWithoutSteadyLoads() {
        assertThatThrownBy(() -> Costs.of("{}"))
                .hasMessageContaining("0 steady loads")
                .hasMessageContaining("expected 4");
    }
}
