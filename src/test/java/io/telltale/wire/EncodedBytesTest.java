package io.telltale.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EncodedBytesTest {

    @Test
    void writesEveryLengthOfInteger() {
        long power = 1;
        for (int digits = 1; digits <= 19; digits++) {
            for (long near :
                    new long[] {power - 1, power, power + 1, Integer.MAX_VALUE + power, Long.MAX_VALUE - power}) {
                assertThat(new EncodedBytes(1).integer(near)).hasToString(Long.toString(near));
                assertThat(new EncodedBytes(1).integer(-near)).hasToString(Long.toString(-near));
            }
            power *= 10;
        }
        assertThat(new EncodedBytes(1).integer(Long.MIN_VALUE)).hasToString(Long.toString(Long.MIN_VALUE));
        assertThat(new EncodedBytes(1).integer(Integer.MIN_VALUE)).hasToString(Integer.toString(Integer.MIN_VALUE));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0.0, -0.0",
        "21, 21",
        "-21, -21",
        "21.5, 21.5",
        "-0.5, -0.5",
        "0.1, 0.1",
        "0.30000000000000004, 0.30000000000000004",
        "0.000001, 0.000001",
        "-1.000001, -1.000001",
        "0.0000015, 1.5E-6",
        "100, 100",
        "12345678.25, 12345678.25",
        "999999999.999999, 999999999.999999",
        "1000000000.5, 1.0000000005E9",
        "9007199254740992, 9007199254740992",
        "-9007199254740992, -9007199254740992",
        "9007199254740994, 9007199254740994",
        "1e16, 10000000000000000",
        "123456789012345680000, 1.2345678901234568E20",
        "9223372036854774784, 9223372036854774784",
        "-9223372036854774784, -9223372036854774784",
        "-9223372036854775808, -9223372036854775808",
        "9223372036854775808, 9.223372036854776E18",
        "-9223372036854777856, -9.223372036854778E18",
        "2e23, 2.0E23",
        "1e300, 1.0E300",
        "1.7976931348623157E308, 1.7976931348623157E308",
        "4.9e-324, 4.9E-324",
        "2.2250738585072014E-308, 2.2250738585072014E-308",
    })
    void writesIntegersInFullAndOthersShortly(double number, String written) {
        assertThat(new EncodedBytes(1).number(number)).hasToString(written);
    }

    @Test
    void writesNoMoreDigitsThanJava() {
        Random random = new Random(11);
        EncodedBytes target = new EncodedBytes(32);
        for (int i = 0; i < 300_000; i++) {
            double number =
                    switch (i % 3) {
                        case 0 -> Double.longBitsToDouble(random.nextLong());
                        case 1 -> random.nextInt(20_000_000) / Math.pow(10, random.nextInt(8)) - 1_000;
                        default -> random.nextGaussian() * Math.pow(10, random.nextInt(20));
                    };
            if (!Double.isFinite(number)) {
                continue;
            }
            target.clear();

            String written = target.number(number).toString();

            assertThat(Double.doubleToRawLongBits(Double.parseDouble(written)))
                    .as(written)
                    .isEqualTo(Double.doubleToRawLongBits(number));
            boolean isInteger = number == Math.rint(number) && Math.abs(number) < 0x1p63;
            if (isInteger) {
                assertThat(written).as("%s", number).doesNotContain("E", "e");
            } else {
                assertThat(digits(written)).as(written).isLessThanOrEqualTo(digits(Double.toString(number)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void rejectsNumbersThatAreNotFinite(double number) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EncodedBytes(8).number(number))
                .withMessageContaining("not a finite number");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 7, 10, -10, 99, 100, Long.MAX_VALUE, Long.MIN_VALUE})
    void writesAnyInteger(long number) {
        assertThat(new EncodedBytes(1).integer(number)).hasToString(Long.toString(number));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "open, \"open\"",
                "`a\"b`, \"a\\\"b\"",
                "a\\b, \"a\\\\b\"",
                "`a\nb\rc\td`, \"a\\nb\\rc\\td\"",
                "`\u0000\u001f\u007f`, `\"\\u0000\\u001f\u007f\"`",
                "ä€😀, \"ä€😀\"",
                "`a/b</script>`, `\"a/b</script>\"`",
            })
    void writesTextAsOneLineOfJson(String text, String json) {
        assertThat(new EncodedBytes(1).jsonString(text)).hasToString(json);
    }

    @Test
    void writesTextThatAJsonParserDecodes() throws IOException {
        Random random = new Random(3);
        JsonFactory factory = new JsonFactory();
        for (int i = 0; i < 20_000; i++) {
            String text = ReadingRoundTripTest.randomText(random);

            byte[] json = new EncodedBytes(1).jsonString(text).toByteArray();

            try (JsonParser parser = factory.createParser(json)) {
                parser.nextToken();
                assertThat(parser.getText()).isEqualTo(text);
            }
            assertThat(new EncodedBytes(1).utf8(text).toByteArray()).isEqualTo(text.getBytes(UTF_8));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud83d", "\ude00", "a\ud83d", "\ude00b"})
    void replacesAnUnpairedSurrogate(String text) {
        assertThat(new EncodedBytes(1).utf8(text).toByteArray()).isEqualTo(text.getBytes(UTF_8));
    }

    @Test
    void growsAndIsReusable() throws IOException {
        EncodedBytes target = new EncodedBytes(1);
        for (int i = 0; i < 1_000; i++) {
            target.ascii("0123456789");
        }
        assertThat(target.size()).isEqualTo(10_000);

        target.clear();
        target.ascii("a").ascii('b').instant(-1);
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        target.writeTo(copy);

        assertThat(target.size()).isEqualTo(26);
        assertThat(copy.toString(UTF_8)).isEqualTo("ab1969-12-31T23:59:59.999Z");
        assertThat(target.toByteArray()).isEqualTo(copy.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void rejectsACapacityOfZero(int capacity) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EncodedBytes(capacity))
                .withMessageContaining(Integer.toString(capacity));
    }

    private static int digits(String number) {
        return new BigDecimal(number).stripTrailingZeros().precision();
    }
}
