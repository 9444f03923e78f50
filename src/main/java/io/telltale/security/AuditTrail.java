package io.telltale.security;

import io.telltale.api.ForbiddenElements;
import io.telltale.security.AuditLog.Line;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;

/**
 * Follows requests to their end, and audits those that change something but readings, and those that were refused. It
 * knows no operation by name, so it audits also those that are added later.
 */
@Singleton
class AuditTrail {

    private static final String OPERATION = AuditTrail.class.getName();

    /** The outcome of a request that was not valid, so that it changed nothing. */
    private static final String FAILED = "failed";

    private static final Set<String> CHANGING = Set.of("PUT", "POST", "DELETE", "PATCH");

    private final AuditLog audit;

    @Inject
    AuditTrail(AuditLog audit) {
        this.audit = audit;
    }

    /** Follows a request. Call before it is routed. */
    void follow(RoutingContext request) {
        request.addEndHandler(end -> write(request, end.succeeded()));
    }

    /**
     * Names the operation that a request calls.
     *
     * @param name method and path, with the parameters of the path in braces
     */
    static void name(RoutingContext request, String name) {
        request.put(OPERATION, name);
    }

    private void write(RoutingContext request, boolean isAnswered) {
        int status = request.response().getStatusCode();
        String operation = request.get(OPERATION);
        if (status == 401 || status == 403) {
            line(request, operation == null ? "unknown" : operation, "refused")
                    .with("status", status)
                    .writeWithinBudget();
            return;
        }
        ForbiddenElements forbidden = ForbiddenElements.of(request);
        if (forbidden != null && forbidden.count() > 0) {
            line(request, String.valueOf(operation), "refused")
                    .with("status", status)
                    .with("elements", forbidden.count())
                    .with("firstSensor", forbidden.first())
                    .writeWithinBudget();
        } else if (operation != null && isAudited(operation)) {
            String outcome = outcome(status, isAnswered);
            Line line = line(request, operation, outcome);
            if (isAnswered) {
                line.with("status", status);
            }
            if (outcome.equals(FAILED)) {
                line.writeWithinBudget();
            } else {
                line.write();
            }
        }
    }

    /** An operation without an answer, or with a failure of the service, may have been done. */
    private static String outcome(int status, boolean isAnswered) {
        return !isAnswered || status >= 500 ? "unknown" : status < 300 ? "done" : FAILED;
    }

    private static boolean isAudited(String operation) {
        return CHANGING.contains(operation.split(" ", 2)[0])
                && !operation.equals("POST /api/v1/readings")
                && !operation.equals("POST /api/v1/stream-tickets");
    }

    private Line line(RoutingContext request, String operation, String outcome) {
        HttpServerRequest sent = request.request();
        Caller caller = Caller.of(request);
        return audit.line(operation, outcome)
                .by(caller == null ? null : caller.qualifiedName())
                .with(
                        "address",
                        sent.remoteAddress() == null
                                ? null
                                : sent.remoteAddress().hostAddress())
                .with("method", sent.method().name())
                // Without the query of a read: it may have a ticket.
                .with("target", isAudited(operation) ? sent.uri() : sent.path());
    }
}
