package io.telltale.live;

import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;

/** The event ids of a subscription would exceed {@link EventIdText#MAX_CHARACTERS}. */
final class TooManyPartitionsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The same as the answer to a request. */
    static ProblemException problem() {
        return Problem.of(
                        ProblemCode.BAD_PARAMETER,
                        ("the topics that may have these readings have more partitions than an id of %d characters"
                                        + " holds; expected type, or registered sensors")
                                .formatted(EventIdText.MAX_CHARACTERS))
                .exception();
    }
}
