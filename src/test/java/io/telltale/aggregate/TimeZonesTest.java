package io.telltale.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeZonesTest {

    private static final LocalDateTime SUMMER = LocalDateTime.of(2026, 7, 1, 0, 0);

    @ParameterizedTest
    @CsvSource({
        "Europe/Berlin, +02:00",
        "europe/berlin, +02:00",
        "EUROPE/BERLIN, +02:00",
        "US/Pacific, -07:00",
        "asia/calcutta, +05:30",
        "EST, -05:00",
        "est, -05:00",
        "MST, -07:00",
        "HST, -10:00",
        "ROC, +08:00",
        "EST5EDT, -04:00",
        "Etc/GMT+5, -05:00",
        "UTC, Z",
        "utc, Z",
        "gmt0, Z",
        "Z, Z",
        "z, Z",
        "UTC+2, +02:00",
        "utc+02:00, +02:00",
        "gmt-3, -03:00",
        "+05:45, +05:45",
        "-18:00, -18:00"
    })
    void findsNamesAliasesAndOffsetsInAnyCase(String text, String offsetInSummer) {
        assertThat(TimeZones.find(text))
                .hasValueSatisfying(
                        zone -> assertThat(SUMMER.atZone(zone).getOffset()).hasToString(offsetInSummer));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Berlin", "Europe", "America/Nowhere", "CEST", "+19:00", "+2h", "UTC+99", " ", "Europe/Berlin "})
    void findsNothingElse(String text) {
        assertThat(TimeZones.find(text)).isEmpty();
    }

    @Test
    void findsEveryZoneOfTheRuntimeInLowerCase() {
        assertThat(ZoneId.getAvailableZoneIds()).hasSizeGreaterThan(500).allSatisfy(name -> assertThat(
                        TimeZones.find(name.toLowerCase(Locale.ROOT)))
                .contains(ZoneId.of(name)));
    }

    @Test
    void namesTheVersionOfTheDatabase() {
        assertThat(TimeZones.version()).matches("20[0-9]{2}[a-z]");
    }
}
