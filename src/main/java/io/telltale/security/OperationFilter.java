package io.telltale.security;

import io.telltale.api.CurrentRequest;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemMappers;
import io.telltale.api.RequestDrain;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.mapping.RuntimeResource;
import org.jspecify.annotations.Nullable;

/**
 * Checks the role for an operation, after Quarkus has matched the request: what is checked is what runs, however the
 * path was written.
 */
public class OperationFilter {

    private final Map<RuntimeResource, Operation> operations = new ConcurrentHashMap<>();

    private final RequestLimit limit;

    private record Operation(String name, Set<Role> allowed) {

        /** Whether its responses last until their clients leave. */
        boolean isStream() {
            return name.endsWith("/stream");
        }
    }

    @Inject
    OperationFilter(RequestLimit limit) {
        this.limit = limit;
    }

    /** Refuses a request whose caller may not call the operation, or has too many requests in progress. */
    @ServerRequestFilter
    public @Nullable Response check() {
        RoutingContext request = CurrentRequest.routingContext();
        Operation operation = operations.computeIfAbsent(CurrentRequest.resourceMethod(), OperationFilter::operation);
        AuditTrail.name(request, operation.name());
        Caller caller = Caller.of(request);
        Problem refusal = caller == null || !caller.hasOneOf(operation.allowed())
                ? missing(operation.allowed())
                : operation.isStream() ? null : limit.enter(request, caller);
        if (refusal == null) {
            return null;
        }
        RequestDrain.discard(request.request(), request.vertx());
        return ProblemMappers.response(refusal).build();
    }

    /** Without a row, an operation is for administrators only. */
    private static Operation operation(RuntimeResource operation) {
        String path = "/" + operation.getClassPath().template + "/" + operation.getPath().template;
        String template = path.replaceAll("//+", "/").replaceAll("(.)/$", "$1");
        Set<Role> roles = Permissions.ofOperation(operation.getHttpMethod(), template);
        return new Operation(operation.getHttpMethod() + " " + template, roles == null ? Set.of(Role.ADMIN) : roles);
    }

    /** The problem of a caller that has none of the roles. */
    static Problem missing(Set<Role> allowed) {
        return Problem.of(
                ProblemCode.FORBIDDEN,
                "the credential lacks the role; expected role "
                        + allowed.stream().sorted().map(Role::roleName).collect(Collectors.joining(" or ")));
    }
}
