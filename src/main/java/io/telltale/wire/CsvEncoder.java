package io.telltale.wire;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;

/**
 * Writes readings as CSV rows, as RFC 4180 has them: lines end in CR LF, a text is quoted where it has to be. Numbers
 * and booleans are written as in JSON; a text that looks like one is not told apart, CSV has no types.
 */
public enum CsvEncoder {
    /** Every value exactly as it is. */
    EXACT,

    /**
     * Fit to be opened in a spreadsheet: a text that would be taken for a formula gets an apostrophe before it, and every
     * text is quoted, so that a list separator other than the comma makes no cell of its own. Numbers stay numbers, the
     * negative ones too.
     */
    SPREADSHEET;

    private static final String LINE_END = "\r\n";

    // The full-width forms are formulas to a Japanese spreadsheet. White space before them all is skipped.
    private static final String BEGINS_A_FORMULA = "=+-@＝＋－＠";

    /** The header line of one sensor's rows. */
    public void header(EncodedBytes target) {
        target.ascii("timestamp,value").ascii(LINE_END);
    }

    /** The header line of many sensors' rows. */
    public void headerOfMany(EncodedBytes target) {
        target.ascii("sensorId,timestamp,value").ascii(LINE_END);
    }

    /**
     * A row {@code timestamp,value} with its line end.
     *
     * @param timestampMillis in milliseconds since the epoch
     */
    public void row(long timestampMillis, Value value, EncodedBytes target) {
        target.instant(timestampMillis).ascii(',');
        if (value instanceof Value.Text text) {
            text(text.text(), target);
        } else {
            target.jsonValue(value);
        }
        target.ascii(LINE_END);
    }

    /**
     * A row {@code sensorId,timestamp,value} with its line end.
     *
     * @param timestampMillis in milliseconds since the epoch
     */
    public void row(SensorId sensorId, long timestampMillis, Value value, EncodedBytes target) {
        // An id begins with a letter or digit and holds neither comma nor quote.
        target.ascii(sensorId.value()).ascii(',');
        row(timestampMillis, value, target);
    }

    private void text(String text, EncodedBytes target) {
        if (this == EXACT && !needsQuotes(text)) {
            target.utf8(text);
            return;
        }
        target.ascii('"');
        if (this == SPREADSHEET && beginsAFormula(text)) {
            target.ascii('\'');
        }
        target.utf8(text.replace("\"", "\"\"")).ascii('"');
    }

    private static boolean needsQuotes(String text) {
        return text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
    }

    private static boolean beginsAFormula(String text) {
        String shown = text.stripLeading();
        return !shown.isEmpty() && BEGINS_A_FORMULA.indexOf(shown.charAt(0)) >= 0;
    }
}
