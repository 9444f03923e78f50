package io.telltale.api;

import io.telltale.sensors.Scope;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/** The scope of the caller of a request. It is part of the request, so it cannot be that of another one. */
public final class CallerScope {

    private static final String KEY = CallerScope.class.getName();

    private CallerScope() {}

    /** Sets the scope of a request, before a resource is called. */
    public static void set(RoutingContext request, Scope scope) {
        request.put(KEY, scope);
    }

    /**
     * The scope of the request that calls a resource method on this thread. Capture it there: later, this thread may
     * run another request.
     *
     * @throws IllegalStateException if no scope was set: a bug, and nothing may exist for such a caller
     */
    static Scope current() {
        RoutingContext request = CurrentRequest.findRoutingContext();
        @Nullable Scope scope = request == null ? null : request.get(KEY);
        if (scope == null) {
            throw new IllegalStateException("the request has no scope, so it was not authorized");
        }
        return scope;
    }
}
