package io.telltale.security;

import io.telltale.api.CurrentRequest;
import io.telltale.api.CursorKey;
import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.StreamTickets;
import io.telltale.sealing.KeyWrapping;
import io.telltale.security.Caller.Kind;
import io.telltale.sensors.Scope;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Issues and verifies tickets. A ticket has all that a replica needs, signed with a key that replicas share, so nothing
 * is stored (decision 0082).
 */
@Singleton
class SignedTickets implements StreamTickets {

    /** How far the clocks of two replicas may differ. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(1);

    /** How long a ticket may stay unused: it is in URLs, which proxies log. */
    static final Duration FIRST_USE = Duration.ofMinutes(1);

    /** The longest life of a ticket, also of a credential without an end. */
    static final Duration LONGEST = Duration.ofHours(24);

    private static final Set<Role> READERS = Set.of(Role.READER, Role.ADMIN);
    private static final String EXPECTED = "expected one of POST /api/v1/stream-tickets";

    private final SecuritySwitch security;
    private final ApiKeys keys;
    private final CursorKey key;
    private final Clock clock;

    @Inject
    SignedTickets(SecuritySwitch security, ApiKeys keys, CursorKey key, KeyWrapping keyset, Clock clock) {
        this(security, keys, () -> bound(key, keyset), clock);
    }

    SignedTickets(SecuritySwitch security, ApiKeys keys, CursorKey key, Clock clock) {
        this.security = security;
        this.keys = keys;
        this.key = key;
        this.clock = clock;
    }

    private static byte[] bound(CursorKey key, KeyWrapping keyset) {
        byte[] bound = keyset.bound(key.bytes());
        if (bound == null) {
            throw Problem.of(
                            ProblemCode.UNAVAILABLE,
                            "the key of tickets was not unwrapped by the KMS yet; try again later")
                    .retryAfter(Problem.DEFAULT_RETRY_AFTER)
                    .exception();
        }
        return bound;
    }

    /** A ticket that opens no stream. */
    static final class RefusedTicketException extends RuntimeException {
        private static final long serialVersionUID = 1;

        /** @param message for the client; contains nothing of the ticket */
        RefusedTicketException(String message) {
            super(message, null, false, false);
        }
    }

    @Override
    public Function<Map<String, List<String>>, Ticket> ofCurrentCaller() {
        Caller caller = Objects.requireNonNull(Caller.of(CurrentRequest.routingContext()), "not authorized");
        return query -> issue(caller, query);
    }

    /** Issues a ticket for the parameters of a stream. */
    Ticket issue(Caller caller, Map<String, List<String>> query) {
        long now = clock.millis();
        long end = Math.min(caller.endMillis(), now + LONGEST.toMillis());
        TicketText content = new TicketText(
                caller.kind(),
                now + FIRST_USE.toMillis(),
                end,
                StreamRequest.fingerprint(query),
                caller.name(),
                proof(caller));
        String text = content.signed(key.bytes());
        if (text == null) {
            throw Problem.of(
                            ProblemCode.FORBIDDEN,
                            "the scope of the credential is too long for a ticket, which has at most %d characters;"
                                            .formatted(StreamTickets.MAX_CHARACTERS)
                                    + " expected a shorter one, or the credential in a header")
                    .exception();
        }
        return new Ticket(text, end);
    }

    private static byte[] proof(Caller caller) {
        ApiKey entry = caller.key();
        return entry != null ? entry.digest() : ScopeJson.write(caller.scope()).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The caller that a ticket was issued to, who may only read.
     *
     * @throws RefusedTicketException if the ticket does not open the stream of the request
     * @throws RuntimeException while the key was not read yet
     */
    Caller caller(RoutingContext request, String text) {
        TicketText ticket = TicketText.parse(text, key.bytes());
        long now = clock.millis();
        if (ticket == null
                || !isAccepted(ticket.kind())
                || ticket.endMillis() > now + LONGEST.plus(CLOCK_SKEW).toMillis()) {
            throw new RefusedTicketException("the ticket is not valid; " + EXPECTED);
        }
        if (now >= ticket.endMillis()) {
            throw new RefusedTicketException("the ticket has expired; expected a new one");
        }
        if (now >= ticket.firstUseMillis() && !StreamRequest.isResumed(request)) {
            throw new RefusedTicketException("the ticket was not used within %d s; expected a new one, or Last-Event-ID"
                    .formatted(FIRST_USE.toSeconds()));
        }
        if (ticket.query() != StreamRequest.fingerprint(request)) {
            throw new RefusedTicketException(
                    "the ticket is for a stream with other parameters; " + EXPECTED + " with the same");
        }
        return security.isEnabled() ? named(ticket, now) : Caller.ANYONE.reading(ticket.endMillis());
    }

    private boolean isAccepted(Kind kind) {
        return !security.isEnabled() || kind == Kind.API_KEY || (kind == Kind.TOKEN && security.hasTokens());
    }

    private Caller named(TicketText ticket, long now) {
        if (ticket.kind() == Kind.TOKEN) {
            Scope scope = ScopeJson.parse(new String(ticket.proof(), StandardCharsets.UTF_8));
            return Caller.ofToken(ticket.name(), Set.of(Role.READER), scope, ticket.endMillis());
        }
        // The file decides, not the ticket: a role or scope may have changed since.
        ApiKey entry = keys.ring().named(ticket.name());
        if (entry == null
                || !MessageDigest.isEqual(entry.digest(), ticket.proof())
                || entry.isExpiredAt(now)
                || !Caller.ofKey(entry).hasOneOf(READERS)) {
            throw new RefusedTicketException(
                    "the API key of the ticket has expired, was removed, or may not read; expected a new ticket");
        }
        return Caller.ofKey(entry).reading(ticket.endMillis());
    }

    /** Whether an entry of the key file is still as it was; true for other kinds of credentials. */
    boolean isInForce(@Nullable ApiKey entry) {
        return entry == null || keys.ring().has(entry);
    }
}
