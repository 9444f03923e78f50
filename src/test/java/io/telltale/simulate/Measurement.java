package io.telltale.simulate;

import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A line of recorded measurements: {@code sensorId,type,timestamp,value}. */
final class Measurement {

    static final String HEADER = "sensorId,type,timestamp,value";

    /** A number as JSON writes it; all else is a text. */
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private Measurement() {}

    /**
     * Reads a line. The value may hold commas, and may stand in quotes, doubled within; {@code true}, {@code false} and
     * numbers are no texts, quoted or not.
     *
     * @param number of the line, for the message
     * @throws IllegalArgumentException naming line, field, value and what was expected
     */
    static Reading parse(String line, long number) {
        String[] fields = line.split(",", 4);
        if (fields.length < 4) {
            throw problem(number, "line", line, "four fields, " + HEADER, null);
        }
        return new Reading(
                sensorId(fields[0], number),
                type(fields[1], number),
                timestampMillis(fields[2], number),
                value(fields[3], number));
    }

    private static SensorId sensorId(String text, long line) {
        if (!SensorId.isValid(text)) {
            throw problem(line, "sensorId", text, SensorId.FORM, null);
        }
        return new SensorId(text);
    }

    private static SensorType type(String text, long line) {
        if (!SensorType.isValid(text)) {
            throw problem(line, "type", text, SensorType.FORM, null);
        }
        return new SensorType(text);
    }

    private static long timestampMillis(String text, long line) {
        String expected = "RFC 3339 with an offset, such as 2012-01-01T08:00:00Z, in the years 0000 to 9999";
        try {
            long millis = OffsetDateTime.parse(text).toInstant().toEpochMilli();
            if (millis >= Reading.MIN_TIMESTAMP_MILLIS && millis <= Reading.MAX_TIMESTAMP_MILLIS) {
                return millis;
            }
        } catch (DateTimeException | ArithmeticException e) {
            throw problem(line, "timestamp", text, expected, e);
        }
        throw problem(line, "timestamp", text, expected, null);
    }

    private static Value value(String field, long line) {
        String text = unquoted(field, line);
        if (text.equals("true") || text.equals("false")) {
            return Value.Flag.of(text.equals("true"));
        }
        if (NUMBER.matcher(text).matches()) {
            return number(text, line);
        }
        if (text.isEmpty() || !Value.Text.fits(text)) {
            throw problem(
                    line,
                    "value",
                    text,
                    "a number, true, false or a text of 1 to %d code points".formatted(Value.MAX_TEXT_CODE_POINTS),
                    null);
        }
        return new Value.Text(text);
    }

    private static Value number(String text, long line) {
        double number = Double.parseDouble(text);
        if (!Double.isFinite(number)) {
            throw problem(line, "value", text, "a number that an IEEE double can hold", null);
        }
        boolean integer = text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
        if (integer && new BigDecimal(text).compareTo(new BigDecimal(number)) != 0) {
            throw problem(line, "value", text, "an integer that an IEEE double holds exactly", null);
        }
        return new Value.Numeric(number);
    }

    private static String unquoted(String field, long line) {
        if (!field.startsWith("\"")) {
            return field;
        }
        String inner = field.length() > 1 && field.endsWith("\"") ? field.substring(1, field.length() - 1) : "\"";
        String withoutPairs = inner.replace("\"\"", "");
        if (withoutPairs.contains("\"")) {
            throw problem(line, "value", field, "a closing quote on the same line, and quotes within doubled", null);
        }
        return inner.replace("\"\"", "\"");
    }

    static IllegalArgumentException problem(
            long line, String field, String value, String expected, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "line %d: %s is '%s'; expected %s".formatted(line, field, Excerpt.of(value), expected), cause);
    }
}
