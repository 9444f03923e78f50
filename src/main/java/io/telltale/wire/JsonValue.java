package io.telltale.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.telltale.sensors.Excerpt;
import io.telltale.sensors.Value;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** The value of a reading as JSON writes it, and words for JSON that is none. */
final class JsonValue {

    /** What is expected of a value, in words for a message. */
    static final String FORM =
            "a finite number that a double can hold, a boolean, or a string of at most %,d code points"
                    .formatted(Value.MAX_TEXT_CODE_POINTS);

    /** Up to here every integer is a double. */
    private static final long MAX_EXACT = 1L << 53;

    /** The greatest double has 309 digits; a longer integer need not be looked at. */
    private static final int MAX_INTEGER_LENGTH = 310;

    private JsonValue() {}

    /** The value that the current token is, or null if it cannot be one. */
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

    /** Why the current token cannot be a value, in words that continue "value is …". */
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

    /** The current token in words that continue "field is …", bounded. */
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
                // 2^63 - 1 becomes 2^63, and that casts back to 2^63 - 1.
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
