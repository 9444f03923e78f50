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
 * A number exactly as JSON writes it, to be added to another. A double would not do: 1.7e9 s and 0.123 s would no longer
 * be 123 ms apart. Bounded, because numbers such as {@code 1e-999999999} take no room to write and a lot to add.
 *
 * @param decimal the number
 * @param isInteger whether it was written without fraction and exponent
 */
record JsonNumber(BigDecimal decimal, boolean isInteger) {

    /** What is expected, in words for a message. */
    static final String FORM = "a number of at most 64 characters and within the range of a double";

    private static final int MAX_CHARACTERS = 64;

    /** The powers of ten of the greatest double, and of the least there is. */
    private static final int MAX_EXPONENT = 308;

    private static final int MIN_EXPONENT = -324;

    /** More than twice the digits that a double can tell apart, so that rounding to it afterwards is as good as direct. */
    private static final MathContext SUM = new MathContext(40, RoundingMode.HALF_EVEN);

    /** The number that the current token is, or null if it is none, or is out of bounds. */
    static @Nullable JsonNumber read(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == null || !token.isNumeric() || json.getTextLength() > MAX_CHARACTERS) {
            return null;
        }
        BigDecimal decimal;
        try {
            decimal = new BigDecimal(json.getTextCharacters(), json.getTextOffset(), json.getTextLength());
        } catch (NumberFormatException e) {
            // JSON allows exponents that do not fit an int.
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
     * This and another as the value of a reading, or null if a double cannot hold it. As everywhere, the nearest double
     * is taken, but what is written in integers must be exact.
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
