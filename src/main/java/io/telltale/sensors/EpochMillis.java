package io.telltale.sensors;

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

    /** The expected form of an integer, for error details. */
    public static final String FORM = "an integer of milliseconds since 1970, from 10^11 to below 10^14";

    private EpochMillis() {}

    public static boolean isPlausible(long millis) {
        return millis >= MIN_PLAUSIBLE && millis < END_PLAUSIBLE;
    }

    /** Why an integer is implausible, after "timestamp is 1767225600, which …". */
    public static String doubt(long implausible) {
        if (implausible < 0) {
            return "is negative; earlier instants go by RFC 3339";
        }
        if (implausible < MIN_PLAUSIBLE) {
            return "looks like seconds, not milliseconds; earlier instants go by RFC 3339";
        }
        return implausible < MIN_NANOSECONDS
                ? "looks like microseconds, not milliseconds"
                : "looks like nanoseconds, not milliseconds";
    }
}
