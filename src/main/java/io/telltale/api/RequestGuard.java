package io.telltale.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * Checks each request before it is routed, and refuses with a problem what is not valid HTTP. Without it, the framework
 * answers with a bare status, closes the connection without an answer, or logs an ERROR.
 */
@Singleton
public class RequestGuard {

    /** Before every route of Quarkus. */
    private static final int ORDER = Integer.MIN_VALUE;

    void guard(@Observes Router router) {
        router.route().order(ORDER).handler(context -> check(context, router)).failureHandler(this::answerUnroutable);
    }

    private void check(RoutingContext context, Router router) {
        HttpServerRequest request = context.request();
        // A browser neither guesses the type of a response, nor tells another site the URL, which may have a ticket.
        context.response().putHeader("X-Content-Type-Options", "nosniff").putHeader("Referrer-Policy", "no-referrer");
        if (HeadRequest.isNeeded(request)) {
            router.handle(new HeadRequest(request));
            return;
        }
        Problem problem = RequestHead.problem(request);
        if (problem != null) {
            refuse(context, problem);
            return;
        }
        switch (RequestHead.framing(request)) {
            case PLAIN -> context.next();
            case CHUNKED -> {
                ChunkedBody.guard(request, false);
                context.next();
            }
            case CHUNKED_LAST -> {
                ChunkedBody.guard(request, true);
                context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
                context.addEndHandler(end -> request.connection().close());
                context.next();
            }
            case AMBIGUOUS -> ChunkedBody.refuse(request, RequestHead.ambiguousBody(request));
        }
    }

    /** Vert.x routes no request without a valid host, or with a target that is no path. */
    private void answerUnroutable(RoutingContext context) {
        Problem problem = unroutable(context);
        if (problem == null || context.response().headWritten()) {
            context.next();
        } else {
            refuse(context, problem);
        }
    }

    private static @Nullable Problem unroutable(RoutingContext context) {
        HttpServerRequest request = context.request();
        RefusedRequest refused = RefusedRequest.unrouted(request.method().name(), request.uri());
        return switch (context.statusCode()) {
            case 400 ->
                request.authority() == null
                        ? RequestHead.unroutableHost(request)
                        : FrameworkErrorDetails.problem(400, refused);
            case 404 -> FrameworkErrorDetails.problem(404, refused);
            default -> null;
        };
    }

    /** Answers a problem, and discards the body of the request. */
    public static void refuse(RoutingContext context, Problem problem) {
        HttpServerRequest request = context.request();
        HttpServerResponse response = context.response()
                .setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        Long seconds = problem.retryAfterSeconds();
        if (seconds != null) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        }
        RequestDrain.discard(request, context.vertx());
        if (HttpMethod.HEAD.equals(request.method())) {
            response.end();
        } else {
            response.end(Buffer.buffer(problem.toJson()));
        }
    }
}
