package io.telltale.security;

import io.quarkus.security.AuthenticationCompletionException;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticator;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.RequestGuard;
import io.telltale.security.SignedTickets.RefusedTicketException;
import io.telltale.settings.RateLimitedLog;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates every request, except to open paths, before any route sees it. {@link OperationFilter} then checks the
 * role for the operation; this class checks it for paths outside the API.
 */
@Singleton
class AccessControl {

    private static final Logger log = Logger.getLogger(AccessControl.class);

    /** After CORS (-300), so that a script can read refusals, and before everything that answers. */
    private static final int ORDER = -250;

    private final SecuritySwitch security;
    private final Provider<HttpAuthenticator> authenticator;
    private final SignedTickets tickets;
    private final VerifiedTokens verifiedTokens;
    private final AuditTrail audit;
    private final Challenges challenges;
    private final RateLimitedLog unavailable = new RateLimitedLog(log, Logger.Level.WARN);

    /**
     * @param authenticator used from the first request on: when routes are made, OIDC is not initialized yet
     */
    @Inject
    AccessControl(
            SecuritySwitch security,
            Provider<HttpAuthenticator> authenticator,
            SignedTickets tickets,
            VerifiedTokens verifiedTokens,
            AuditTrail audit) {
        this.security = security;
        this.authenticator = authenticator;
        this.tickets = tickets;
        this.verifiedTokens = verifiedTokens;
        this.audit = audit;
        this.challenges = new Challenges(security.hasTokens(), security.hasApiKeys());
    }

    void guard(@Observes Router router) {
        router.route().order(ORDER).handler(this::check);
    }

    private void check(RoutingContext request) {
        if (security.isEnabled() || !isRead(request)) {
            audit.follow(request);
        }
        String ticket = StreamRequest.ticket(request);
        boolean isEnabled = security.isEnabled();
        if (!isEnabled && ticket == null) {
            admit(request, Caller.ANYONE);
        } else if (isEnabled && Permissions.isOpen(request.normalizedPath())) {
            request.next();
        } else if (isEnabled
                && (Credentials.areSeveral(request.request())
                        || (ticket != null && Credentials.isAny(request.request())))) {
            unauthenticated(request, "the request has several credentials; expected one");
        } else if (ticket != null) {
            admitByTicket(request, ticket);
        } else {
            authenticate(request);
        }
    }

    private void authenticate(RoutingContext request) {
        Caller caller = verifiedTokens.find(Credentials.bearerToken(request.request()));
        if (caller != null) {
            authorize(request, caller);
        } else {
            // Quarkus has paused the request, so its body waits for the resource.
            authenticator
                    .get()
                    .attemptAuthentication(request)
                    .subscribe()
                    .with(identity -> identify(request, identity), failure -> refuse(request, failure));
        }
    }

    private static boolean isRead(RoutingContext request) {
        HttpMethod method = request.request().method();
        return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
    }

    private void identify(RoutingContext request, @Nullable SecurityIdentity identity) {
        if (identity == null || identity.isAnonymous()) {
            unauthenticated(
                    request,
                    Credentials.isAny(request.request())
                            ? "the kind of credential is not accepted; expected " + challenges.expected()
                            : "the request has no credential; expected " + challenges.expected());
            return;
        }
        Caller caller;
        try {
            caller = IdentityCallers.of(identity);
        } catch (IllegalArgumentException e) {
            RequestGuard.refuse(request, Problem.of(ProblemCode.FORBIDDEN, String.valueOf(e.getMessage())));
            return;
        } catch (RuntimeException bug) {
            // Otherwise it would be dropped, and the request would have no response.
            request.fail(bug);
            return;
        }
        verifiedTokens.put(Credentials.bearerToken(request.request()), caller);
        authorize(request, caller);
    }

    private void authorize(RoutingContext request, Caller caller) {
        // Before a refusal, so that the audit log names the caller.
        assign(request, caller);
        Set<Role> allowed = Permissions.ofPath(request.normalizedPath());
        if (allowed != null && !caller.hasOneOf(allowed)) {
            RequestGuard.refuse(request, OperationFilter.missing(allowed));
            return;
        }
        request.next();
    }

    private void admitByTicket(RoutingContext request, String ticket) {
        Caller caller;
        try {
            caller = tickets.caller(request, ticket);
        } catch (RefusedTicketException e) {
            unauthenticated(request, String.valueOf(e.getMessage()));
            return;
        } catch (RuntimeException e) {
            RequestGuard.refuse(
                    request,
                    Problem.of(
                            ProblemCode.UNAVAILABLE,
                            "the key of tickets was not read from Cassandra yet, or not unwrapped by the KMS; try "
                                    + "again later"));
            return;
        }
        admit(request, caller);
    }

    private void admit(RoutingContext request, Caller caller) {
        assign(request, caller);
        request.next();
    }

    private void assign(RoutingContext request, Caller caller) {
        caller.assignTo(request, () -> tickets.isInForce(caller.key()));
    }

    /** Logs no failure of a token: its message contains the token. */
    private void refuse(RoutingContext request, Throwable failure) {
        if (failure instanceof AuthenticationFailedException || failure instanceof AuthenticationCompletionException) {
            unauthenticated(request, Credentials.reason(failure));
            return;
        }
        unavailable.say("Bearer tokens cannot be verified, because the issuer (quarkus.oidc.auth-server-url) does not"
                + " answer as expected: " + failure);
        RequestGuard.refuse(
                request,
                Problem.of(
                        ProblemCode.UNAVAILABLE,
                        "the issuer of bearer tokens does not answer, so the token cannot be verified; try again "
                                + "later"));
    }

    private void unauthenticated(RoutingContext request, String detail) {
        challenges
                .of(request.request())
                .forEach(challenge -> request.response().headers().add("WWW-Authenticate", challenge));
        RequestGuard.refuse(request, Problem.of(ProblemCode.UNAUTHENTICATED, detail));
    }
}
