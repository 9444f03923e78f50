package io.telltale.api;

import io.telltale.sensors.Excerpt;
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

/** Maps all failures to problem+json: errors of the client, of dependencies, and bugs. */
public class ProblemMappers {

    private static final Logger LOG = Logger.getLogger(ProblemMappers.class);

    /** The longest path in the log: that of any sensor. */
    private static final int MAX_PATH = 256;

    /** Rate-limited, because an outage fails all requests; by code, so that frequent problems do not hide rare ones. */
    private final Map<ProblemCode, RateLimitedLog> warnings = Arrays.stream(ProblemCode.values())
            .collect(Collectors.toUnmodifiableMap(code -> code, code -> new RateLimitedLog(LOG, Logger.Level.WARN)));

    @ServerExceptionMapper
    Response problem(ProblemException e) {
        Throwable cause = e.getCause();
        RateLimitedLog warning = warnings.get(e.problem().code());
        if (cause != null && warning != null) {
            warning.say("Answering %d: %s: %s".formatted(e.problem().status(), e.getMessage(), cause));
        }
        return response(e.problem()).build();
    }

    /** Requests that the framework rejects: unknown paths, methods, media types. */
    @ServerExceptionMapper
    Response refusal(WebApplicationException e, UriInfo uri) {
        Response refusal = e.getResponse();
        if (refusal.getStatus() < 400) {
            return refusal;
        }
        if (refusal.getStatus() >= 500) {
            return bug(e, uri);
        }
        RefusedRequest refused = MatchingRoutes.ofCurrentRequest().refused();
        Response.ResponseBuilder answer = response(FrameworkErrorDetails.problem(refusal.getStatus(), refused));
        return refusal.getStatus() == 405
                ? answer.header(HttpHeaders.ALLOW, String.join(", ", refused.methods()))
                        .build()
                : answer.build();
    }

    /** A bug. The client gets an id and no internals; the log has the details under that id. */
    @ServerExceptionMapper
    Response bug(Throwable e, UriInfo uri) {
        String instance = "urn:uuid:" + UUID.randomUUID();
        // The path is decoded: it may have line breaks, and 64 KiB.
        LOG.errorf(e, "Answering 500 to %s, %s", Excerpt.of(uri.getPath(), MAX_PATH), instance);
        return response(Problem.of(ProblemCode.INTERNAL, "internal error; quote instance when you report it")
                        .with("instance", instance))
                .build();
    }

    /** The response for a problem, for mappers of other packages. */
    public static Response.ResponseBuilder response(Problem problem) {
        Response.ResponseBuilder answer = Response.status(problem.status())
                .type(Problem.MEDIA_TYPE)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .entity(problem.toJson());
        Long seconds = problem.retryAfterSeconds();
        return seconds == null ? answer : answer.header(HttpHeaders.RETRY_AFTER, seconds);
    }
}
