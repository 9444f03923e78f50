package io.telltale.api;

import io.vertx.ext.web.RoutingContext;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The credential that a request was sent with, for work that lasts longer than the request: a stream ends with it.
 *
 * @param caller names the caller in limits and in the audit log, such as {@code key:dashboards}
 * @param endMillis the end of the credential, in milliseconds since the epoch; {@link Long#MAX_VALUE} for none
 * @param inForce whether it still allows what it allowed when the request was authorized; asked every second
 */
public record CallerCredential(String caller, long endMillis, BooleanSupplier inForce) {

    /** While security is off: a request without a credential. */
    public static final CallerCredential ANONYMOUS = new CallerCredential("anonymous", Long.MAX_VALUE, () -> true);

    private static final String KEY = CallerCredential.class.getName();

    /** Whether nothing is known of the caller. */
    public boolean isAnonymous() {
        return caller.equals(ANONYMOUS.caller);
    }

    /** Makes this the credential of a request, before a resource is called. */
    public void assignTo(RoutingContext request) {
        request.put(KEY, this);
    }

    /** The credential of a request; null if it was not authorized. */
    public static @Nullable CallerCredential of(RoutingContext request) {
        return request.get(KEY);
    }

    /**
     * The credential of the request that calls a resource method on this thread. Capture it there.
     *
     * @throws IllegalStateException if there is none: a bug
     */
    public static CallerCredential current() {
        RoutingContext request = CurrentRequest.findRoutingContext();
        CallerCredential credential = request == null ? null : of(request);
        if (credential == null) {
            throw new IllegalStateException("the request has no credential, so it was not authorized");
        }
        return credential;
    }
}
