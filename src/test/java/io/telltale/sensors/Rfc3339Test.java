package io.telltale.sensors;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Rfc3339Test {

    private static final DateTimeFormatter MILLISECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    @ParameterizedTest
    @CsvSource({
        "1970-01-01T00:00:00Z, 0",
        "1970-01-01t00:00:00z, 0",
        "1970-01-01 00:00:00Z, 0",
        "1970-01-01T00:00:00-00:00, 0",
        "1970-01-01T02:00:00+02:00, 0",
        "1969-12-31T18:30:00-05:30, 0",
        "1970-01-02T23:58:00+23:59, 86340000",
        "1970-01-01T00:00:00.1Z, 100",
        "1970-01-01T00:00:00.12Z, 120",
        "1970-01-01T00:00:00.123Z, 123",
        "1970-01-01T00:00:00.1239Z, 123",
        "1970-01-01T00:00:00.123999999999999999999999999999999999999Z, 123",
        "1969-12-31T23:59:59.9999Z, -1",
        "1969-12-31T23:59:58.0009Z, -2000",
        "2000-02-29T00:00:00Z, 951782400000",
        "2024-02-29T00:00:00Z, 1709164800000",
        "0000-01-01T00:00:00Z, -62167219200000",
        "0000-02-29T00:00:00Z, -62162121600000",
        "9999-12-31T23:59:59.999Z, 253402300799999",
    })
    void parsesInstants(String text, long millis) {
        assertThat(Rfc3339.parse(text)).hasValue(millis);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1970-01-01T00:00Z | 0",
                "1970-01-01 00:00z | 0",
                "1970-01-01T02:00+02:00 | 0",
                "1970-01-01T02:00+02 | 0",
                "1970-01-01T00:00:00+0000 | 0",
                "1970-01-01T00:00:00-0000 | 0",
                "1970-01-01T02:00:00+0200 | 0",
                "1969-12-31T18:30:00-0530 | 0",
                "1970-01-01T01:00:00+01 | 0",
                "1969-12-31T23:00:00-01 | 0",
                "1970-01-01T00:00:00,5Z | 500",
                "1970-01-01T00:00:00,1239Z | 123",
                "1969-12-31T23:59:59,9999Z | -1",
                "1970-01-01T01:00:00,123+0100 | 123",
                "1970-01-01T01:00:00.123+01 | 123",
                "2016-12-31T23:59:60,5+0000 | 1483228799999",
            })
    void parsesOtherFormsOfIso8601(String text, long millis) {
        assertThat(Rfc3339.parse(text)).hasValue(millis);
        byte[] ascii = text.getBytes(US_ASCII);
        assertThat(Rfc3339.parse(ascii, 0, ascii.length)).as("the fast path").isEqualTo(Rfc3339.INVALID);
    }

    @ParameterizedTest
    @CsvSource({
        "2016-12-31T23:59:60Z, 1483228799999",
        "2016-12-31T23:59:60.000Z, 1483228799999",
        "2016-12-31T23:59:60.999Z, 1483228799999",
        "2017-01-01T00:59:60+01:00, 1483228799999",
        "9999-12-31T23:59:60Z, 253402300799999",
    })
    void readsALeapSecondAsTheLastMillisecondOfItsDay(String text, long millis) {
        assertThat(Rfc3339.parse(text)).hasValue(millis);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "now",
                "2026-01-31",
                "2026-01-31T12:34",
                "2026-01-31T12Z",
                "2026-01-31T12:34.5Z",
                "2026-01-31T12:34:56,Z",
                "2026-01-31T12:34:56,789",
                "2026-01-31T12:34:56.7,8Z",
                "2026-01-31T12:34:56",
                "2026-01-31T12:34:56.Z",
                "2026-01-31T12:34:56.789",
                "2026-01-31T12:34:56.789ZZ",
                "2026-01-31T12:34:56.789Z ",
                " 2026-01-31T12:34:56Z",
                "2026-01-31_12:34:56Z",
                "2026/01/31T12:34:56Z",
                "2026-01-31T12-34-56Z",
                "2026-1-31T12:34:56Z00",
                "20260131T123456Z0000",
                "+2026-01-31T12:34:56Z",
                "-026-01-31T12:34:56Z",
                "12026-01-31T12:34:56Z",
                "2026-00-31T12:34:56Z",
                "2026-13-31T12:34:56Z",
                "2026-01-00T12:34:56Z",
                "2026-01-32T12:34:56Z",
                "2026-04-31T12:34:56Z",
                "2026-02-29T12:34:56Z",
                "1900-02-29T12:34:56Z",
                "2100-02-29T12:34:56Z",
                "2026-01-31T24:00:00Z",
                "2026-01-31T12:60:00Z",
                "2026-01-31T12:34:61Z",
                "2026-01-31T12:34:60Z",
                "2026-01-30T23:59:60Z",
                "2016-12-31T23:59:60+01:00",
                "2026-01-31T12:34:56+2:00",
                "2026-01-31T12:34:56+2",
                "2026-01-31T12:34:56+020",
                "2026-01-31T12:34:56+02:0",
                "2026-01-31T12:34:56+02:",
                "2026-01-31T12:34:56+020000",
                "2026-01-31T12:34:56+2400",
                "2026-01-31T12:34:56+24",
                "2026-01-31T12:34:56+0260",
                "2026-01-31T12:34:56 0200",
                "2026-02-29T12:34Z",
                "2026-01-31T24:00Z",
                "2026-01-31T12:34٠٠Z",
                "2026-01-31T12:34:56+24:00",
                "2026-01-31T12:34:56+02:60",
                "2026-01-31T12:34:56+02:00Z",
                "2026-01-31T12:34:56~02:00",
                "2026-01-31T12:34:56[Europe/Berlin]",
                "0000-01-01T00:00:00+00:01",
                "9999-12-31T23:59:59-00:01",
                "２０２６-01-31T12:34:56Z",
            })
    void refusesWhatIsNoInstantOfTheYears0000To9999(String text) {
        assertThat(Rfc3339.parse(text)).isEmpty();
    }

    @Test
    void readsOnlyTheGivenBytes() {
        byte[] text = "xx2026-01-31T12:34:56.789Zxx".getBytes(US_ASCII);

        assertThat(Rfc3339.parse(text, 2, 24))
                .isEqualTo(Instant.parse("2026-01-31T12:34:56.789Z").toEpochMilli());
        assertThat(Rfc3339.parse(text, 2, 23)).isEqualTo(Rfc3339.INVALID);
        assertThat(Rfc3339.parse(text, 2, 25)).isEqualTo(Rfc3339.INVALID);
        assertThat(Rfc3339.parse("2026-01-31T12:34:56.789Z".getBytes(US_ASCII), 0, 19))
                .isEqualTo(Rfc3339.INVALID);
    }

    @Test
    void agreesWithJavaTimeOnAnyInstantAndOffset() {
        Random random = new Random(20260131);
        for (int i = 0; i < 200_000; i++) {
            long millis = randomMillis(random);
            ZoneOffset offset = ZoneOffset.ofTotalSeconds(60 * (random.nextInt(2 * 18 * 60 + 1) - 18 * 60));
            OffsetDateTime time = Instant.ofEpochMilli(millis)
                    .plusNanos(random.nextInt(1_000_000))
                    .atOffset(offset);
            if (time.getYear() < 0 || time.getYear() > 9999) {
                continue;
            }
            String text = DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time);
            if (text.length() < "2026-01-31T12:34:56Z".length()) {
                continue;
            }

            assertThat(Rfc3339.parse(text)).as(text).hasValue(millis);
        }
    }

    @Test
    void writesTheSameAsJavaTime() {
        Random random = new Random(42);
        for (int i = 0; i < 200_000; i++) {
            long millis = randomMillis(random);

            String written = Rfc3339.format(millis);

            assertThat(written).isEqualTo(MILLISECONDS.format(Instant.ofEpochMilli(millis)));
            assertThat(Rfc3339.parse(written)).hasValue(millis);
        }
    }

    @Test
    void agreesWithJavaTimeOnFourCenturies() {
        for (long day = 0; day < 146_097; day++) {
            long millis = day * 86_400_000;

            assertThat(Rfc3339.parse(Instant.ofEpochMilli(millis).toString())).hasValue(millis);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1970-01-01T00:00:00.000Z",
        "-1, 1969-12-31T23:59:59.999Z",
        "-62167219200000, 0000-01-01T00:00:00.000Z",
        "253402300799999, 9999-12-31T23:59:59.999Z",
    })
    void writesAlwaysThreeFractionDigits(long millis, String text) {
        assertThat(Rfc3339.format(millis)).isEqualTo(text).hasSize(Rfc3339.WRITTEN_LENGTH);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {Reading.MIN_TIMESTAMP_MILLIS - 1, Reading.MAX_TIMESTAMP_MILLIS + 1, Long.MIN_VALUE, Long.MAX_VALUE
            })
    void rejectsOtherYears(long millis) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Rfc3339.format(millis))
                .withMessageContaining(Long.toString(millis));
    }

    private static long randomMillis(Random random) {
        long span = Reading.MAX_TIMESTAMP_MILLIS - Reading.MIN_TIMESTAMP_MILLIS + 1;
        return Reading.MIN_TIMESTAMP_MILLIS + Math.floorMod(random.nextLong(), span);
    }
}
