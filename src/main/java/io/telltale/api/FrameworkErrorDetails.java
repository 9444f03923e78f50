package io.telltale.api;

import io.telltale.sensors.Excerpt;

/** Error details for requests that the framework rejects with a status only. */
final class FrameworkErrorDetails {

    private FrameworkErrorDetails() {}

    /** The problem for a status from 400 to 499; {@code bad-request} for a status without its own code. */
    static Problem problem(int status, RefusedRequest request) {
        String path = "path '" + Excerpt.of(request.path()) + "'";
        return switch (status) {
            case 401 ->
                Problem.of(ProblemCode.UNAUTHENTICATED, path + " needs a credential; expected header Authorization");
            case 403 ->
                Problem.of(ProblemCode.FORBIDDEN, path + " is not for this credential; expected one with another role");
            case 404 -> Problem.of(ProblemCode.NOT_FOUND, path + " is not known; expected one that /q/openapi lists");
            case 405 ->
                Problem.of(
                        ProblemCode.METHOD_NOT_ALLOWED,
                        "method is '%s'; expected %s for %s"
                                .formatted(Excerpt.of(request.method()), Problem.oneOf(request.methods()), path));
            case 406 ->
                Problem.of(
                        ProblemCode.NOT_ACCEPTABLE,
                        "header Accept is '%s'; expected %s for %s"
                                .formatted(Excerpt.of(request.accept()), Problem.oneOf(request.produced()), path));
            case 413 ->
                Problem.of(
                        ProblemCode.BODY_TOO_LARGE, "body is too large for %s; expected fewer bytes".formatted(path));
            case 415 ->
                Problem.of(
                        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                        "header Content-Type is '%s'; expected %s for %s"
                                .formatted(Excerpt.of(request.contentType()), Problem.oneOf(request.consumed()), path));
            case 429 ->
                Problem.of(ProblemCode.TOO_MANY, "too many requests for %s; expected fewer at a time".formatted(path));
            default ->
                Problem.of(
                        ProblemCode.BAD_REQUEST,
                        "the request for %s is not readable; expected one as in /q/openapi".formatted(path));
        };
    }
}
