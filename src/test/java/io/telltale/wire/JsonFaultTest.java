package io.telltale.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFaultTest {

    private static final int MAX_NESTING = 3;
    private static final String BEYOND_LIMITS = "beyond the limits";

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {"value":NaN}         | 9  | 'NaN'       | a value such as 1.5, "text", true or null
                    {"value":True}        | 9  | 'True'      | a value such as
                    {"value":undefined}   | 9  | 'undefined' | a value such as
                    {"value":'on'}        | 9  | '''         | a value such as
                    {"value":}            | 9  | '}'         | a value such as
                    {"value":+5}          | 9  | '+5'        | a value such as
                    {"value":.5}          | 9  | '.5'        | a value such as
                    {"value":01}          | 9  | '01'        | a number without leading zeros
                    {"value":-007}        | 10 | '007'       | a number without leading zeros
                    {"value":1.}          | 11 | '}'         | a digit
                    {"value":1e+}         | 12 | '}'         | a digit
                    {"value":-}           | 10 | '}'         | a digit
                    {"value":1            | 10 | the end     | ',' or '}'
                    {"value":1;           | 10 | ';'         | ',' or '}'
                    {"value":0x10         | 10 | 'x10'       | ',' or '}'
                    {"value":1,}          | 11 | '}'         | a field name in double quotes
                    {'value':1}           | 1  | '''         | a field name in double quotes
                    {value:1}             | 1  | 'value'     | a field name in double quotes
                    {                     | 1  | the end     | a field name in double quotes
                    {"value" 1}           | 9  | '1'         | ':'
                    {"value":"on          | 12 | the end     | '"' at the end of the string
                    {"value":"a\\x"}      | 11 | '\\x'       | one of the escapes
                    {"value":"\\u12g4"}   | 10 | '\\u'       | four hexadecimal digits after \\u
                    {"value":“on”}        | 9  | '“' (U+201C) | a value such as
                    [1 2]                 | 3  | '2'         | ',' or ']'
                    [1,]                  | 3  | ']'         | a value such as
                    [[[[1]]]]             | 3  | '['         | at most 3 levels of nesting
                    {} // done            | 3  | '/'         | nothing after the first value
                    <?xml?>               | 0  | '<'         | a value such as
                    """)
    void saysWhereAndWhatAndWhatWasExpected(String text, int at, String found, String expected) {
        assertThat(JsonFault.of(text.getBytes(UTF_8), MAX_NESTING))
                .startsWith("not JSON at byte %d: found %s; expected %s".formatted(at, found, expected));
    }

    @Test
    void showsInvisibleCharactersAsCodePoints() {
        assertThat(JsonFault.of("\"a\nb\"".getBytes(UTF_8), MAX_NESTING))
                .isEqualTo("not JSON at byte 2: found '?' (U+000A);"
                        + " expected control characters in strings only as escapes such as \\n");
        assertThat(JsonFault.of("\ufeff{}\ufeff".getBytes(UTF_8), MAX_NESTING))
                .startsWith("not JSON at byte 5: found '\ufeff' (U+FEFF); expected nothing after the first value");
    }

    @Test
    void findsTheFirstByteThatIsNotUtf8() {
        assertThat(JsonFault.of("{\"value\":\"19 °C\"}".getBytes(ISO_8859_1), MAX_NESTING))
                .isEqualTo("not UTF-8 at byte 13: found byte 0xb0; expected JSON in UTF-8");
        byte[] cut = {'"', 'a', (byte) 0xc3};
        assertThat(JsonFault.of(cut, MAX_NESTING)).startsWith("not UTF-8 at byte 2: found byte 0xc3");
    }

    @Test
    void shortensWhatItFound() {
        assertThat(JsonFault.of("x".repeat(5_000).getBytes(UTF_8), MAX_NESTING)).hasSizeLessThan(120);
    }

    /** A fault is found in exactly those texts that the parser refuses. */
    @Test
    void agreesWithTheParserOnRandomTexts() throws IOException {
        Random random = new Random(19);
        byte[] good = " {\"a\":[1,-0.5e3,true,{\"b\":null}],\"c\":\"\\u00e4\\n ä\"} ".getBytes(UTF_8);
        byte[] signs = "{}[]\",:0-9.eE+\\untrfalse \n".getBytes(UTF_8);
        int faults = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] text = good.clone();
            for (int flips = random.nextInt(3); flips >= 0; flips--) {
                text[random.nextInt(text.length)] = signs[random.nextInt(signs.length)];
            }
            String fault = JsonFault.of(text, ReadingDecoder.MAX_NESTING);
            if (Utf8.isValid(text)) {
                boolean isRefused = isRefused(text);
                assertThat(!fault.startsWith(BEYOND_LIMITS))
                        .as("%s: %s", new String(text, UTF_8), fault)
                        .isEqualTo(isRefused);
                faults += isRefused ? 1 : 0;
            }
            assertThat(fault).hasSizeLessThan(200);
        }
        assertThat(faults).isBetween(10_000, 95_000);
    }

    private static boolean isRefused(byte[] text) throws IOException {
        try (JsonParser json = JsonBody.parser(text)) {
            JsonToken first = json.nextToken();
            // Texts of strings and numbers are checked when they are read.
            for (JsonToken token = first; token != null; token = json.nextToken()) {
                json.getText();
                if (json.getParsingContext().inRoot()
                        && json.getParsingContext().getCurrentIndex() > 0) {
                    return true;
                }
            }
            return first == null;
        } catch (JsonProcessingException refused) {
            return true;
        }
    }
}
