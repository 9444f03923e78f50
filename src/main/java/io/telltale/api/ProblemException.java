package io.telltale.api;

import org.jspecify.annotations.Nullable;

/** Ends a request with a problem. Without a cause it has no stack trace: it is a response, not a bug. */
public final class ProblemException extends RuntimeException {

    private final transient Problem problem;

    public ProblemException(Problem problem) {
        this(problem, null);
    }

    /** @param cause for the log; never part of the response */
    public ProblemException(Problem problem, @Nullable Throwable cause) {
        super(problem.code().code() + ": " + problem.detail(), cause, cause != null, cause != null);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
