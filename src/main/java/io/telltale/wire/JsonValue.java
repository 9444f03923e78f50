package io.telltale.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Value;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Parses the value of a reading from JSON, and describes other JSON for error details. */
final class JsonValue {

    /** The expected form of a value, for error details. */
    static final String FORM =
            "a finite number that a double can hold, a boolean, or a string of at most %,d code points"
                    .formatted(Value.MAX_TEXT_CODE_POINTS);

    /** Up to this number every integer is a double. */
    private static final long MAX_EXACT = 1L << 53;

    /** The largest double has 309 digits; a longer integer is not parsed. */
    private static final int MAX_INTEGER_LENGTH = 310;

    private JsonValue() {}

    /** The value of the current token; null if it is none. */
    static @Nullable Value read(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_NUMBER_INT -> integer(json);
            case VALUE_NUMBER_FLOAT -> decimal(json);
            case VALUE_TRUE -> Value.Flag.TRUE;
            case VALUE_FALSE -> Value.Flag.FALSE;
            case VALUE_STRING -> text(json);
            default -> null;
        };
    }

    /** Why the current token is no value, after "value is …". */
    static String fault(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_NUMBER_INT -> found(json) + ", an integer that a double cannot hold exactly";
            case VALUE_NUMBER_FLOAT -> found(json) + ", beyond the range of a double";
            case VALUE_STRING -> {
                String text = json.getText();
                yield Value.Text.fits(text)
                        ? "a string with half of a surrogate pair"
                        : "a string of %,d code points".formatted(text.codePointCount(0, text.length()));
            }
            default -> found(json);
        };
    }

    /** The current token, shortened, after "field is …". */
    static String found(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == null) {
            return "empty";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "'" + Excerpt.of(json.getText()) + "'";
            default -> Excerpt.of(json.getText());
        };
    }

    private static @Nullable Value integer(JsonParser json) throws IOException {
        if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            return json.getTextLength() > MAX_INTEGER_LENGTH ? null : bigInteger(json.getBigIntegerValue());
        }
        long integer = json.getLongValue();
        double number = integer;
        boolean exact = (integer >= -MAX_EXACT && integer <= MAX_EXACT)
                // Excludes 2^63 - 1: its nearest double is 2^63, whose cast back to long is 2^63 - 1.
                || (number != 0x1p63 && (long) number == integer);
        return exact ? new Value.Numeric(number) : null;
    }

    private static @Nullable Value bigInteger(BigInteger integer) {
        double number = integer.doubleValue();
        return Double.isFinite(number)
                        && new BigDecimal(number).toBigIntegerExact().equals(integer)
                ? new Value.Numeric(number)
                : null;
    }

    private static @Nullable Value decimal(JsonParser json) throws IOException {
        double number = json.getDoubleValue();
        return Double.isFinite(number) ? new Value.Numeric(number) : null;
    }

    private static @Nullable Value text(JsonParser json) throws IOException {
        String text = json.getText();
        return Value.Text.fits(text) && Value.Text.isWhole(text) ? new Value.Text(text) : null;
    }
}
