package io.telltale.fuzz;

import io.telltale.api.Problem;
import io.telltale.api.ProblemException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Checks that input from a client is accepted, or is a problem of the client: a 400 with a bounded detail. */
public final class Refusal {

    /** A value of up to 64 characters and what was expected. */
    private static final int MAX_DETAIL_CHARACTERS = 2_000;

    private Refusal() {}

    /** The result; null if the input is refused as it should be. Any other exception is a finding. */
    public static <T> @Nullable T resultOf(Supplier<T> parser) {
        try {
            return parser.get();
        } catch (ProblemException e) {
            Problem problem = e.problem();
            if (problem.status() != 400) {
                throw new AssertionError("a problem of the client has status " + problem.status(), e);
            }
            Bounded.check(problem.detail(), MAX_DETAIL_CHARACTERS);
            return null;
        }
    }
}
