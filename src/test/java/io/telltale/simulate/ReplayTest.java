package io.telltale.simulate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayTest {

    private static final String HEADER = "sensorId,type,timestamp,value\n";
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-03-01T00:00:00Z"), ZoneOffset.UTC);

    private final RecordedSink sink = new RecordedSink(new Ledger(1_000));

    @TempDir
    private Path directory = Path.of("");

    @Test
    void measurementsGoOutAsTheyWereRecorded() throws IOException {
        Path file = file(HEADER
                + "a,temperature,2012-01-01T08:00:00Z,12.8\n"
                + "a,temperature,2012-01-01T10:00:00+01:00,-0.0\n"
                + "b,door,2012-01-01T09:00:00.5Z,open\r\n"
                + "c,motion,2012-01-01T09:00:00.5Z,true\n"
                + "d,label,2012-01-01T09:00:01Z,\"a \"\"b\"\", c\\\"\n"
                + "e,power,2012-01-01T09:00:01Z,1.5e300");

        Replay.Counts counts = new Replay(file, Speed.MAX, CLOCK).send(sink);

        assertThat(counts).isEqualTo(new Replay.Counts(6, 6, 0));
        assertThat(sink.records())
                .extracting(OutgoingRecord::topic)
                .startsWith("sensors.temperature")
                .contains("sensors.door", "sensors.motion");
        assertThat(sink.records())
                .extracting(record -> new String(Objects.requireNonNull(record.body()), UTF_8))
                .containsExactly(
                        body("a", "temperature", "2012-01-01T08:00:00.000Z", "12.80"),
                        body("a", "temperature", "2012-01-01T09:00:00.000Z", "-0.0"),
                        body("b", "door", "2012-01-01T09:00:00.500Z", "\"open\""),
                        body("c", "motion", "2012-01-01T09:00:00.500Z", "true"),
                        body("d", "label", "2012-01-01T09:00:01.000Z", "\"a \\\"b\\\", c\\\\\""),
                        body("e", "power", "2012-01-01T09:00:01.000Z", "1.5E300"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        a b,temperature,2012-01-01T08:00:00Z,1 | sensorId is 'a b'; expected a letter or digit
        a,Temperature,2012-01-01T08:00:00Z,1   | type is 'Temperature'; expected a small letter
        a,temperature,2012-01-01T08:00:00,1    | timestamp is '2012-01-01T08:00:00'; expected RFC 3339 with an offset
        a,temperature,1325404800000,1          | timestamp is '1325404800000'; expected RFC 3339 with an offset
        a,temperature,2012-01-01T07:59:59Z,1   | timestamp is '2012-01-01T07:59:59Z'; expected no earlier one
        a,temperature,2012-01-01T08:00:00Z,    | value is ''; expected a number, true, false or a text
        a,temperature,2012-01-01T08:00:00Z,1e400 | value is '1e400'; expected a number that an IEEE double can hold
        a,temperature,2012-01-01T08:00:00Z,9007199254740993 | value is '9007199254740993'; expected an integer
        a,temperature,2012-01-01T08:00:00Z,"open | value is '"open'; expected a closing quote
        a,temperature,2012-01-01T08:00:00Z     | line is 'a,temperature,2012-01-01T08:00:00Z'; expected four fields
        """)
    void aBadLineIsNamedAndNothingIsSent(String line, String message) throws IOException {
        Path file = file(HEADER + "a,temperature,2012-01-01T08:00:00Z,12.8\n" + line + "\n");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Replay(file, Speed.MAX, CLOCK).send(sink))
                .withMessageStartingWith("line 3: " + message);
        assertThat(sink.records()).isEmpty();
    }

    @Test
    void anotherHeaderIsNamed() throws IOException {
        Path file = file("id,type,time,value\n");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Replay(file, Speed.MAX, CLOCK).send(sink))
                .withMessage("line 1: header is 'id,type,time,value'; expected sensorId,type,timestamp,value");
    }

    @Test
    void aFileWithoutLineBreaksDoesNotFillTheMemory() throws IOException {
        Path file = file(HEADER + "x".repeat(10_000));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Replay(file, Speed.MAX, CLOCK).send(sink))
                .withMessageStartingWith("line 2: line is 'xxx")
                .withMessageEndingWith("expected at most 8192 characters");
    }

    @Test
    void aFileThatIsNotUtf8IsRefused() throws IOException {
        Path file = Files.write(
                directory.resolve("latin.csv"),
                (HEADER + "d,door,2012-01-01T08:00:00Z,ge\u00f6ffnet\n").getBytes(ISO_8859_1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Replay(file, Speed.MAX, CLOCK).send(sink))
                .withMessageEndingWith("not UTF-8");
    }

    @Test
    void anInterruptEndsItEarlyAndInOrder() throws IOException {
        Path file = file(HEADER + "a,temperature,2012-01-01T08:00:00Z,1\na,temperature,2012-01-02T08:00:00Z,2\n");

        // The clock stands still, so the second measurement never falls due by itself.
        sink.beforeEach(() -> Thread.currentThread().interrupt());
        Replay.Counts counts = new Replay(file, new Speed(1), CLOCK).send(sink);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(counts).isEqualTo(new Replay.Counts(1, 1, 0));
    }

    @Test
    void atADayPerSecondADayTakesASecond() {
        Speed dayPerSecond = Speed.parse("86400");

        assertThat(dayPerSecond.nanosFor(Duration.ofDays(1).toMillis())).isEqualTo(1_000_000_000);
        assertThat(Speed.MAX.nanosFor(Duration.ofDays(1).toMillis())).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Speed.parse("-1"))
                .withMessage("speed is -1.0; expected a number above 0, or max");
    }

    private Path file(String content) throws IOException {
        return Files.writeString(directory.resolve("measured.csv"), content);
    }

    private static String body(String sensor, String type, String timestamp, String value) {
        return "{\"sensorId\":\"%s\",\"type\":\"%s\",\"timestamp\":\"%s\",\"value\":%s}"
                .formatted(sensor, type, timestamp, value);
    }
}
