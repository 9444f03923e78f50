package io.telltale.letters;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Letters, newest first.
 *
 * @param stop why there may be more; null if everything was read
 * @param next where the next page begins; null if everything was read
 */
record LetterPage(
        List<DeadLetter> letters,
        @Nullable Stop stop,
        @Nullable LetterPosition next) {

    /** The limit that ended a page. */
    enum Stop {
        LIMIT,
        SIZE,
        TIME
    }
}
