package io.telltale.settings;

import java.time.Duration;

/** Checks settings. An invalid value stops the startup with its key, the value and what was expected. */
public final class Bounds {

    private Bounds() {}

    /** Returns the value if it is within the bounds, both inclusive. */
    public static int within(String key, int value, int min, int max) {
        require(value >= min && value <= max, key, value, "a whole number from %d to %d".formatted(min, max));
        return value;
    }

    /** Returns the value if it is within the bounds, both inclusive. */
    public static long within(String key, long value, long min, long max) {
        require(value >= min && value <= max, key, value, "a whole number from %d to %d".formatted(min, max));
        return value;
    }

    /** Returns the value if it is within the bounds, both inclusive. */
    public static Duration within(String key, Duration value, Duration min, Duration max) {
        require(
                value.compareTo(min) >= 0 && value.compareTo(max) <= 0,
                key,
                value,
                "a duration from %s to %s".formatted(min, max));
        return value;
    }

    /** Stops the startup unless {@code isValid}. */
    public static void require(boolean isValid, String key, Object value, String expected) {
        if (!isValid) {
            throw new IllegalArgumentException("%s is %s; expected %s".formatted(key, value, expected));
        }
    }
}
