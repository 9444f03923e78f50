package io.telltale.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntervalTest {

    @ParameterizedTest
    @CsvSource({"P1D, 1", "P7D, 7", "P1W, 7", "P2W, 14", "P1W3D, 10", "P0W2D, 2", "P3660000D, 3660000"})
    void parsesWeeksAndDays(String text, int days) {
        assertThat(Interval.parse(text)).isEqualTo(new Interval.Days(days));
    }

    @ParameterizedTest
    @CsvSource({"P1M, 1", "P3M, 3", "P1Y, 12", "P1Y6M, 18", "P10000Y, 120000"})
    void parsesYearsAndMonths(String text, int months) {
        assertThat(Interval.parse(text)).isEqualTo(new Interval.Months(months));
    }

    @ParameterizedTest
    @CsvSource({
        "PT1M, 60000",
        "PT90S, 90000",
        "PT1H30M, 5400000",
        "PT24H, 86400000",
        "PT1440M, 86400000",
        "PT0.5S, 500",
        "PT0.001S, 1",
        "PT1.250S, 1250"
    })
    void parsesHoursMinutesAndSeconds(String text, long millis) {
        assertThat(Interval.parse(text)).isEqualTo(new Interval.Elapsed(millis));
    }

    @ParameterizedTest
    @CsvSource({
        "30s, PT30S",
        "5m, PT5M",
        "90m, PT90M",
        "1h, PT1H",
        "24h, PT24H",
        "1d, P1D",
        "2w, P2W",
        "1M, P1M",
        "18M, P18M",
        "1y, P1Y",
        "500ms, PT0.5S",
        "1ms, PT0.001S",
        "90000ms, PT1M30S",
        "PT5M, PT5M"
    })
    void parsesANumberAndAUnit(String text, String iso) {
        assertThat(Interval.iso(text)).isEqualTo(iso);
        assertThat(Interval.parse(text)).isEqualTo(Interval.parse(iso));
    }

    /** The values of {@code $__interval}, from a chart of a second to one of a century. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1ms", "10ms", "20ms", "50ms", "100ms", "200ms", "500ms", "1s", "2s", "5s", "10s", "15s", "20s", "30s",
                "1m", "2m", "5m", "10m", "15m", "20m", "30m", "1h", "2h", "3h", "6h", "12h", "1d", "7d", "30d", "1y"
            })
    void parsesTheIntervalsOfGrafana(String text) {
        assertThat(Interval.parse(Interval.iso(text))).isEqualTo(Interval.parse(text));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    P1DT2H             | one kind of unit
                    P1M15D             | one kind of unit
                    P1YT1S             | one kind of unit
                    PT36H              | from PT0.001S to PT24H; longer windows are of whole days, such as P2D
                    PT86400.001S       | from PT0.001S to PT24H
                    PT0S               | from PT0.001S to PT24H
                    PT0.0005S          | whole milliseconds
                    P0D                | from P1D to P3660000D
                    P0M                | from P1M to P10000Y
                    P10001Y            | from P1M to P10000Y
                    P999999W9999999D   | from P1D to P3660000D
                    P-1D               | an ISO 8601 duration
                    -P1D               | an ISO 8601 duration
                    P                  | an ISO 8601 duration
                    PT                 | an ISO 8601 duration
                    P1                 | an ISO 8601 duration
                    5Y                 | a whole number and one of ms, s, m, h, d, w, M, y
                    0ms                | from PT0.001S to PT24H
                    5H                 | a whole number and one of ms, s, m, h, d, w, M, y
                    1.5h               | a whole number and one of ms, s, m, h, d, w, M, y
                    -5m                | an ISO 8601 duration
                    m                  | an ISO 8601 duration
                    auto               | an ISO 8601 duration
                    25h                | from PT0.001S to PT24H
                    0d                 | from P1D to P3660000D
                    0M                 | from P1M to P10000Y
                    pt1h               | an ISO 8601 duration
                    PT1.5H             | an ISO 8601 duration
                    P99999999999999D   | an ISO 8601 duration
                    """)
    void rejectsATextThatIsNoInterval(String text, String expected) {
        assertThatThrownBy(() -> Interval.parse(text))
                .isInstanceOf(IntervalFormatException.class)
                .hasMessageContaining(expected);
    }
}
