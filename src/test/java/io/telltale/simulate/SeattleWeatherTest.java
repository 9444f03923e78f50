package io.telltale.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeattleWeatherTest {

    /** Relative to the base directory of the build, in which tests run. */
    private static final Path SHIPPED = Path.of("src/test/resources/measured/seattle-weather.csv");

    private static final String FIRST_DAYS = """
            date,precipitation,temp_max,temp_min,wind,weather
            2012-01-01,0.0,12.8,5.0,4.7,drizzle
            2012-01-02,10.9,10.6,2.8,4.5,rain
            2012-01-03,0.8,11.7,7.2,2.3,rain
            """;

    private static final String LAST_DAYS = """
            date,precipitation,temp_max,temp_min,wind,weather
            2015-12-30,0.0,5.6,-1.0,3.4,sun
            2015-12-31,0.0,5.6,-2.1,3.5,sun
            """;

    private static final long DAYS =
            ChronoUnit.DAYS.between(LocalDate.parse("2012-01-01"), LocalDate.parse("2016-01-01"));

    @Test
    void theShippedFileIsWhatTheConverterMakes() throws IOException {
        List<String> shipped = Files.readAllLines(SHIPPED);

        List<String> first = converted(FIRST_DAYS);
        assertThat(shipped.subList(0, first.size())).isEqualTo(first);
        List<String> last = converted(LAST_DAYS);
        assertThat(shipped.subList(shipped.size() - 8, shipped.size())).isEqualTo(last.subList(1, last.size()));
    }

    @Test
    void theShippedFileHasFourReadingsForEachDayOfFourYears() throws IOException {
        assertThat(Files.readAllLines(SHIPPED)).hasSize(1 + 4 * (int) DAYS);
    }

    @Test
    void theShippedFileCanBeReplayed() throws IOException {
        Ledger ledger = new Ledger(10_000);
        RecordedSink sink = new RecordedSink(ledger);
        Clock clock = Clock.fixed(Instant.parse("2026-03-01T00:00:00Z"), ZoneOffset.UTC);

        Replay.Counts counts = new Replay(SHIPPED, Speed.MAX, clock).send(sink);

        assertThat(counts.sent()).isEqualTo(4 * DAYS);
        assertThat(ledger.sensors())
                .extracting(Object::toString)
                .containsExactly("seattle-precipitation", "seattle-temp-max", "seattle-temp-min", "seattle-wind");
        assertThat(ledger.size()).isEqualTo(4 * DAYS);
    }

    @Test
    void aDayBeginsAtMidnightInSeattleInSummerToo() throws IOException {
        List<String> converted = converted("""
                date,precipitation,temp_max,temp_min,wind,weather
                2012-03-11,0.0,12.8,5.0,4.7,sun
                2012-03-12,6.40,12.8,5.0,-0,sun
                """);

        assertThat(converted)
                .contains("seattle-precipitation,precipitation,2012-03-11T08:00:00Z,0.0")
                .contains("seattle-precipitation,precipitation,2012-03-12T07:00:00Z,6.40")
                .contains("seattle-wind,wind-speed,2012-03-12T07:00:00Z,-0");
    }

    @Test
    void aLineThatIsNoMeasurementIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> converted(FIRST_DAYS + "2012-01-04,20.3,NaN,5.6,4.7,rain\n"))
                .withMessage("line 5: temp_max is 'NaN'; expected a decimal number");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> converted(FIRST_DAYS + "2012-02-30,20.3,1,5.6,4.7,rain\n"))
                .withMessage("line 5: date is '2012-02-30'; expected a day such as 2012-01-31");
    }

    private static List<String> converted(String original) throws IOException {
        StringWriter measurements = new StringWriter();
        SeattleWeather.convert(new StringReader(original), measurements);
        return measurements.toString().lines().toList();
    }
}
