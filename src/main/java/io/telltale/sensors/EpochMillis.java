package io.telltale.sensors;

import java.math.BigDecimal;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The integers that are accepted as milliseconds since the epoch. Seconds, micro- and nanoseconds are common mistakes:
 * read as milliseconds they would be instants in 1970 or the year 50,000. The cost: instants before March 1973 need RFC
 * 3339.
 */
public final class EpochMillis {

    /** The first plausible integer, inclusive: 1973-03-03T09:46:40Z. As seconds it would be the year 5138. */
    public static final long MIN_PLAUSIBLE = 100_000_000_000L;

    /** The end of the plausible integers, exclusive: the year 5138. As microseconds it would be March 1973. */
    public static final long END_PLAUSIBLE = 100_000_000_000_000L;

    private static final long MIN_NANOSECONDS = 100_000_000_000_000_000L;

    private static final BigDecimal MIN_LONG = BigDecimal.valueOf(Long.MIN_VALUE);
    private static final BigDecimal MAX_LONG = BigDecimal.valueOf(Long.MAX_VALUE);

    /** Bounds the cost; no instant needs as many. */
    private static final int MAX_CHARACTERS = 64;

    /** The expected form of an integer, for error details. */
    public static final String FORM = "an integer of milliseconds since 1970, from 10^11 to below 10^14";

    private EpochMillis() {}

    public static boolean isPlausible(long millis) {
        return millis >= MIN_PLAUSIBLE && millis < END_PLAUSIBLE;
    }

    /**
     * The integer that a JSON number stands for in any form, such as {@code 1.767225600123e12}; clamped to the range of
     * {@code long}. Empty if it has a fraction or too many characters.
     */
    public static OptionalLong integer(String number) {
        BigDecimal decimal = decimal(number);
        return decimal == null || !isInteger(decimal) ? OptionalLong.empty() : OptionalLong.of(clamped(decimal));
    }

    /** Why a JSON number is no instant, after "timestamp is 1767225600, which …". */
    public static String doubt(String number) {
        BigDecimal decimal = decimal(number);
        if (decimal == null) {
            return "is out of range";
        }
        long millis = clamped(decimal);
        if (isPlausible(millis)) {
            return "is not an integer";
        }
        if (millis < 0) {
            return "is negative; send earlier instants as RFC 3339";
        }
        if (millis < MIN_PLAUSIBLE) {
            return "looks like seconds, not milliseconds; send earlier instants as RFC 3339";
        }
        return millis < MIN_NANOSECONDS
                ? "looks like microseconds, not milliseconds"
                : "looks like nanoseconds, not milliseconds";
    }

    private static @Nullable BigDecimal decimal(String number) {
        if (number.length() > MAX_CHARACTERS) {
            return null;
        }
        try {
            return new BigDecimal(number);
        } catch (NumberFormatException e) {
            // The exponent does not fit into an int.
            return null;
        }
    }

    /** Strips zeros of fractions only: without those of 100e2147483647, the scale would not fit into an int. */
    private static boolean isInteger(BigDecimal decimal) {
        return decimal.scale() <= 0 || decimal.stripTrailingZeros().scale() <= 0;
    }

    private static long clamped(BigDecimal decimal) {
        return decimal.max(MIN_LONG).min(MAX_LONG).longValue();
    }
}
