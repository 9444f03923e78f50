package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Scope;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RequestLimitTest {

    private static final Caller ALICE = caller("alice");
    private static final Caller BOB = caller("bob");

    private final RequestLimit limit = new RequestLimit(2);

    private static Caller caller(String name) {
        return Caller.ofToken(name, Set.of(Role.READER), Scope.EVERYTHING, Long.MAX_VALUE);
    }

    /** A request in progress, or one whose client has gone. */
    private static final class Request {
        private final List<Handler<AsyncResult<Void>>> ends = new ArrayList<>();
        private final RoutingContext context;

        @SuppressWarnings("unchecked") // The argument of addEndHandler.
        Request(boolean isClosed) {
            HttpServerResponse response = (HttpServerResponse) Proxy.newProxyInstance(
                    RequestLimitTest.class.getClassLoader(),
                    new Class<?>[] {HttpServerResponse.class},
                    (proxy, method, arguments) -> isClosed && method.getName().equals("closed"));
            context = (RoutingContext) Proxy.newProxyInstance(
                    RequestLimitTest.class.getClassLoader(),
                    new Class<?>[] {RoutingContext.class},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "response" -> response;
                        case "addEndHandler" -> ends.add((Handler<AsyncResult<Void>>) arguments[0]) ? 1 : 0;
                        default -> throw new UnsupportedOperationException(method.getName());
                    });
        }

        void end(Future<Void> how) {
            ends.forEach(end -> end.handle(how));
        }
    }

    private Request enter(Caller caller) {
        Request request = new Request(false);
        assertThat(limit.enter(request.context, caller)).isNull();
        return request;
    }

    @Test
    void refusesTheCallerThatHasReachedTheLimit() {
        Request first = enter(ALICE);
        enter(ALICE);
        var refusal = Objects.requireNonNull(limit.enter(new Request(false).context, ALICE));
        assertThat(refusal.status()).isEqualTo(429);
        assertThat(refusal.retryAfterSeconds()).isEqualTo(5);
        assertThat(refusal.detail())
                .isEqualTo("2 requests of this credential are in progress on this replica;"
                        + " expected at most telltale.security.requests-per-caller=2");
        enter(BOB);
        first.end(Future.succeededFuture());
        enter(ALICE);
    }

    @Test
    void forgetsACallerWhoseRequestsHaveEnded() {
        Request first = enter(ALICE);
        Request second = enter(ALICE);
        Request other = enter(BOB);
        first.end(Future.succeededFuture());
        first.end(Future.succeededFuture());
        assertThat(limit.callers()).isEqualTo(2);
        second.end(Future.failedFuture("the client disconnected"));
        other.end(Future.succeededFuture());
        assertThat(limit.callers()).isZero();
    }

    @Test
    void doesNotCountAClientThatHasGone() {
        for (int i = 0; i < 5; i++) {
            assertThat(limit.enter(new Request(true).context, ALICE)).isNull();
        }
        assertThat(limit.callers()).isZero();
    }

    @Test
    void doesNotLimitAnonymousCallers() {
        for (int i = 0; i < 5; i++) {
            enter(Caller.ANYONE);
        }
        assertThat(limit.callers()).isZero();
    }
}
