package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Scope;
import io.telltale.settings.ManualClock;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which lines the requests of a caller have, when there are many. */
class AuditTrailTest {

    private static final int REQUESTS = 3 * AuditBudgets.MAX_LINES;

    private final List<String> lines = new ArrayList<>();
    private final AuditTrail trail =
            new AuditTrail(new AuditLog(new ManualClock(Instant.parse("2026-01-01T00:00:00Z")), lines::add));

    @SuppressWarnings("unchecked") // The type of a proxy is the interface.
    private static <T> T fake(Class<T> type, BiFunction<String, Object[], @Nullable Object> methods) {
        return (T) Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) ->
                        methods.apply(method.getName(), arguments == null ? new Object[0] : arguments));
    }

    /** A request that is answered at once. */
    @SuppressWarnings("unchecked") // The argument of addEndHandler.
    private void answer(String caller, int status) {
        HttpServerResponse response = fake(HttpServerResponse.class, (method, arguments) -> status);
        HttpServerRequest sent = fake(HttpServerRequest.class, (method, arguments) -> switch (method) {
            case "method" -> HttpMethod.PUT;
            case "uri", "path" -> "/api/v1/sensors/a";
            default -> null;
        });
        Map<Object, Object> data = new HashMap<>();
        List<Handler<AsyncResult<Void>>> ends = new ArrayList<>();
        RoutingContext request = fake(RoutingContext.class, (method, arguments) -> switch (method) {
            case "response" -> response;
            case "request" -> sent;
            case "get" -> data.get(arguments[0]);
            case "put" -> data.put(arguments[0], arguments[1]);
            case "addEndHandler" -> ends.add((Handler<AsyncResult<Void>>) arguments[0]) ? 1 : 0;
            default -> null;
        });
        trail.follow(request);
        Caller.ofToken(caller, Set.of(Role.WRITER), Scope.EVERYTHING, Long.MAX_VALUE)
                .assignTo(request, () -> true);
        AuditTrail.name(request, "PUT /api/v1/sensors/{id}");
        ends.forEach(end -> end.handle(Future.succeededFuture()));
    }

    private long lines(String outcome) {
        return lines.stream()
                .filter(line -> line.contains("\"outcome\":\"" + outcome + "\""))
                .count();
    }

    @Test
    void boundsTheLinesOfWhatChangedNothing() {
        for (int request = 0; request < REQUESTS; request++) {
            answer("writer", 404);
        }
        assertThat(lines("failed")).isEqualTo(AuditBudgets.MAX_LINES);
        answer("other", 404);
        answer("other", 403);
        assertThat(lines).hasSize(AuditBudgets.MAX_LINES + 2);
        answer("writer", 403);
        assertThat(lines("refused")).isEqualTo(1);
    }

    @Test
    void hasEachLineOfWhatMayHaveChangedSomething() {
        for (int request = 0; request < REQUESTS; request++) {
            answer("writer", 200);
            answer("writer", 500);
        }
        assertThat(lines("done")).isEqualTo(REQUESTS);
        assertThat(lines("unknown")).isEqualTo(REQUESTS);
    }
}
