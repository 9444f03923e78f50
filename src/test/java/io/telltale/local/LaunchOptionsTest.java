package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.simulate.Speed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LaunchOptionsTest {

    @Test
    void withoutOptionsTwoHundredSensorsReportOnceASecond() {
        assertThat(options(Map.of())).isEqualTo(new LaunchOptions(200, 1, false, false, Optional.empty(), Speed.MAX));
    }

    @Test
    void optionsAreRead() {
        assertThat(options(Map.of("sensors", "1000", "rate", "0.1", "keep", "true")))
                .isEqualTo(new LaunchOptions(1_000, 0.1, true, false, Optional.empty(), Speed.MAX));
        assertThat(options(Map.of("keep", "")).keep()).isTrue();
        assertThat(options(Map.of("keep", "false")).keep()).isFalse();
    }

    @Test
    void aFileIsReplayed(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("measured.csv"));

        LaunchOptions options = options(Map.of("replay", file.toString(), "speed", "60"));

        assertThat(options.replay()).contains(file);
        assertThat(options.speed()).isEqualTo(new Speed(60));
    }

    @ParameterizedTest
    @CsvSource({
        "sensors, many, a whole number from 1 to 1000000",
        "sensors, 0, a whole number from 1 to 1000000",
        "sensors, 1000001, a whole number from 1 to 1000000",
        "sensors, 1.5, a whole number from 1 to 1000000",
        "rate, fast, 'readings per sensor and second, from 0.00001 to 100'",
        "rate, 0, 'readings per sensor and second, from 0.00001 to 100'",
        "rate, NaN, 'readings per sensor and second, from 0.00001 to 100'",
        "rate, 101, 'readings per sensor and second, from 0.00001 to 100'",
        "secure, perhaps, 'nothing after -Dsecure, or true or false'",
        "keep, maybe, 'nothing after -Dkeep, or true or false'",
        "replay, no-such-file.csv, a file that can be read",
        "speed, 2, it goes with -Dreplay=file.csv only",
    })
    void aValueThatIsNoneIsNamedWithWhatWasExpected(String option, String value, String expected) {
        assertThatThrownBy(() -> options(Map.of(option, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("-D%s=%s", option, value)
                .hasMessageContaining(expected);
    }

    @ParameterizedTest
    @CsvSource({"sensors, 5", "rate, 2", "speed, 0"})
    void aReplayTakesSensorsAndTimesFromItsFile(String option, String value, @TempDir Path directory)
            throws IOException {
        String file = Files.createFile(directory.resolve("measured.csv")).toString();

        assertThatThrownBy(() -> options(Map.of("replay", file, option, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-D%s=%s".formatted(option, value));
    }

    private static LaunchOptions options(Map<String, String> properties) {
        return LaunchOptions.from(properties::get);
    }

    @Test
    void keysThatAreMadeAtEachStartCannotReadKeptData() {
        assertThat(options(Map.of("secure", "")).secure()).isTrue();
        assertThatThrownBy(() -> options(Map.of("secure", "", "keep", "")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-Dkeep cannot be used with -Dsecure");
    }
}
