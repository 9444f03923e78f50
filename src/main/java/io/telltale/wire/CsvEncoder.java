package io.telltale.wire;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.Value;

/**
 * Writes readings as CSV rows (RFC 4180): lines end in CR LF, texts are quoted where necessary. Numbers and booleans
 * are written as in JSON. CSV has no types, so a text that looks like a number is not distinguishable.
 */
public enum CsvEncoder {
    /** Exact values. */
    EXACT,

    /**
     * For spreadsheets: a text that would be a formula gets an apostrophe, and every text is quoted, so that another
     * list separator than the comma does not split it. Numbers stay numbers, also negative ones.
     */
    SPREADSHEET;

    /** The end of each row. */
    public static final String LINE_END = "\r\n";

    // Japanese spreadsheets accept the full-width forms. Spreadsheets skip white space before a formula.
    private static final String BEGINS_A_FORMULA = "=+-@＝＋－＠";

    /** Writes the header line of the rows of one sensor. */
    public void header(EncodedBytes target) {
        target.ascii("timestamp,value").ascii(LINE_END);
    }

    /** Writes the header line of the rows of many sensors. */
    public void headerOfMany(EncodedBytes target) {
        target.ascii("sensorId,timestamp,value").ascii(LINE_END);
    }

    /**
     * Writes a row {@code timestamp,value} with its line end.
     *
     * @param timestampMillis in milliseconds since the epoch
     */
    public void row(long timestampMillis, Value value, EncodedBytes target) {
        target.instant(timestampMillis).ascii(',');
        value(value, target);
        target.ascii(LINE_END);
    }

    /** Writes one value of a row; nothing for a value that cannot be read. */
    public void value(Value value, EncodedBytes target) {
        if (value instanceof Value.Text text) {
            text(text.text(), target);
        } else if (!(value instanceof Value.Unavailable)) {
            target.jsonValue(value);
        }
    }

    /**
     * Writes a row {@code sensorId,timestamp,value} with its line end.
     *
     * @param timestampMillis in milliseconds since the epoch
     */
    public void row(SensorId sensorId, long timestampMillis, Value value, EncodedBytes target) {
        // An id needs no quotes: it starts with a letter or digit and has neither comma nor quote.
        target.ascii(sensorId.value()).ascii(',');
        row(timestampMillis, value, target);
    }

    /** Writes a text of a row. */
    public void text(String text, EncodedBytes target) {
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
