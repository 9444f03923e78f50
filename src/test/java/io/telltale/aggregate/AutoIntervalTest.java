package io.telltale.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Reading;
import io.telltale.sensors.TimeRange;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutoIntervalTest {

    private static final Instant MIDNIGHT = Instant.parse("2026-03-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "PT0S, 1, PT1S",
        "PT1S, 1, PT1S",
        "PT500S, 500, PT1S",
        "PT501S, 500, PT5S",
        "PT1H, 500, PT15S",
        "PT1H, 12, PT5M",
        "PT1H, 11, PT15M",
        "PT6H, 500, PT1M",
        "PT24H, 500, PT5M",
        "PT24H, 2, PT12H",
        "PT24H, 1, P1D",
        "P7D, 500, PT30M",
        "P31D, 500, PT3H",
        "P31D, 1, P1M",
        "P365D, 500, P1D",
        "P3650D, 1000, P1W",
        "P3650D, 500, P1M",
        "P3650D, 100, P3M",
        "P3650D, 30, P1Y",
        "P7300D, 3, P10Y"
    })
    void selectsTheShortestWithFewEnoughWindows(String length, int points, String interval) {
        assertThat(AutoInterval.select(ZoneOffset.UTC, fromMidnight(length, 0), points))
                .isEqualTo(interval);
    }

    @Test
    void countsTheClippedWindowsAtTheEdges() {
        // 60 whole minutes, and 59 of them with two halves.
        assertThat(AutoInterval.select(ZoneOffset.UTC, fromMidnight("PT1H", 0), 60))
                .isEqualTo("PT1M");
        assertThat(AutoInterval.select(ZoneOffset.UTC, fromMidnight("PT1H", 30_000), 60))
                .isEqualTo("PT5M");
    }

    @Test
    void countsInTheZone() {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        // A day of 23 hours.
        Instant clocksGoForward = Instant.parse("2026-03-28T23:00:00Z");
        TimeRange day = new TimeRange(
                clocksGoForward.toEpochMilli(),
                clocksGoForward.plusSeconds(23 * 3_600).toEpochMilli());
        assertThat(AutoInterval.select(berlin, day, 23)).isEqualTo("PT1H");
        assertThat(AutoInterval.select(berlin, day, 1)).isEqualTo("P1D");
        assertThat(AutoInterval.select(ZoneOffset.UTC, day, 1)).isEqualTo("P1W");
    }

    @ParameterizedTest
    @CsvSource({"1, P10000Y", "2, P10000Y", "10, P1000Y", "500, P100Y", "10000, P1Y"})
    void selectsAnIntervalOfTheLongestRange(int points, String interval) {
        TimeRange all = new TimeRange(Reading.MIN_TIMESTAMP_MILLIS, Reading.MAX_TIMESTAMP_MILLIS);
        assertThat(AutoInterval.select(ZoneOffset.UTC, all, points)).isEqualTo(interval);
        assertThat(new Windows(Interval.parse(interval), ZoneOffset.UTC, all).count())
                .isLessThanOrEqualTo(points);
    }

    private static TimeRange fromMidnight(String length, long shiftMillis) {
        long from = MIDNIGHT.toEpochMilli() + shiftMillis;
        return new TimeRange(from, from + Duration.parse(length).toMillis());
    }
}
