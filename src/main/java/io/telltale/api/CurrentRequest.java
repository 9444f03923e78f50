package io.telltale.api;

import io.vertx.ext.web.RoutingContext;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.mapping.RuntimeResource;
import org.jboss.resteasy.reactive.server.spi.ServerHttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * Finds the request that a filter or a resource method handles on this thread. To be called before the first
 * asynchronous step: later, this thread may handle another request.
 *
 * <p>Static, because code without injection needs it too. Quarkus REST has no API for the current request: only this
 * class and {@link MatchingRoutes} use its package {@code server.core}.
 */
public final class CurrentRequest {

    private CurrentRequest() {}

    /** The routing context of Vert.x; null if this thread handles no request. */
    public static @Nullable RoutingContext findRoutingContext() {
        ResteasyReactiveRequestContext current = CurrentRequestManager.get();
        return current == null ? null : current.unwrap(RoutingContext.class);
    }

    /**
     * The routing context of Vert.x.
     *
     * @throws IllegalStateException if this thread handles no request: a bug
     */
    public static RoutingContext routingContext() {
        RoutingContext request = findRoutingContext();
        if (request == null) {
            throw new IllegalStateException("this thread handles no request");
        }
        return request;
    }

    /** The resource method that the request was matched with. */
    public static RuntimeResource resourceMethod() {
        return CurrentRequestManager.get().getTarget();
    }

    /** The HTTP method. */
    static String method() {
        return CurrentRequestManager.get().getMethod();
    }

    /** The request as it arrived: its headers are not changed by filters. */
    static ServerHttpRequest serverRequest() {
        return CurrentRequestManager.get().serverRequest();
    }
}
