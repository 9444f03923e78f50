package io.telltale.sensors;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EpochMillisTest {

    @ParameterizedTest
    @CsvSource({
        "1767225600123, 1767225600123",
        "1767225600123.0, 1767225600123",
        "1767225600123.000000000, 1767225600123",
        "1.767225600123e12, 1767225600123",
        "1.767225600123E+12, 1767225600123",
        "1767225600123000e-3, 1767225600123",
        "-1e3, -1000",
        "0, 0",
        "-0.0, 0",
        "0e999999999, 0",
        "9223372036854775807, 9223372036854775807",
        "9223372036854775808, 9223372036854775807",
        "1e999999999, 9223372036854775807",
        "-1e999999999, -9223372036854775808",
        "100e2147483647, 9223372036854775807",
        "-1000e2147483646, -9223372036854775808",
        "0.00e2147483647, 0",
    })
    void readsAnIntegerInAnyJsonForm(String number, long integer) {
        assertThat(EpochMillis.integer(number)).hasValue(integer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1767225600123.5",
                "1.7672256001235e12",
                "1e-999999999",
                "1e99999999999",
                "1767225600123.0000000000000000000000000000000000000000000000000000000",
            })
    void readsNoOtherNumber(String number) {
        assertThat(EpochMillis.integer(number)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1767225600, looks like seconds",
        "1767225600.5, looks like seconds",
        "0.5, looks like seconds",
        "1e-999999999, looks like seconds",
        "1767225600123.5, is not an integer",
        "1767225600123456, looks like microseconds",
        "1.7e18, looks like nanoseconds",
        "1e999999999, looks like nanoseconds",
        "1e99999999999, is out of range",
        "100e2147483647, looks like nanoseconds",
        "-1.5, is negative",
        "-1e999999999, is negative",
    })
    void explainsWhyANumberIsNoInstant(String number, String doubt) {
        assertThat(EpochMillis.doubt(number)).startsWith(doubt);
    }
}
