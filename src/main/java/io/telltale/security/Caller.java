package io.telltale.security;

import io.telltale.api.CallerCredential;
import io.telltale.api.CallerScope;
import io.telltale.sensors.Scope;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a request.
 *
 * @param kind the kind of credential
 * @param name the name in the credential, chosen by who issued it
 * @param roles the roles that Telltale knows
 * @param scope the sensors that exist for the caller
 * @param endMillis the end of the credential, in milliseconds since the epoch; {@link Long#MAX_VALUE} for none
 * @param key the entry of an API key; null for other kinds
 */
record Caller(
        Kind kind,
        String name,
        Set<Role> roles,
        Scope scope,
        long endMillis,
        @Nullable ApiKey key) {

    /** While security is off, everyone may do everything. */
    static final Caller ANYONE =
            new Caller(Kind.ANONYMOUS, "", Set.of(Role.values()), Scope.EVERYTHING, Long.MAX_VALUE, null);

    private static final String KEY = Caller.class.getName();

    /** Kinds of credentials. */
    enum Kind {
        ANONYMOUS(0),
        TOKEN(1),
        API_KEY(2);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** The code in tickets. */
        byte code() {
            return (byte) code;
        }

        static Optional<Kind> ofCode(byte code) {
            return Arrays.stream(values()).filter(kind -> kind.code == code).findFirst();
        }
    }

    Caller {
        roles = Set.copyOf(roles);
    }

    static Caller ofToken(String name, Set<Role> roles, Scope scope, long endMillis) {
        return new Caller(Kind.TOKEN, name, roles, scope, endMillis, null);
    }

    static Caller ofKey(ApiKey key) {
        return new Caller(Kind.API_KEY, key.name(), key.roles(), key.scope(), key.expiresMillis(), key);
    }

    /** This caller, limited to reading until some instant: what a ticket allows. */
    Caller reading(long untilMillis) {
        return new Caller(kind, name, Set.of(Role.READER), scope, Math.min(untilMillis, endMillis), key);
    }

    /** Whether the caller has one of the roles. */
    boolean hasOneOf(Set<Role> allowed) {
        return allowed.stream().anyMatch(roles::contains);
    }

    /** The name with its kind, since a token and a key may have the same: {@code key:dashboards}. */
    String qualifiedName() {
        return switch (kind) {
            case ANONYMOUS -> CallerCredential.ANONYMOUS.caller();
            case TOKEN -> "token:" + name;
            case API_KEY -> "key:" + name;
        };
    }

    /**
     * Makes this the caller of a request.
     *
     * @param inForce whether the credential still allows the same
     */
    void assignTo(RoutingContext request, BooleanSupplier inForce) {
        request.put(KEY, this);
        CallerScope.set(request, scope);
        new CallerCredential(qualifiedName(), endMillis, inForce).assignTo(request);
    }

    /** The caller of a request; null if it was not authenticated. */
    static @Nullable Caller of(RoutingContext request) {
        return request.get(KEY);
    }
}
