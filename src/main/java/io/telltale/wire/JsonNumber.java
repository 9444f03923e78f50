package io.telltale.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.telltale.sensors.Value;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * An exact number of a JSON document, for additions. A double is not exact enough: 1.7e9 s + 0.123 s would lose
 * milliseconds. Bounded, because adding short numbers such as {@code 1e-999999999} is expensive.
 *
 * @param isInteger whether the document has it without fraction and exponent
 */
record JsonNumber(BigDecimal decimal, boolean isInteger) {

    /** The expected form, for error details. */
    static final String FORM = "a number of at most 64 characters and within the range of a double";

    private static final int MAX_CHARACTERS = 64;

    /** The powers of ten of the largest and the smallest double. */
    private static final int MAX_EXPONENT = 308;

    private static final int MIN_EXPONENT = -324;

    /** More than twice the digits of a double, so that a second rounding does no harm. */
    private static final MathContext SUM = new MathContext(40, RoundingMode.HALF_EVEN);

    /** The number of the current token; null if it is no number or out of bounds. */
    static @Nullable JsonNumber read(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == null || !token.isNumeric() || json.getTextLength() > MAX_CHARACTERS) {
            return null;
        }
        BigDecimal decimal;
        try {
            decimal = new BigDecimal(json.getTextCharacters(), json.getTextOffset(), json.getTextLength());
        } catch (NumberFormatException e) {
            // The exponent does not fit into an int.
            return null;
        }
        if (decimal.signum() == 0) {
            return new JsonNumber(BigDecimal.ZERO, token == JsonToken.VALUE_NUMBER_INT);
        }
        long exponent = (long) decimal.precision() - decimal.scale() - 1;
        return exponent < MIN_EXPONENT || exponent > MAX_EXPONENT
                ? null
                : new JsonNumber(decimal, token == JsonToken.VALUE_NUMBER_INT);
    }

    /**
     * The sum with another number as a value; null if no double can hold it. A sum of integers must be exact; for
     * others the nearest double is the value.
     */
    @Nullable
    Value plus(JsonNumber other) {
        boolean mustBeExact = isInteger && other.isInteger;
        BigDecimal sum = mustBeExact ? decimal.add(other.decimal) : decimal.add(other.decimal, SUM);
        double number = sum.doubleValue();
        boolean isHeld = Double.isFinite(number) && (!mustBeExact || new BigDecimal(number).compareTo(sum) == 0);
        return isHeld ? new Value.Numeric(number) : null;
    }
}
