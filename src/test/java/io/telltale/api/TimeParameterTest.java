package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeParameterTest {

    private static final long NOW_MILLIS =
            Instant.parse("2026-01-31T12:34:56.789Z").toEpochMilli();

    @ParameterizedTest
    @CsvSource({
        "now, 2026-01-31T12:34:56.789Z",
        "now-0s, 2026-01-31T12:34:56.789Z",
        "now-90s, 2026-01-31T12:33:26.789Z",
        "now-15m, 2026-01-31T12:19:56.789Z",
        "now-015m, 2026-01-31T12:19:56.789Z",
        "now-2h, 2026-01-31T10:34:56.789Z",
        "now-31d, 2025-12-31T12:34:56.789Z",
        "now-1w, 2026-01-24T12:34:56.789Z",
        "now-105716w, 0000-01-01T12:34:56.789Z",
        "now-100000w, 0109-07-20T12:34:56.789Z",
        "0, 1970-01-01T00:00:00Z",
        "100000000000, 1973-03-03T09:46:40Z",
        "1769862896789, 2026-01-31T12:34:56.789Z",
        "99999999999999, 5138-11-16T09:46:39.999Z",
        "2026-01-31T12:34:56Z, 2026-01-31T12:34:56Z",
        "2026-01-31t12:34:56.7891z, 2026-01-31T12:34:56.789Z",
        "1969-12-31T23:59:59.9999Z, 1969-12-31T23:59:59.999Z",
        "2026-01-31T12:34:56+02:00, 2026-01-31T10:34:56Z",
        "2026-01-31T12:34:56-02:00, 2026-01-31T14:34:56Z",
        "2026-01-31T12:34:56 02:00, 2026-01-31T10:34:56Z",
        "2026-01-31T12:34:56.789 00:30, 2026-01-31T12:04:56.789Z",
        "2026-01-31 12:34:56 02:00, 2026-01-31T10:34:56Z",
        "2026-01-31T12:34Z, 2026-01-31T12:34:00Z",
        "2026-01-31 12:34 02, 2026-01-31T10:34:00Z",
        "2026-01-31T12:34:56+0200, 2026-01-31T10:34:56Z",
        "2026-01-31T12:34:56 0200, 2026-01-31T10:34:56Z",
        "2026-01-31T12:34:56+02, 2026-01-31T10:34:56Z",
        "'2026-01-31T12:34:56,789Z', 2026-01-31T12:34:56.789Z",
        "1769862896789.0, 2026-01-31T12:34:56.789Z",
        "1.769862896789e12, 2026-01-31T12:34:56.789Z",
        "1.769862896789E+12, 2026-01-31T12:34:56.789Z",
        "1.769862896789e 12, 2026-01-31T12:34:56.789Z",
        "0.0, 1970-01-01T00:00:00Z",
    })
    void acceptsTheFormsOfTheContract(String text, Instant instant) {
        assertThat(TimeParameter.parse("from", text, NOW_MILLIS)).isEqualTo(instant.toEpochMilli());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NOW",
                "now-",
                "now-m",
                "now-1",
                "now-1y",
                "now-1M",
                "now-1.5h",
                "now--1h",
                "now+1h",
                "now 1h",
                "now - 1h",
                "now-1h30m",
                "now-1234567890s",
                "now-٣s",
                "yesterday",
                " now",
                "1.",
                ".7e12",
                "1.7e",
                "+1769862896789",
                "0x0",
                "２",
                "2026-01-31",
                "2026-01-31T12:34:56",
                "2026-01-31T12:34:56  02:00",
                "2026-02-30T12:34:56Z",
                "2026-01-31T12:34:56 ",
            })
    void rejectsOtherForms(String text) {
        assertRefused(text, "parameter from is '" + text + "'; expected an RFC 3339 time with an offset");
    }

    @ParameterizedTest
    @CsvSource({
        "1, which looks like seconds",
        "1769862896, which looks like seconds",
        "99999999999, which looks like seconds",
        "100000000000000, which looks like microseconds",
        "100000000000000000, which looks like nanoseconds",
        "99999999999999999999999999, which looks like nanoseconds",
        "-1, which is negative; send earlier instants as RFC 3339",
        "-99999999999999999999999999, which is negative",
    })
    void rejectsImplausibleIntegers(String text, String doubt) {
        assertRefused(text, "parameter from is '" + text + "', " + doubt);
    }

    @Test
    void refusesWhatGoesBeyondTheYears0000To9999() {
        assertRefused("now-999999999w", "expected a time within the years 0000 to 9999");
        assertRefused("now-105717w", "expected a time within the years 0000 to 9999");
        assertRefused("0000-01-01T00:00:00+00:01", "expected an RFC 3339 time");
    }

    private static void assertRefused(String text, String detail) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> TimeParameter.parse("from", text, NOW_MILLIS))
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ProblemCode.BAD_PARAMETER);
                    assertThat(e.problem().detail()).contains(detail);
                });
    }
}
