package io.telltale.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.api.Parameters;
import io.telltale.api.ProblemException;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorMetadata;
import io.telltale.sensors.SensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AggregatesQueryTest {

    private static final long NOW_MILLIS = 1_772_323_200_000L;
    private static final Sensor SENSOR = new Sensor(
            new SensorId("a"),
            new SensorType("heat"),
            Description.of(null, "reported"),
            new SensorMetadata(Description.of(null, "cellar"), null, Map.of("floor", "1"), null));

    @ParameterizedTest
    @CsvSource({
        "interval=5m, PT5M",
        "interval=PT300S, PT300S",
        "interval=1M, P1M",
        "interval=1h&points=500, PT1H",
        "interval=auto, PT15S",
        "interval=auto&points=500, PT15S",
        "interval=auto&points=12, PT5M",
        "interval=auto&from=now-30d, PT3H",
        "interval=auto&from=now-1d&points=24, PT1H",
        "interval=auto&from=now-1d&points=24&timezone=+05:45, PT3H",
        "interval=auto&from=now, PT1S"
    })
    void statesTheIntervalInIso(String query, String interval) {
        assertThat(AggregatesQuery.of(parameters(query), NOW_MILLIS).interval()).isEqualTo(interval);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    fill=null                | parameter interval is missing; expected an ISO 8601
                    interval=5x              | parameter interval is '5x'; expected an ISO 8601
                    interval=36h             | parameter interval is '36h'; expected from PT0.001S to PT24H
                    interval=Auto            | parameter interval is 'Auto'; expected
                    interval=1h&points=100   | parameter points is '100'; expected 500, its default, or none
                    interval=1h&points=x     | parameter points is 'x'; expected an integer from 1 to 10000
                    interval=auto&points=0   | parameter points is '0'; expected an integer from 1 to 10000
                    interval=1s&from=now-1d  | which cuts
                    """)
    void namesABadParameter(String query, String expected) {
        assertThatThrownBy(() -> AggregatesQuery.of(parameters(query), NOW_MILLIS))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining(expected);
    }

    @ParameterizedTest
    @CsvSource({"sensor, a", "type, heat", "site, cellar", "label.floor, 1", "label.Floor, ", "all, all"})
    void groupsBySensorTypeSiteOrLabel(String by, String key) {
        assertThat(Grouping.of(parameters("by=" + by)).keyOf(SENSOR)).isEqualTo(new SeriesKey(key));
    }

    @ParameterizedTest
    @CsvSource({"sensors", "label", "label.", "label./x", "Site"})
    void namesABadGrouping(String by) {
        assertThatThrownBy(() -> Grouping.of(parameters("by=" + by)))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining(
                        "parameter by is '%s'; expected one of sensor, type, site, label.<name>, all".formatted(by));
    }

    private static Parameters parameters(String query) {
        Map<String, List<String>> given = Arrays.stream(query.split("&", -1))
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> List.of(pair[1])));
        return Parameters.of(
                given, "from", "to", "interval", "points", "functions", "timezone", "fill", "by", "consistency");
    }
}
