package io.telltale.api;

import io.telltale.settings.RateLimitedLog;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Answers whatever went wrong with problem+json: the caller's errors, those of a dependency, and bugs. */
public class ProblemMappers {

    private static final Logger LOG = Logger.getLogger(ProblemMappers.class);

    /** An outage answers everybody alike; one for each code, so that what comes often does not hide what comes once. */
    private final Map<ProblemCode, RateLimitedLog> caused = Arrays.stream(ProblemCode.values())
            .collect(Collectors.toUnmodifiableMap(code -> code, code -> new RateLimitedLog(LOG, Logger.Level.WARN)));

    @ServerExceptionMapper
    Response problem(ProblemException e) {
        Throwable cause = e.getCause();
        RateLimitedLog warning = caused.get(e.problem().code());
        if (cause != null && warning != null) {
            warning.say("Answering %d: %s: %s".formatted(e.problem().status(), e.getMessage(), cause));
        }
        return response(e.problem()).build();
    }

    /** What the framework refuses: unknown paths, methods, media types. */
    @ServerExceptionMapper
    Response refusal(WebApplicationException e, UriInfo uri) {
        Response refusal = e.getResponse();
        if (refusal.getStatus() < 400) {
            return refusal;
        }
        if (refusal.getStatus() >= 500) {
            return bug(e, uri);
        }
        Response.ResponseBuilder answer = response(FrameworkErrorDetails.problem(refusal.getStatus(), uri.getPath()));
        return refusal.getStatus() == 405
                ? answer.header(HttpHeaders.ALLOW, AllowedMethods.here()).build()
                : answer.build();
    }

    /** A bug: the caller gets an id and nothing of the inside, the log gets the rest under that id. */
    @ServerExceptionMapper
    Response bug(Throwable e, UriInfo uri) {
        String instance = "urn:uuid:" + UUID.randomUUID();
        LOG.errorf(e, "Answering 500 to %s, %s", uri.getPath(), instance);
        return response(Problem.of(
                                ProblemCode.INTERNAL,
                                "the request failed by no fault of its own; the service's log has more under instance")
                        .with("instance", instance))
                .build();
    }

    /** The answer that tells a problem, for mappers of other packages. */
    public static Response.ResponseBuilder response(Problem problem) {
        Response.ResponseBuilder answer = Response.status(problem.status())
                .type(Problem.MEDIA_TYPE)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .entity(problem.toJson());
        Long seconds = problem.retryAfterSeconds();
        return seconds == null ? answer : answer.header(HttpHeaders.RETRY_AFTER, seconds);
    }
}
