package io.telltale.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.sensors.Reading;
import io.telltale.sensors.TimeRange;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowsTest {

    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm");

    /** The starts of all windows and the end of the last one, in local time. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    P1D   | UTC                 | 2026-01-31T12:00 | 2026-02-02T00:00 | 2026-01-31T12:00 2026-02-01T00:00 2026-02-02T00:00
                    P1W   | UTC                 | 2026-01-28T00:00 | 2026-02-05T00:00 | 2026-01-28T00:00 2026-02-02T00:00 2026-02-05T00:00
                    P2W   | UTC                 | 2026-01-01T00:00 | 2026-02-01T00:00 | 2026-01-01T00:00 2026-01-12T00:00 2026-01-26T00:00 2026-02-01T00:00
                    P2D   | UTC                 | 1970-01-01T00:00 | 1970-01-06T00:00 | 1970-01-01T00:00 1970-01-02T00:00 1970-01-04T00:00 1970-01-06T00:00
                    P1M   | Europe/Berlin       | 2026-01-15T00:00 | 2026-03-15T00:00 | 2026-01-15T00:00 2026-02-01T00:00 2026-03-01T00:00 2026-03-15T00:00
                    P3M   | Europe/Berlin       | 2026-02-01T00:00 | 2026-10-01T00:00 | 2026-02-01T00:00 2026-04-01T00:00 2026-07-01T00:00 2026-10-01T00:00
                    P1Y   | Asia/Kathmandu      | 1985-06-01T00:00 | 1987-01-01T00:00 | 1985-06-01T00:00 1986-01-01T00:15 1987-01-01T00:00
                    P10Y  | UTC                 | 1995-01-01T00:00 | 2020-01-01T00:00 | 1995-01-01T00:00 2000-01-01T00:00 2010-01-01T00:00 2020-01-01T00:00
                    PT7H  | UTC                 | 2026-01-01T00:00 | 2026-01-02T07:00 | 2026-01-01T00:00 2026-01-01T07:00 2026-01-01T14:00 2026-01-01T21:00 2026-01-02T00:00 2026-01-02T07:00
                    PT6H  | Europe/Berlin       | 2026-03-29T00:00 | 2026-03-30T00:00 | 2026-03-29T00:00 2026-03-29T07:00 2026-03-29T13:00 2026-03-29T19:00 2026-03-30T00:00
                    PT6H  | Europe/Berlin       | 2026-10-25T00:00 | 2026-10-26T00:00 | 2026-10-25T00:00 2026-10-25T05:00 2026-10-25T11:00 2026-10-25T17:00 2026-10-25T23:00 2026-10-26T00:00
                    PT24H | Australia/Lord_Howe | 2026-04-05T00:00 | 2026-04-06T00:00 | 2026-04-05T00:00 2026-04-05T23:30 2026-04-06T00:00
                    P1D   | Pacific/Apia        | 2011-12-28T00:00 | 2012-01-01T00:00 | 2011-12-28T00:00 2011-12-29T00:00 2011-12-31T00:00 2012-01-01T00:00
                    P1D   | America/St_Johns    | 2006-10-28T00:00 | 2006-10-30T00:00 | 2006-10-28T00:00 2006-10-29T00:00 2006-10-30T00:00
                    """)
    void followsTheCalendarOfTheZone(String interval, String zone, String from, String to, String boundaries) {
        ZoneId zoneId = ZoneId.of(zone);
        Windows windows = windows(interval, zone, millis(from, zoneId), millis(to, zoneId));
        List<String> found = new ArrayList<>();
        List<Window> all = all(windows);
        all.forEach(window -> found.add(local(window.startMillis(), zoneId)));
        found.add(local(all.get(all.size() - 1).endMillis(), zoneId));
        assertThat(String.join(" ", found)).isEqualTo(boundaries);
        assertThat(windows.count()).isEqualTo(all.size());
    }

    @Test
    void hasDaysOf23And25Hours() {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        Windows windows =
                windows("P1D", "Europe/Berlin", millis("2026-01-01T00:00", berlin), millis("2027-01-01T00:00", berlin));
        assertThat(all(windows).stream().map(window -> (window.endMillis() - window.startMillis()) / 3_600_000))
                .hasSize(365)
                .containsOnlyOnce(23L, 25L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    PT1S    |     10000000 | 10000
                    PT1S    |     10000001 | 10001
                    PT1M    |    600000000 | 10000
                    PT24H   | 864000000000 | 10000
                    P1D     | 864000000000 | 10000
                    P1D     | 864000000001 | 10001
                    P1D     |            1 | 1
                    P1D     |            0 | 0
                    """)
    void countsExactlyAroundTheLimit(String interval, long lengthMillis, long count) {
        assertThat(windows(interval, "UTC", 0, lengthMillis).count()).isEqualTo(count);
    }

    /** There, the local calendar of a zone is in the years -1 and 10000. */
    @ParameterizedTest
    @CsvSource({"-18:00", "+18:00", "America/St_Johns", "Pacific/Kiritimati", "UTC"})
    void coversTheFirstAndTheLastInstant(String zone) {
        long from = Reading.MIN_TIMESTAMP_MILLIS;
        long to = Reading.MAX_TIMESTAMP_MILLIS;
        for (String interval : List.of("PT0.001S", "PT1H", "PT24H", "P1D", "P1W", "P1M", "P1Y")) {
            Windows windows = windows(interval, zone, from, to);
            assertThat(windows.at(from).startMillis()).isEqualTo(from);
            assertThat(windows.at(from).endMillis()).isGreaterThan(from);
            assertThat(windows.at(to - 1).endMillis()).isEqualTo(to);
            assertThat(windows.at(to - 1).startMillis()).isLessThan(to);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PT0.001S, 315569519999999",
        "PT1S, 315569520000",
        "PT24H, 3652425",
        "P1D, 3652425",
        "P1W, 521724",
        "P1M, 120000"
    })
    void countsTenThousandYearsWithoutIterating(String interval, long atLeast) {
        long startNanos = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            assertThat(windows(interval, "America/St_Johns", Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS)
                            .count())
                    .isBetween(atLeast, atLeast + atLeast / 1_000 + 1);
        }
        assertThat(System.nanoTime() - startNanos).isLessThan(2_000_000_000L);
    }

    @ParameterizedTest
    @CsvSource({
        "PT1H, 1990-01-01T00:00:00, 2026-01-01T00:00:00, 315576",
        "PT1S, 1990-01-01T00:00:00, 2026-01-01T00:00:00, 1136073600",
        "PT24H, 1990-01-01T00:00:00, 2026-01-01T00:00:00, 13149",
        "PT1H, 1700-01-01T00:00:00, 1960-01-01T00:00:00, 2279088",
        "PT1S, 1700-01-01T00:00:00, 1960-01-01T00:00:00, 8204716800",
        "PT24H, 1700-01-01T00:00:00, 1960-01-01T00:00:00, 94962"
    })
    void estimatesTheCountOfALongRange(String interval, String from, String to, long count) {
        ZoneId utc = ZoneId.of("UTC");
        assertThat(windows(interval, "UTC", millis(from, utc), millis(to, utc)).count())
                .isEqualTo(count);
    }

    @Test
    void containsTheFirstAndTheLastInstant() {
        for (String zone : List.of("UTC", "-12:00", "+14:00", "Europe/Berlin")) {
            for (String interval : List.of("PT24H", "P1D", "P2W", "P7M", "P10000Y")) {
                Windows windows = windows(interval, zone, Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS);
                assertThat(windows.at(Reading.MIN_TIMESTAMP_MILLIS).startMillis())
                        .isEqualTo(Reading.MIN_TIMESTAMP_MILLIS);
                assertThat(windows.at(Reading.MAX_TIMESTAMP_MILLIS - 1).endMillis())
                        .isEqualTo(Reading.MAX_TIMESTAMP_MILLIS);
            }
        }
    }

    @Test
    void rejectsAnInstantOutsideTheRange() {
        assertThatThrownBy(() -> windows("P1D", "UTC", 0, 1_000).at(1_000))
                .hasMessage("instant 1000 ms is not within [1970-01-01T00:00:00.000Z, 1970-01-01T00:00:01.000Z)");
    }

    private static Windows windows(String interval, String zone, long fromMillis, long toMillis) {
        return new Windows(Interval.parse(interval), ZoneId.of(zone), new TimeRange(fromMillis, toMillis));
    }

    private static List<Window> all(Windows windows) {
        List<Window> all = new ArrayList<>();
        for (long at = windows.range().fromMillis(); at < windows.range().toMillis(); ) {
            Window window = windows.at(at);
            assertThat(window.startMillis()).isEqualTo(at);
            all.add(window);
            at = window.endMillis();
        }
        return all;
    }

    private static long millis(String local, ZoneId zone) {
        return LocalDateTime.parse(local).atZone(zone).toInstant().toEpochMilli();
    }

    private static String local(long millis, ZoneId zone) {
        return LOCAL.format(Instant.ofEpochMilli(millis).atZone(zone));
    }
}
