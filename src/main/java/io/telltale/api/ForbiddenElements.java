package io.telltale.api;

import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * Counts the elements of a body that the caller may not send. They are refused one by one, so the status does not tell.
 */
public final class ForbiddenElements {

    private static final String KEY = ForbiddenElements.class.getName();

    // Written by one thread at a time, read after the response.
    private volatile int count;
    private volatile @Nullable String first;

    /** The elements of the request that calls a resource method on this thread. Call it there. */
    public static ForbiddenElements ofCurrentRequest() {
        ForbiddenElements elements = new ForbiddenElements();
        RoutingContext request = CurrentRequest.findRoutingContext();
        if (request != null) {
            request.put(KEY, elements);
        }
        return elements;
    }

    /** Those of a request; null if it has none. */
    public static @Nullable ForbiddenElements of(RoutingContext request) {
        return request.get(KEY);
    }

    /** Counts an element. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // By one thread at a time.
    public void add(String sensorId) {
        if (first == null) {
            first = sensorId;
        }
        count++;
    }

    public int count() {
        return count;
    }

    /** The sensor of the first one; null if there is none. */
    public @Nullable String first() {
        return first;
    }
}
