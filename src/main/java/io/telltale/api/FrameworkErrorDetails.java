package io.telltale.api;

import io.telltale.sensors.Excerpt;

/** Error details for requests that the framework rejects with a status only. */
final class FrameworkErrorDetails {

    private FrameworkErrorDetails() {}

    /**
     * The problem for a status from 400 to 499; {@code bad-request} for a status without its own code.
     *
     * @param path the path of the request
     */
    static Problem problem(int status, String path) {
        String shown = "'" + Excerpt.of(path) + "'";
        return switch (status) {
            case 401 -> Problem.of(ProblemCode.UNAUTHENTICATED, "path %s needs credentials".formatted(shown));
            case 403 -> Problem.of(ProblemCode.FORBIDDEN, "path %s is not for these credentials".formatted(shown));
            case 404 ->
                Problem.of(
                        ProblemCode.NOT_FOUND,
                        "path %s is not known; expected one that /q/openapi lists".formatted(shown));
            case 405 ->
                Problem.of(
                        ProblemCode.METHOD_NOT_ALLOWED,
                        "path %s does not take this method; expected one that /q/openapi lists for it"
                                .formatted(shown));
            case 406 ->
                Problem.of(
                        ProblemCode.NOT_ACCEPTABLE,
                        "path %s cannot answer in the media type of header Accept; expected one that /q/openapi lists"
                                .formatted(shown));
            case 413 -> Problem.of(ProblemCode.BODY_TOO_LARGE, "the body for path %s is too large".formatted(shown));
            case 415 ->
                Problem.of(
                        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                        "path %s does not take the media type of header Content-Type; expected one that /q/openapi lists"
                                .formatted(shown));
            case 429 -> Problem.of(ProblemCode.TOO_MANY, "too many requests for path %s".formatted(shown));
            default ->
                Problem.of(
                        ProblemCode.BAD_REQUEST,
                        "the request for path %s could not be read; expected one as /q/openapi has it"
                                .formatted(shown));
        };
    }
}
