package io.telltale.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CsvEncoderTest {

    private final EncodedBytes target = new EncodedBytes(1);

    @ParameterizedTest
    @EnumSource
    void writesHeadersAndRows(CsvEncoder csv) {
        csv.header(target);
        csv.row(0, new Value.Numeric(21), target);
        csv.row(0, new Value.Numeric(-21.5), target);
        csv.row(0, Value.Flag.FALSE, target);
        csv.headerOfMany(target);
        csv.row(new SensorId("a:1"), 1, new Value.Numeric(1e300), target);

        assertThat(target).hasToString("""
                        timestamp,value\r
                        1970-01-01T00:00:00.000Z,21\r
                        1970-01-01T00:00:00.000Z,-21.5\r
                        1970-01-01T00:00:00.000Z,false\r
                        sensorId,timestamp,value\r
                        a:1,1970-01-01T00:00:00.001Z,1.0E300\r
                        """);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "``, ``, \"\"",
                "open, open, \"open\"",
                "`a,b`, `\"a,b\"`, `\"a,b\"`",
                "a\"b, `\"a\"\"b\"`, `\"a\"\"b\"`",
                "`a\nb`, `\"a\nb\"`, `\"a\nb\"`",
                "`a\rb`, `\"a\rb\"`, `\"a\rb\"`",
                "a;=1, a;=1, \"a;=1\"",
                "=1+1, =1+1, \"'=1+1\"",
                "+1, +1, \"'+1\"",
                "-1, -1, \"'-1\"",
                "@SUM(A1), @SUM(A1), \"'@SUM(A1)\"",
                "`\t=1`, `\t=1`, `\"'\t=1\"`",
                "`  =1`, `  =1`, `\"'  =1\"`",
                "＝1, ＝1, \"'＝1\"",
                "1=1, 1=1, \"1=1\"",
                "` `, ` `, `\" \"`",
                "ä😀, ä😀, \"ä😀\"",
            })
    void escapesTextsForSpreadsheets(String text, String exact, String spreadsheet) {
        assertThat(cell(CsvEncoder.EXACT, text)).isEqualTo(exact);
        assertThat(cell(CsvEncoder.SPREADSHEET, text)).isEqualTo(spreadsheet);
    }

    @Test
    void quotesNothingThatNeedsNoQuotes() {
        assertThat(cell(CsvEncoder.EXACT, "it's open")).isEqualTo("it's open");
    }

    private static String cell(CsvEncoder csv, String text) {
        EncodedBytes target = new EncodedBytes(64);
        csv.row(0, new Value.Text(text), target);
        String row = target.toString();
        return row.substring("1970-01-01T00:00:00.000Z,".length(), row.length() - "\r\n".length());
    }
}
