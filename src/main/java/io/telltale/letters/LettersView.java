package io.telltale.letters;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of letters.
 *
 * @param letters the newest first
 * @param complete whether there are no more letters
 * @param stoppedBy the limit that ended the page: {@code limit}, {@code size} or {@code time}; absent if it is complete
 * @param next the cursor of the next page; absent if it is complete
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LettersView(
        List<LetterView> letters,
        boolean complete,
        @Nullable String stoppedBy,
        @Nullable String next) {}
