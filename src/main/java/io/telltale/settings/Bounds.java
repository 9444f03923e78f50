package io.telltale.settings;

import java.time.Duration;

/** Bounds of settings. A value outside stops the start with a message that names key, value and what was expected. */
public final class Bounds {

    private Bounds() {}

    /** The value, if it is within the bounds, both inclusive. */
    public static int within(String key, int value, int min, int max) {
        require(value >= min && value <= max, key, value, "a whole number from %d to %d".formatted(min, max));
        return value;
    }

    /** The value, if it is within the bounds, both inclusive. */
    public static long within(String key, long value, long min, long max) {
        require(value >= min && value <= max, key, value, "a whole number from %d to %d".formatted(min, max));
        return value;
    }

    /** The value, if it is within the bounds, both inclusive. */
    public static Duration within(String key, Duration value, Duration min, Duration max) {
        require(
                value.compareTo(min) >= 0 && value.compareTo(max) <= 0,
                key,
                value,
                "a duration from %s to %s".formatted(min, max));
        return value;
    }

    /** Stops the start unless {@code holds}. */
    public static void require(boolean holds, String key, Object value, String expected) {
        if (!holds) {
            throw new IllegalArgumentException("%s is %s, expected %s".formatted(key, value, expected));
        }
    }
}
