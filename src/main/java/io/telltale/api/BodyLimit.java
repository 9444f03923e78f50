package io.telltale.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Rejects a request with a too large {@code Content-Length}. Quarkus would reset the connection without a problem. */
@Singleton
public class BodyLimit {

    /** The largest body, inclusive: 10 MiB. */
    public static final int MAX_BYTES = 10 << 20;

    /** Just before the check of Quarkus. */
    private static final int ORDER = -3;

    void guard(@Observes Router router) {
        router.route().order(ORDER).handler(this::check);
    }

    private void check(RoutingContext context) {
        String length = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null || length.length() < 8 || Long.parseLong(length) <= MAX_BYTES) {
            context.next();
            return;
        }
        RequestGuard.refuse(
                context,
                Problem.of(
                                ProblemCode.BODY_TOO_LARGE,
                                "body is %s bytes; expected at most %d".formatted(length, MAX_BYTES))
                        .with("accepted", 0));
    }
}
