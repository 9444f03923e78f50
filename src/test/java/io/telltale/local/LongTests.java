package io.telltale.local;

/**
 * The size of the tests with the tag {@code long}. By default they are short, since {@code .ci/run} runs all of them;
 * {@code -Dlong -Dminutes=10} gives the full size.
 */
public final class LongTests {

    private static final int UNSET = 0;
    private static final int MINUTES = Integer.getInteger("minutes", UNSET);

    private LongTests() {}

    /** Whether {@code -Dminutes=} is set. */
    public static boolean isFullSize() {
        return MINUTES != UNSET;
    }

    /** How long a test lasts: as set, otherwise {@code byDefault}. */
    public static int minutes(int byDefault) {
        return isFullSize() ? MINUTES : byDefault;
    }

    /** How much a test handles: {@code perMinute} for each minute that is set, otherwise {@code byDefault}. */
    public static int amount(int perMinute, int byDefault) {
        return isFullSize() ? perMinute * MINUTES : byDefault;
    }
}
