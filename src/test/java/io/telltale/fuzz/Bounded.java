package io.telltale.fuzz;

import java.nio.charset.StandardCharsets;

/** Checks texts that go to clients, logs and headers of records: short, on one line, valid UTF-8. */
public final class Bounded {

    private Bounded() {}

    /**
     * Fails if a text is not what a header or a log may contain.
     *
     * @param maxCharacters the longest text, inclusive
     */
    public static void check(String text, int maxCharacters) {
        if (text.isEmpty() || text.length() > maxCharacters) {
            throw new AssertionError(
                    "a text has %d characters; expected 1 to %d".formatted(text.length(), maxCharacters));
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new AssertionError("a text has a control character: " + text);
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new AssertionError("a text has an unpaired surrogate: " + text);
        }
    }
}
