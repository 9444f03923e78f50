package io.telltale.security;

import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.settings.Bounds;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Limits the requests of each caller that are in progress on this replica. Streams are not counted: they last for days
 * and have a limit of their own. Anonymous callers have none, because they cannot be told apart. Thread-safe.
 */
@Singleton
class RequestLimit {

    private final int max;

    /** The requests in progress of the callers that have any, and of no others. Guarded by this. */
    private final Map<String, Integer> byCaller = new HashMap<>();

    @Inject
    RequestLimit(SecurityConfig config) {
        this(config.requestsPerCaller());
    }

    RequestLimit(int max) {
        this.max = Bounds.within("telltale.security.requests-per-caller", max, 1, 100_000);
    }

    /**
     * Counts a request until its response has ended or its connection is closed.
     *
     * @return why it is refused; null if it is not
     */
    @Nullable
    Problem enter(RoutingContext request, Caller caller) {
        if (caller.kind() == Caller.Kind.ANONYMOUS) {
            return null;
        }
        String name = caller.qualifiedName();
        if (!increment(name)) {
            return Problem.of(
                            ProblemCode.TOO_MANY,
                            ("%d requests of this credential are in progress on this replica; expected at most "
                                            + "telltale.security.requests-per-caller=%d")
                                    .formatted(max, max))
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER);
        }
        AtomicBoolean hasLeft = new AtomicBoolean();
        request.addEndHandler(end -> leave(name, hasLeft));
        HttpServerResponse response = request.response();
        if (response.closed() || response.ended()) {
            // The client disconnected while its credential was verified: no end will be reported any more.
            leave(name, hasLeft);
        }
        return null;
    }

    private synchronized boolean increment(String caller) {
        int inProgress = byCaller.getOrDefault(caller, 0);
        if (inProgress >= max) {
            return false;
        }
        byCaller.put(caller, inProgress + 1);
        return true;
    }

    private void leave(String caller, AtomicBoolean hasLeft) {
        if (hasLeft.compareAndSet(false, true)) {
            synchronized (this) {
                byCaller.computeIfPresent(caller, (any, inProgress) -> inProgress == 1 ? null : inProgress - 1);
            }
        }
    }

    /** The number of callers with requests in progress. */
    synchronized int callers() {
        return byCaller.size();
    }
}
