package io.telltale.evaluate.partitioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.telltale.evaluate.Cell;
import io.telltale.evaluate.Result;
import io.telltale.sensors.SensorId;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class PartitioningTest {

    private static final long START = 1_764_158_400_000L;
    private static final long DAY = Duration.ofDays(1).toMillis();
    private static final SensorId SENSOR = new SensorId("a");

    @Test
    void findsThePlacesOfARange() {
        assertThat(Scheme.perSensor().places(SENSOR, START, START + 3 * DAY)).hasSize(1);
        assertThat(Scheme.perSensorAndDay().places(SENSOR, START + 1, START + DAY + 1))
                .hasSize(2);
        assertThat(Scheme.shared(4, Duration.ofMinutes(15)).places(SENSOR, START, START + 3_600_000))
                .hasSize(4)
                .allSatisfy(place -> assertThat(place.shard()).isBetween(0, 3));
    }

    @Test
    void aFleetSendsAtItsRateAndNoInstantTwice() {
        for (int sensors : List.of(3, 200, 100_000)) {
            Fleet fleet = Fleet.ofRate(sensors, 10_000, START);
            Set<List<Long>> instants = new HashSet<>();
            for (long n = 0; n < 20_000; n++) {
                assertThat(instants.add(List.of((long) fleet.sensorOf(n), fleet.timestampOf(n))))
                        .isTrue();
            }
        }
        Fleet fleet = Fleet.ofRate(200, 10_000, START);
        assertThat(fleet.timestampOf(10_000) - START).isEqualTo(1_000);
        assertThat(fleet.sample(50).distinct()).hasSize(50);
    }

    @Test
    void aNodeOwnsTheTokensUpToItsOwn() {
        assertThat(NodeBalance.nodeOf(Long.MIN_VALUE)).isZero();
        assertThat(NodeBalance.nodeOf(Long.MIN_VALUE + 1)).isEqualTo(1);
        assertThat(NodeBalance.nodeOf(0)).isEqualTo(2);
        assertThat(NodeBalance.nodeOf(Long.MAX_VALUE)).isZero();
    }

    @Test
    void skewIsTheBusiestNodeAgainstAnEqualShare() {
        NodeBalance.Count count = new NodeBalance.Count();
        count.add(0, 3);
        count.add(Long.MAX_VALUE, 1);
        assertThat(count.balance().skew()).isCloseTo(3 * 0.75, within(1e-9));
    }

    @Test
    void readsTheLastDocumentOfTheTableStatistics() {
        String table = """
                {
                  "k" : {
                    "tables" : {
                      "readings" : {
                        "compacted_partition_maximum_bytes" : 4,
                        "number_of_partitions_estimate" : 2,
                        "space_used_live" : "%d",
                        "compacted_partition_mean_bytes" : 3
                      }
                    }
                  },
                  "total_number_of_tables" : 1
                }
                """;
        assertThat(TableSize.of(table.formatted(9) + "\n" + table.formatted(1), "k"))
                .isEqualTo(new TableSize(1, 2, 3, 4));
        assertThatThrownBy(() -> TableSize.of("nothing", "k")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TableSize.of(table.formatted(9), "other")).hasMessageContaining("no document");
    }

    @Test
    void concludesFromTheResults() {
        List<Result> results = List.of(result("sensor", 40), result("shared", 10));
        assertThat(new PartitioningChapter().conclusions(results))
                .singleElement()
                .asString()
                .startsWith("200 sensors: a shared partition takes 0.25 times Cassandra's");
        assertThat(new PartitioningChapter().conclusions(results.subList(0, 1))).isEmpty();
    }

    @Test
    void hasCellsOfItsNameAndAQuickForm() {
        List<Cell> cells = new PartitioningChapter().cells();
        assertThat(cells)
                .extracting(Cell::name)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("partitioning(-[a-z]+)+-\\d+"));
        assertThat(cells).filteredOn(Cell::isQuick).hasSize(4);
    }

    private static Result result(String scheme, double micros) {
        List<Double> rounds = List.of(micros);
        return new Result(
                "partitioning",
                "partitioning-" + scheme + "-200",
                1,
                Map.of("sensors", 200),
                List.of(),
                Map.of(
                        "writeCassandraMicrosPerReading", rounds,
                        "writeClientMicrosPerReading", rounds,
                        "readMedianMillis", rounds),
                List.of(),
                Map.of(),
                "",
                Map.of(),
                "",
                0);
    }
}
